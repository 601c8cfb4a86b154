// SPDX-License-Identifier: GPL-2.0
/*
 * Files in debugfs are read while their pipe goes: a read that has begun ends as
 * if nothing were, and the removal waits for it; one that begins later fails.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "own.h"
#include "uffd.h"

#define DEBUGFS	"/sys/kernel/debug/kmsgpipe"

static int open_debugfs(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/%s/%s", dir, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static const char *own_dir(void)
{
	return own.path + strlen("/dev/");
}

/* A new pipe with a message in it, and so with a log. */
static void make_pipe(void)
{
	int fd;

	own_pipe(CONFIG());
	fd = open_pipe(O_WRONLY);
	check_send(fd, "hello", 5);
	close(fd);
}

/* The log of make_pipe(), without times and process. */
static void check_log(char *text)
{
	static const char * const want[] = {
		"open 0 0", "send 5 5", "close 0 0",
	};
	char *line, *rest = text;
	char got[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		line = strsep(&rest, "\n");
		check_true(rest);
		if (sscanf(line, "%*u.%*u %*u logread %63[^\n]", got) != 1)
			test_fail("a line is '%s'", line);
		check_true(!strcmp(got, want[i]));
	}
	check_eq(*rest, 0);
}

static struct stall stall;
static int log_fd;

static void *stalled_read(void *arg)
{
	(void)arg;
	return (void *)read(log_fd, stall.page, page_size() - 1);
}

/* Is a process in a sleep that no signal ends, and stays there? */
static int is_stuck(pid_t pid)
{
	long slept = times_slept(pid);

	if (process_state(pid) != 'D')
		return 0;
	short_pause();
	return process_state(pid) == 'D' && times_slept(pid) == slept;
}

static void stalled(void)
{
	void *zeroes = xmalloc(page_size());
	uint32_t other;
	pid_t remover, sleeper;
	pthread_t thread;
	void *len;
	char c;

	memset(zeroes, 0, page_size());
	stall = stall_make();
	make_pipe();
	log_fd = open_debugfs(own_dir(), "log");
	check_true(log_fd >= 0);
	if (pthread_create(&thread, NULL, stalled_read, NULL))
		die("pthread_create");
	stall_wait(&stall);

	sleeper = fork_child();
	if (!sleeper) {
		int fd = open_pipe(O_RDONLY);

		check_receive(fd, "hello", 5);
		check_err(read(fd, &c, 1), ENODEV);
		_exit(0);
	}
	wait_blocked(sleeper, SYS_read);
	remover = fork_child();
	if (!remover) {
		remove_own();
		_exit(0);
	}
	/* For all others the pipe is gone, but none gets the number. */
	check_child(sleeper, 0);
	check_err(access(own.path, F_OK), ENOENT);
	other = create_pipe(CONFIG());
	check_true(other != own.index);
	check_err(try_remove(own.index), ENODEV);
	remove_pipe(other);

	/* No signal ends that sleep. On the way there it may sleep for a lock. */
	wait_until(is_stuck(remover) || process_state(remover) == 'Z');
	check_true(process_state(remover) != 'Z');

	stall_end(&stall, zeroes);
	pthread_join(thread, &len);
	check_true((long)len > 0);
	check_log((char *)stall.page);
	check_child(remover, 0);
	own.made = 0;
	check_eq(create_pipe(CONFIG()), own.index);
	remove_pipe(own.index);
	check_err(read(log_fd, &c, 1), EIO);
}

/* Read a file to its end: how many bytes, or the error. */
static long read_file(const char *dir, const char *name)
{
	char buf[4096];
	long len = 0;
	ssize_t n;
	int fd = open_debugfs(dir, name);

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		len += n;
	if (n < 0)
		len = -errno;
	close(fd);
	return len;
}

/* One of a pipe that may be gone. */
static long read_passing(const char *dir, const char *name)
{
	long len = read_file(dir, name);

	check_true(len >= 0 || len == -ENOENT || len == -EIO);
	return len;
}

static void removals(void)
{
	enum { PIPES = 40 };
	/* The last one that was made, and whose log was read. */
	atomic_int *made = share_memory(2 * sizeof(*made)), *seen = made + 1;
	char dir[32];
	pid_t reader;
	int i;

	make_pipe();
	strcpy(dir, own_dir());
	*made = 1;
	reader = fork_child();
	if (!reader) {
		for (;;) {
			i = *made;
			if (read_passing(dir, "log") > 0)
				*seen = i;
			read_passing(dir, "stats");
			check_true(read_file(".", "log") > 0);
			check_true(read_file(".", "stats") > 0);
		}
	}
	for (i = 2; i <= PIPES; i++) {
		wait_until(*seen == i - 1);
		/* He goes on meanwhile. */
		remove_own();
		make_pipe();
		check_true(!strcmp(own_dir(), dir));
		*made = i;
	}
	wait_until(*seen == PIPES);
	kill_child(reader);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "stalled", stalled },
		{ "removals", removals },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
