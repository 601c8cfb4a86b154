// SPDX-License-Identifier: GPL-2.0
/*
 * procfs PIPE PART: the text queue in /proc, for a module loaded with
 * proc_queue=msg_queue; the part "stream" wants mode=stream as well.
 */
#include "own.h"

#define QUEUE	"/proc/msg_queue"

static int open_queue(int flags)
{
	return open_file(QUEUE, flags);
}

/* A new open file of the queue gives this message, and nothing more. */
static void expect_message(const void *want, size_t len)
{
	int fd = open_queue(O_RDONLY);
	char c;

	check_receive(fd, want, len);
	check_ret(read(fd, &c, 1), 0);
	close(fd);
}

static void expect_nothing(void)
{
	int fd = open_queue(O_RDONLY);
	char c;

	check_ret(read(fd, &c, 1), 0);
	close(fd);
}

/* Write and read, through the queue and through the device. */
static void text(void)
{
	int queue = open_queue(O_RDWR), pipe = open_pipe(O_RDWR | O_NONBLOCK);
	unsigned char *buf = xmalloc(4097);
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(border_sizes); i++) {
		size_t size = border_sizes[i];

		context("size %zu", size);
		fill_bytes(buf, size, size);
		check_send(queue, buf, size);
		expect_message(buf, size);
		check_send(queue, buf, size);
		check_receive(pipe, buf, size);
		check_send(pipe, buf, size);
		expect_message(buf, size);
	}
	end_context();
	expect_nothing();

	/* Each file has one, in order of reading; an empty queue costs none. */
	fd = open_queue(O_RDONLY);
	check_ret(read(queue, buf, 10), 0);
	check_ret(read(fd, buf, 10), 0);
	check_send(queue, "one\n", 4);
	check_send(queue, "two\n", 4);
	check_send(queue, "three\n", 6);
	check_receive(fd, "one\n", 4);
	check_receive(queue, "two\n", 4);
	check_ret(read(queue, buf, 10), 0);
	check_ret(read(fd, buf, 10), 0);
	expect_message("three\n", 6);

	/* What is opened and not read takes nothing. */
	check_send(queue, "stays", 5);
	close(fd);
	fd = open_queue(O_RDONLY);
	check_ret(read(fd, buf, 0), 0);
	close(fd);
	close(open_queue(O_RDONLY));
	expect_message("stays", 5);

	check_ret(write(queue, "", 0), 0);
	expect_nothing();
	memset(buf, 'x', 4097);
	check_err(write(queue, buf, 4097), EMSGSIZE);
	expect_nothing();

	/* The parts of a vector are messages. */
	check_ret(writev(queue, (struct iovec[]){ { "ab", 2 }, { "c", 1 } }, 2),
		  3);
	expect_message("ab", 2);
	expect_message("c", 1);

	/* There is no position, and poll() does not know. */
	check_err(lseek(queue, 0, SEEK_SET), ESPIPE);
	check_err(pread(queue, buf, 1, 0), ESPIPE);
	check_err(pwrite(queue, buf, 1, 0), ESPIPE);
	check_eq(poll_now(queue), POLL_READABLE | POLL_WRITABLE);
	free(buf);
}

