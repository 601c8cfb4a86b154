// SPDX-License-Identifier: GPL-2.0
/* proctable PIPE PART: the table of pipes in /proc. */
#include "own.h"

#define TABLE	"/proc/kmsgpipe"

/* All of a file, in reads of so many bytes; the caller frees it. */
static char *read_whole(const char *path, size_t piece)
{
	size_t len = 0, room = 1 << 20;
	char *text = xmalloc(room);
	int fd = open_file(path, O_RDONLY);
	ssize_t n;

	do {
		n = read(fd, text + len, piece);
		if (n < 0)
			die(path);
		len += n;
		check_true(len + piece < room);
	} while (n);
	text[len] = 0;
	close(fd);
	return text;
}

/*
 * The table has its header, whole lines, and each pipe once, in order, from 0 to
 * this one.
 */
static void check_table(char *text, uint32_t end)
{
	char *line, *field, *lines, *fields;
	long index, last = -1;
	int nr;

	line = strtok_r(text, "\n", &lines);
	check_true(line && !strncmp(line, "index name mode eof bytes", 25));
	while ((line = strtok_r(NULL, "\n", &lines))) {
		context("%s", line);
		index = atol(line);
		check_true(index > last);
		if (last < 0)
			check_eq(index, 0);
		last = index;
		nr = 0;
		for (field = strtok_r(line, " ", &fields); field;
		     field = strtok_r(NULL, " ", &fields))
			nr++;
		check_eq(nr, 17);
	}
	end_context();
	check_eq(last, end);
	free(text);
}

/* Pipes come and go while the table is read; one behind them stays. */
static void churn(void)
{
	int *stop = share_memory(sizeof(*stop));
	uint32_t before[60], stays;
	pid_t pid[2];
	int i, round;

	for (i = 0; i < 60; i++)
		before[i] = create_pipe(CONFIG());
	stays = create_pipe(CONFIG());
	for (i = 0; i < 60; i++)
		remove_pipe(before[i]);

	for (i = 0; i < 2; i++) {
		pid[i] = fork_child();
		if (pid[i])
			continue;
		while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
			uint32_t made[30];
			int n;

			for (n = 0; n < 30; n++)
				made[n] = create_pipe(CONFIG());
			for (n = 0; n < 30; n++)
				remove_pipe(made[(n * 7) % 30]);
		}
		_exit(0);
	}
	for (round = 0; round < 300; round++)
		check_table(read_whole(TABLE, round % 3 ? 65536 : 17), stays);
	__atomic_store_n(stop, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 2; i++)
		check_child(pid[i], 0);
	remove_pipe(stays);
}

/* The same text in one read, in many, and from any position. */
static void positions(void)
{
	char *all = read_whole(TABLE, 65536), *text;
	size_t len = strlen(all), at;
	int fd = open_file(TABLE, O_RDONLY);
	char buf[100];

	text = read_whole(TABLE, 1);
	check_eq(strcmp(all, text), 0);
	free(text);
	text = read_whole(TABLE, 77);
	check_eq(strcmp(all, text), 0);
	free(text);

	for (at = 0; at < len; at += 91) {
		size_t want = len - at < 100 ? len - at : 100;
		ssize_t n = pread(fd, buf, sizeof(buf), at);

		context("from byte %zu", at);
		check_true(n > 0 && n <= (ssize_t)want);
		check_bytes(buf, all + at, n);
	}
	end_context();
	check_ret(pread(fd, buf, 1, len), 0);
	check_ret(pread(fd, buf, 1, 1 << 30), 0);
	check_err(write(open_file(TABLE, O_WRONLY), "x", 1), EIO);
	free(all);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "churn", churn },
		{ "positions", positions },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