/* A message in several reads belongs to the file that began it. */
static void pieces(void)
{
	unsigned char want[4096], got[4096];
	int a, b, queue = open_queue(O_WRONLY);
	size_t done;

	fill_bytes(want, sizeof(want), 1);
	check_send(queue, want, sizeof(want));
	check_send(queue, "second", 6);

	a = open_queue(O_RDONLY);
	b = open_queue(O_RDONLY);
	check_ret(read(a, got, 1), 1);
	check_ret(read(b, got + 1, 4), 4);
	check_bytes(got + 1, "seco", 4);
	/* Not for them: each has its message. */
	check_send(queue, "third", 5);
	for (done = 1; done < sizeof(want); done += 273)
		check_ret(read(a, got + done, 273), 273);
	check_bytes(got, want, sizeof(want));
	check_ret(read(a, got, 1), 0);
	check_receive(b, "nd", 2);
	check_ret(read(b, got, 1), 0);
	expect_message("third", 5);
	expect_nothing();

	/* What is left when the file is closed is gone. */
	close(a);
	a = open_queue(O_RDONLY);
	check_send(queue, "lost", 4);
	check_send(queue, "kept", 4);
	check_ret(read(a, got, 1), 1);
	close(a);
	expect_message("kept", 4);
	expect_nothing();

	/* readv fills its parts one by one. */
	check_send(queue, "abcdef", 6);
	a = open_queue(O_RDONLY);
	check_ret(readv(a, (struct iovec[]){ { got, 2 }, { got + 8, 8 } }, 2),
		  6);
	check_bytes(got, "ab", 2);
	check_bytes(got + 8, "cdef", 4);
	check_ret(read(a, got, 1), 0);
}

/* Bad memory: a write leaves no trace, a read costs no message. */
static void memory(void)
{
	int fd, queue = open_queue(O_RDWR);
	unsigned char *end = map_guarded(16);
	size_t size;

	check_err(write(queue, BAD_ADDRESS, 8), EFAULT);
	check_err(write(queue, BAD_ADDRESS, 4096), EFAULT);
	check_err(write(queue, end, 17), EFAULT);
	expect_nothing();

	for (size = 16; size <= 4096; size += 4080) {
		unsigned char *want = xmalloc(size);

		context("size %zu", size);
		fill_bytes(want, size, 7);
		check_send(queue, want, size);
		fd = open_queue(O_RDONLY);
		/* All of it, and a piece of it. */
		check_err(read(fd, BAD_ADDRESS, size), EFAULT);
		check_err(read(fd, BAD_ADDRESS, 8), EFAULT);
		check_err(read(fd, end + 8, 12), EFAULT);
		close(fd);
		expect_message(want, size);

		/* The rest stays with its file. */
		check_send(queue, want, size);
		fd = open_queue(O_RDONLY);
		check_ret(read(fd, end, 4), 4);
		check_err(read(fd, BAD_ADDRESS, size), EFAULT);
		check_err(read(fd, BAD_ADDRESS, 2), EFAULT);
		check_receive(fd, want + 4, size - 4);
		close(fd);
		free(want);
	}
	end_context();
	expect_nothing();
	unmap_guarded(end, 16);
}

static void handler(int sig)
{
	(void)sig;
}

/* A full queue: EAGAIN, or a writer waits; readers of his file do not. */
static void full(void)
{
	int queue = open_queue(O_RDWR), own = open_queue(O_WRONLY | O_NONBLOCK);
	const struct sigaction action = { .sa_handler = handler };
	long i, limit;
	char buf[100];
	pid_t pid;

	limit = fill_pipe(own, 64);
	check_eq(limit, pipe_limit("max_msgs"));
	check_err(write(own, "x", 1), EAGAIN);

	pid = fork_child();
	if (!pid) {
		/* Without SA_RESTART. */
		sigaction(SIGUSR1, &action, NULL);
		check_err(write(queue, "never sent", 10), EINTR);
		check_send(queue, "sent at last", 12);
		_exit(0);
	}
	wait_blocked(pid, SYS_write);
	kill(pid, SIGUSR1);
	wait_until(times_slept(pid) > 0);
	wait_blocked(pid, SYS_write);

	/* By the open file that the writer sleeps in. */
	check_ret(read(queue, buf, sizeof(buf)), 64);
	check_child(pid, 0);
	check_err(write(own, "x", 1), EAGAIN);

	for (i = 1; i < limit; i++) {
		int fd = open_queue(O_RDONLY);

		check_ret(read(fd, buf, sizeof(buf)), 64);
		close(fd);
	}
	expect_message("sent at last", 12);
	expect_nothing();
}

/* The eof policies are about the device: readers here never wait. */
static void policies(void)
{
	int pipe = open_pipe(O_RDWR), queue = open_queue(O_RDWR);
	struct kmsgpipe_info info = get_info(pipe);
	uint32_t eof;
	pid_t pid;

	check_eq(info.readers, 1);
	check_eq(info.writers, 1);
	check_eq(info.files, 1);

	signal(SIGPIPE, SIG_DFL);
	for (eof = KMSGPIPE_EOF_NEVER; eof <= KMSGPIPE_EOF_HANGUP; eof++) {
		context("eof policy %u", eof);
		check_ret(set_value(pipe, KMSGPIPE_SET_EOF, eof), 0);
		expect_nothing();
		check_send(queue, "text", 4);
		expect_message("text", 4);
	}
	check_send(queue, "left", 4);
	close(pipe);

	context("hangup, nobody has the device open");
	check_err(write(queue, "x", 1), EPIPE);
	expect_message("left", 4);
	expect_nothing();
	check_err(write(queue, "x", 1), EPIPE);

	context("hangup, a reader in open()");
	pid = fork_child();
	if (!pid) {
		pipe = open_pipe(O_RDONLY);
		check_receive(pipe, "in", 2);
		_exit(0);
	}
	wait_blocked(pid, SYS_openat);
	check_send(queue, "in", 2);
	check_child(pid, 0);

	end_context();
	pipe = open_pipe(O_RDONLY | O_NONBLOCK);
	check_ret(set_value(pipe, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_NEVER), 0);
}

/* Pipe 0 is removed: a file drains it, and is no file of the next pipe 0. */
static void removed(void)
{
	struct kmsgpipe_config config = CONFIG();
	int writer = open_queue(O_WRONLY), reader = open_queue(O_RDONLY);
	int full = open_queue(O_WRONLY | O_NONBLOCK), other;
	pid_t pid;
	char c;

	while (write(full, "x", 1) == 1)
		;
	pid = fork_child();
	if (!pid) {
		check_err(write(writer, "x", 1), ENODEV);
		_exit(0);
	}
	wait_blocked(pid, SYS_write);

	/* Of another number, so that 0 is not the next. */
	check_eq(create_pipe(config), 1);
	remove_pipe(0);
	check_child(pid, 0);
	check_err(open(QUEUE, O_RDONLY), ENODEV);
	check_err(open(QUEUE, O_WRONLY), ENODEV);

	check_eq(create_pipe(config), 0);
	remove_pipe(1);
	check_err(write(writer, "x", 1), ENODEV);
	other = open_queue(O_RDWR);
	check_send(other, "new", 3);
	check_receive(reader, "x", 1);
	check_ret(read(reader, &c, 1), 0);
	expect_message("new", 3);
	expect_nothing();
}

static void removed_empty(void)
{
	int reader = open_queue(O_RDONLY);
	char c;

	remove_pipe(0);
	check_err(read(reader, &c, 1), ENODEV);
	check_eq(create_pipe(CONFIG()), 0);
	check_err(read(reader, &c, 1), ENODEV);
}

/* A stream has no messages: a file reads on until it is empty. */
static void stream(void)
{
	int queue = open_queue(O_RDWR), fd = open_queue(O_RDONLY);
	char buf[16];

	check_send(queue, "abc", 3);
	check_send(queue, "defg", 4);
	check_ret(read(fd, buf, 5), 5);
	check_bytes(buf, "abcde", 5);
	check_ret(read(queue, buf, 16), 2);
	check_bytes(buf, "fg", 2);
	check_ret(read(fd, buf, 16), 0);
	check_send(queue, "more", 4);
	check_ret(read(fd, buf, 16), 4);
	check_bytes(buf, "more", 4);
}

#define WRITERS	20
#define READERS	100
#define EACH	60
#define ALL	(WRITERS * EACH)

struct crowd {
	int seen[ALL];
	int total;
};

static size_t crowd_size(int id)
{
	static const size_t sizes[] = { 4, 20, 255, 257, 1000, 2500, 4096 };

	return sizes[id % ARRAY_SIZE(sizes)];
}

static void crowd_write(int writer)
{
	unsigned char buf[4096];
	int i;

	for (i = 0; i < EACH; i++) {
		int id = writer * EACH + i, fd = open_queue(O_WRONLY);

		context("message %d", id);
		fill_bytes(buf, crowd_size(id), id);
		memcpy(buf, &id, sizeof(id));
		check_send(fd, buf, crowd_size(id));
		close(fd);
	}
}

/* Reads in pieces of so many bytes. */
static void crowd_read(struct crowd *crowd, size_t piece)
{
	unsigned char got[4096 + 1], want[4096];
	int id;

	while (__atomic_load_n(&crowd->total, __ATOMIC_SEQ_CST) < ALL) {
		int fd = open_queue(O_RDONLY);
		size_t len = 0;
		ssize_t n;

		do {
			size_t room = sizeof(got) - len;

			n = read(fd, got + len, piece < room ? piece : room);
			check_true(n >= 0);
			len += n;
		} while (n);
		close(fd);
		if (!len) {
			short_pause();
			continue;
		}
		check_true(len >= sizeof(id));
		memcpy(&id, got, sizeof(id));
		check_true(id >= 0 && id < ALL);
		context("message %d", id);
		check_eq(len, crowd_size(id));
		fill_bytes(want, len, id);
		memcpy(want, &id, sizeof(id));
		check_bytes(got, want, len);
		__atomic_fetch_add(&crowd->seen[id], 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&crowd->total, 1, __ATOMIC_SEQ_CST);
		end_context();
	}
}

/* 20 writers and 100 readers, each message in a file of its own. */
static void crowd(void)
{
	struct crowd *crowd = share_memory(sizeof(*crowd));
	pid_t pid[WRITERS + READERS];
	int i;

	for (i = 0; i < WRITERS + READERS; i++) {
		pid[i] = fork_child();
		if (pid[i])
			continue;
		if (i < WRITERS)
			crowd_write(i);
		else
			crowd_read(crowd, i % 2 ? 4097 : 200);
		_exit(0);
	}
	for (i = 0; i < WRITERS + READERS; i++)
		check_child(pid[i], 0);
	for (i = 0; i < ALL; i++) {
		context("message %d", i);
		check_eq(crowd->seen[i], 1);
	}
	end_context();
	expect_nothing();
}

/* Several readers of one open file share its message. */
static void share(void)
{
	int queue = open_queue(O_WRONLY), fd, round, i;
	int *sum = share_memory(sizeof(*sum));
	unsigned char want[4096];
	pid_t pid[4];
	long total;

	for (i = 0, total = 0; i < (int)sizeof(want); i++) {
		want[i] = i * 7;
		total += want[i];
	}
	for (round = 0; round < 20; round++) {
		*sum = 0;
		check_send(queue, want, sizeof(want));
		fd = open_queue(O_RDONLY);
		for (i = 0; i < 4; i++) {
			unsigned char c;

			pid[i] = fork_child();
			if (pid[i])
				continue;
			while (read(fd, &c, 1) == 1)
				__atomic_fetch_add(sum, c, __ATOMIC_SEQ_CST);
			_exit(0);
		}
		for (i = 0; i < 4; i++)
			check_child(pid[i], 0);
		check_eq(*sum, total);
		close(fd);
	}
	expect_nothing();
}

static const struct part parts[] = {
	{ "text", text },
	{ "pieces", pieces },
	{ "memory", memory },
	{ "full", full },
	{ "policies", policies },
	{ "removed", removed },
	{ "removed-empty", removed_empty },
	{ "stream", stream },
	{ "crowd", crowd },
	{ "share", share },
};

int main(int argc, char **argv)
{
	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
