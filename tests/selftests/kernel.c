// SPDX-License-Identifier: GPL-2.0
/*
 * What another module can do with a pipe, and in which contexts; kerneltest.c in
 * tests/modules is that module.
 */
#include "own.h"

#define TESTER	"/dev/kerneltest"

/* The pipe, both ways; and the same, not waiting. */
static int fd, nowait;

/* One command for the module; as write(2). */
__attribute__((format(printf, 1, 2)))
static int command(const char *fmt, ...)
{
	int tester = open_file(TESTER, O_RDWR), len, ret, err;
	char line[128];
	va_list args;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	ret = write(tester, line, len);
	err = errno;
	close(tester);
	errno = err;
	return ret < 0 ? ret : 0;
}

/* What came of the last command. */
static long answer(void)
{
	int tester = open_file(TESTER, O_RDONLY);
	char line[32] = "";

	if (read(tester, line, sizeof(line) - 1) < 0)
		die(TESTER);
	close(tester);
	return atol(line);
}

/* A command in a process of its own, which ends with the error, 0 if none. */
static pid_t start(const char *line)
{
	pid_t pid = fork_child();

	if (!pid)
		_exit(command("%s", line) ? errno : 0);
	return pid;
}

static void begin(struct kmsgpipe_config config)
{
	own_pipe(config);
	fd = open_pipe(O_RDWR);
	nowait = open_pipe(O_RDWR | O_NONBLOCK);
	check_ret(command("get kmsgpipe%u", own.index), 0);
}

static void end(void)
{
	check_ret(command("put"), 0);
	close(fd);
	close(nowait);
}

/* A numbered message of this size is next. Return: its processor. */
#define check_numbered(n, size) \
	(test_at(__FILE__, __LINE__, "message " #n), \
	 test_check_numbered((n), (size), NULL))

static int test_check_numbered(unsigned int n, size_t size,
			       struct kmsgpipe_message *m)
{
	static char got[8192], want[8192];
	int len;

	if (m) {
		*m = MESSAGE(got, sizeof(got));
		test_check_ret(ioctl(fd, KMSGPIPE_RECV, m), 0);
		test_check_eq(m->len, size);
	} else {
		test_check_ret(read(fd, got, sizeof(got)), size);
	}
	memset(want, '.', sizeof(want));
	len = sprintf(want, "%d %u ", got[0] - '0', n);
	want[len] = '.';
	test_check_bytes(got, want, size);
	return got[0] - '0';
}

static void find(void)
{
	own_pipe(CONFIG(.name = "chatter"));
	fd = open_pipe(O_RDONLY);
	check_eq(get_info(fd).writers, 0);
	check_ret(command("get chatter"), 0);
	check_eq(get_info(fd).writers, 1);
	check_ret(command("put"), 0);
	check_eq(get_info(fd).writers, 0);
	check_ret(command("get kmsgpipe%u", own.index), 0);
	check_ret(command("send process 1 10 0 0"), 0);
	check_numbered(0, 10);
	check_ret(command("put"), 0);
	check_err(command("get chatte"), ENOENT);
	check_err(command("get kmsgpipe255"), ENOENT);
	remove_own();
	check_err(command("get chatter"), ENOENT);
	close(fd);
}

static void process(void)
{
	struct kmsgpipe_message m;
	int i;

	begin(CONFIG(.msg_size = 8000));
	check_ret(command("send process 3 64 5 3600000"), 0);
	check_eq(answer(), 3);
	for (i = 0; i < 3; i++) {
		test_check_numbered(i, 64, &m);
		check_eq(m.prio, 5);
		check_eq(m.pid, getpid());
		check_eq(m.uid, getuid());
		check_true(m.ttl_ms > 0 && m.ttl_ms <= 3600000);
	}
	check_ret(command("send process 1 16 0 0"), 0);
	check_ret(command("send nonblock 1 17 31 0"), 0);
	test_check_numbered(0, 17, &m);
	check_eq(m.prio, KMSGPIPE_PRIO_MAX);
	check_eq(m.ttl_ms, KMSGPIPE_TTL_NEVER);
	check_numbered(0, 16);

	check_ret(command("send process 1 8000 0 0"), 0);
	check_numbered(0, 8000);
	check_err(command("send process 1 8001 0 0"), EMSGSIZE);
	check_err(command("send process 1 16 32 0"), EINVAL);
	check_ret(command("send process 1 0 0 0"), 0);
	check_empty(nowait);
	end();
}

static void wait_for_room(void)
{
	pid_t pid;

	begin(CONFIG(.max_msgs = 2));
	check_err(command("send nonblock 3 32 0 0"), EAGAIN);
	check_eq(answer(), 2);
	pid = start("send process 1 33 0 0");
	wait_blocked(pid, SYS_write);
	check_numbered(0, 32);
	check_child(pid, 0);
	check_numbered(1, 32);
	check_numbered(0, 33);

	check_ret(command("send process 2 32 0 0"), 0);
	pid = start("send process 1 33 0 0");
	wait_blocked(pid, SYS_write);
	kill_child(pid);
	pid = start("send process 1 34 0 0");
	wait_blocked(pid, SYS_write);
	remove_own();
	check_child(pid, ENODEV);
	check_err(command("send process 1 32 0 0"), ENODEV);
	check_numbered(0, 32);
	check_numbered(1, 32);
	end();
}

static void contexts(void)
{
	static const char * const name[] = {
		"plain", "lock", "softirq", "hardirq",
	};
	struct kmsgpipe_message m;
	size_t i, j;
	int n;

	begin(CONFIG(.max_msgs = 1024));
	check_ret(command("create 64 4096"), 0);
	for (i = 0; i < ARRAY_SIZE(name); i++) {
		context("%s", name[i]);
		check_ret(command("send %s 64 100 3 0", name[i]), 0);
		check_eq(answer(), 64);
		check_ret(command("flush"), 0);
		check_eq(answer(), 0);
		check_eq(get_info(fd).messages, 64);
		for (n = 0; n < 64; n++) {
			test_check_numbered(n, 100, &m);
			check_eq(m.prio, 3);
			check_eq(m.pid, 0);
			check_eq(m.uid, 0);
			check_eq(m.ttl_ms, KMSGPIPE_TTL_NEVER);
		}
		for (j = 0; j < ARRAY_SIZE(border_sizes); j++) {
			check_ret(command("send %s 1 %zu 0 0", name[i],
					  border_sizes[j]), 0);
			check_numbered(0, border_sizes[j]);
		}
		check_err(command("send %s 1 4097 0 0", name[i]), EMSGSIZE);
		check_err(command("send %s 1 10 32 0", name[i]), EINVAL);
		check_ret(command("send %s 1 0 0 0", name[i]), 0);
	}
	check_ret(set_limits(fd, 0, 0, 50, 0), 0);
	check_err(command("send hardirq 1 51 0 0"), EMSGSIZE);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	check_empty(nowait);
	end();
}

/* A pipe of 4 messages, full; 8 of 8 places of a sender are taken. */
static void begin_full(void)
{
	begin(CONFIG(.max_msgs = 4));
	check_eq(fill_pipe(nowait, 5), 4);
	check_ret(command("create 8 64"), 0);
	check_err(command("send hardirq 9 20 0 0"), EAGAIN);
	check_eq(answer(), 8);
	check_err(command("send softirq 1 20 0 0"), EAGAIN);
	check_eq(answer(), 0);
	check_eq(get_info(fd).messages, 4);
}

static void full(void)
{
	int i, round, written = 0;
	char buf[64];
	pid_t flush, writer;

	begin_full();
	flush = start("flush");
	wait_blocked(flush, SYS_write);
	for (i = 0; i < 4; i++)
		check_receive(fd, "fffff", 5);
	for (i = 0; i < 8; i++)
		check_numbered(i, 20);
	check_child(flush, 0);
	check_eq(answer(), 0);
	check_empty(nowait);
	check_eq(get_stats(fd).sent, 12);

	/* Beside a writer: each gets on, whoever is woken first. */
	for (round = 0; round < 20; round++) {
		fill_pipe(nowait, 5);
		writer = fork_child();
		if (!writer)
			_exit(write(fd, "writer", 6) != 6);
		if (round % 2)
			wait_blocked(writer, SYS_write);
		check_ret(command("send lock 8 20 0 0"), 0);
		wait_blocked(writer, SYS_write);
		for (i = 0; i < 4; i++)
			check_receive(fd, "fffff", 5);
		for (i = 0, written = 0; i < 8;) {
			check_true(read(fd, buf, sizeof(buf)) > 0);
			if (buf[0] == 'w')
				written++;
			else
				check_eq(atoi(buf + 2), i++);
		}
		if (!written)
			check_receive(fd, "writer", 6);
		check_child(writer, 0);
		check_empty(nowait);
	}
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	end();
}

/* Room for both comes at once, and one wake: who gets it hands it on. */
static void hands_on(void)
{
	pid_t writer;
	int round;

	begin(CONFIG(.max_msgs = 4));
	check_ret(command("create 8 64"), 0);
	for (round = 0; round < 20; round++) {
		context("round %d", round);
		check_eq(fill_pipe(nowait, 5), 4);
		check_ret(command("send hardirq 1 20 0 0"), 0);
		writer = fork_child();
		if (!writer)
			_exit(write(fd, "writer", 6) != 6);
		wait_blocked(writer, SYS_write);
		check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), 4);
		check_child(writer, 0);
		wait_until(get_info(fd).messages == 2);
		check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), 2);
	}
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	end();
}

static void lost(void)
{
	pid_t writer;
	int i;

	begin_full();
	writer = fork_child();
	if (!writer)
		_exit(write(fd, "writer", 6) != 6);
	wait_blocked(writer, SYS_write);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 8);
	for (i = 0; i < 4; i++)
		check_receive(fd, "fffff", 5);
	check_receive(fd, "writer", 6);
	check_child(writer, 0);
	check_empty(nowait);

	/* What the pipe takes no more is counted, and does not stop the rest. */
	check_eq(fill_pipe(nowait, 5), 4);
	check_ret(command("create 8 64"), 0);
	check_ret(command("send hardirq 1 20 0 0"), 0);
	check_ret(command("send hardirq 1 50 0 0"), 0);
	check_ret(command("send hardirq 1 30 0 0"), 0);
	check_ret(set_limits(fd, 0, 0, 40, 0), 0);
	for (i = 0; i < 4; i++)
		check_receive(fd, "fffff", 5);
	check_numbered(0, 20);
	check_numbered(0, 30);
	check_ret(command("flush"), 0);
	check_eq(answer(), 1);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 1);
	end();
}

static void removed(void)
{
	pid_t flush;
	int i;

	begin_full();
	flush = start("flush");
	wait_blocked(flush, SYS_write);
	remove_own();
	check_child(flush, 0);
	check_eq(answer(), 8);
	check_err(command("send hardirq 1 20 0 0"), ENODEV);
	check_err(command("create 8 64"), ENODEV);
	for (i = 0; i < 4; i++)
		check_receive(fd, "fffff", 5);
	check_err(read(fd, &i, sizeof(i)), ENODEV);
	/* The sender has its own hold on the pipe. */
	end();
	check_err(command("send hardirq 1 20 0 0"), ENODEV);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 8);
}

static void caught(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = caught };
	pid_t flush;
	int i;

	begin_full();
	/* The child has it too. */
	sigaction(SIGINT, &action, NULL);
	flush = start("flush");
	wait_blocked(flush, SYS_write);
	kill(flush, SIGINT);
	check_child(flush, EINTR);
	flush = start("flush");
	wait_blocked(flush, SYS_write);
	kill_child(flush);
	for (i = 0; i < 4; i++)
		check_receive(fd, "fffff", 5);
	for (i = 0; i < 8; i++)
		check_numbered(i, 20);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	end();
}

/* Receive what all processors have sent: how many messages. */
static long in_order(long total)
{
	int next[10] = {}, cpu;
	char buf[64];
	long i;

	for (i = 0; i < total; i++) {
		check_ret(read(fd, buf, sizeof(buf)), 20);
		cpu = buf[0] - '0';
		check_true(cpu >= 0 && cpu < 10 && buf[1] == ' ');
		check_eq(atoi(buf + 2), next[cpu]++);
	}
	check_empty(nowait);
	return total;
}

static void parallel(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN), sum = 0;
	int round;

	/* More than the pipe holds. */
	begin(CONFIG(.max_msgs = 100));
	check_ret(command("create 65536 20"), 0);
	check_ret(command("send all 2000 20 0 0"), 0);
	check_eq(answer(), processors * 2000);
	in_order(answer());
	check_ret(command("destroy"), 0);

	/* More than the sender holds, round and round. */
	check_ret(command("create 7 20"), 0);
	for (round = 0; round < 200; round++) {
		context("round %d", round);
		check_err(command("send all 200 20 0 0"), EAGAIN);
		check_true(answer() >= 7);
		sum += in_order(answer());
	}
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	check_eq(get_stats(fd).sent, processors * 2000 + sum);
	end();
}

/*
 * Two processors fill large places while the work empties those before: none is
 * taken before it is filled.
 */
static void half_filled(void)
{
	int next[10] = {}, round, i, cpu;
	static char got[8192], want[8192];
	long accepted;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	memset(want, '.', sizeof(want));
	begin(CONFIG(.max_msgs = 1024, .msg_size = 8000, .max_bytes = 1 << 24));
	check_ret(command("create 512 8000"), 0);
	for (round = 0; round < 20; round++) {
		context("round %d", round);
		check_ret(command("send two 200 8000 0 0"), 0);
		accepted = answer();
		check_eq(accepted, 400);
		memset(next, 0, sizeof(next));
		for (i = 0; i < accepted; i++) {
			check_ret(read(fd, got, sizeof(got)), 8000);
			cpu = got[0] - '0';
			check_true(cpu >= 0 && cpu < 10);
			check_eq(atoi(got + 2), next[cpu]++);
			check_bytes(got + 7, want, 8000 - 7);
		}
		check_empty(nowait);
	}
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	end();
}

static void hangup(void)
{
	char c;

	own_pipe(CONFIG(.eof = KMSGPIPE_EOF_HANGUP));
	check_err(command("get kmsgpipe%u", own.index), ENXIO);
	fd = open_pipe(O_RDONLY | O_NONBLOCK);
	check_ret(command("get kmsgpipe%u", own.index), 0);
	check_ret(command("create 4 64"), 0);
	check_eq(get_info(fd).writers, 2);
	check_ret(command("put"), 0);
	check_err(read(fd, &c, 1), EAGAIN);
	check_ret(command("destroy"), 0);
	check_ret(read(fd, &c, 1), 0);

	check_ret(command("get kmsgpipe%u", own.index), 0);
	check_ret(command("create 4 64"), 0);
	close(fd);
	check_err(command("send process 1 20 0 0"), EPIPE);
	check_err(command("send hardirq 1 20 0 0"), EPIPE);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	check_ret(command("put"), 0);
}

static void stream(void)
{
	static char got[16000];
	int i;

	begin(CONFIG(.mode = KMSGPIPE_MODE_STREAM, .max_bytes = 5000));
	check_ret(command("send process 2 50 0 0"), 0);
	read_all(fd, got, 100);
	check_bytes(got, "0 0 ....", 8);
	check_bytes(got + 50, "0 1 ....", 8);
	check_err(command("send process 1 50 1 0"), EINVAL);
	check_err(command("send process 1 50 0 1000"), EINVAL);

	check_ret(command("create 4 8000"), 0);
	check_ret(command("send hardirq 2 8000 0 0"), 0);
	read_all(fd, got, 16000);
	for (i = 0; i < 2; i++) {
		check_eq(atoi(got + 8000 * i + 2), i);
		check_eq(got[8000 * i + 7999], '.');
	}
	check_err(command("send hardirq 1 50 1 0"), EINVAL);
	check_err(command("send hardirq 1 50 0 1000"), EINVAL);
	check_empty(nowait);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	end();
}

static void bounds(void)
{
	begin(CONFIG());
	check_err(command("create 0 1"), EINVAL);
	check_err(command("create 1 0"), EINVAL);
	check_err(command("create 65537 1"), EINVAL);
	check_err(command("create 1 1048577"), EINVAL);
	check_err(command("create 65536 65536"), EINVAL);
	check_eq(get_info(fd).writers, 3);
	check_ret(command("create 1 1048576"), 0);
	check_eq(get_info(fd).writers, 4);
	check_ret(command("destroy"), 0);
	check_ret(command("create 65536 1"), 0);
	check_ret(command("destroy"), 0);
	check_eq(get_info(fd).writers, 3);
	end();
}

/* There is no memory for messages at first; wants a small total_bytes. */
static void memory(void)
{
	int other = open_file("/dev/kmsgpipe0", O_RDWR | O_NONBLOCK);
	char buf[64] = "";
	pid_t flush;
	int i;

	begin(CONFIG());
	check_ret(command("create 4 20"), 0);
	while (write(other, buf, sizeof(buf)) > 0)
		;
	check_eq(errno, ENOSPC);
	check_err(command("send process 1 20 0 0"), ENOSPC);
	check_ret(command("send hardirq 4 20 0 0"), 0);
	flush = start("flush");
	wait_blocked(flush, SYS_write);
	check_empty(nowait);
	while (read(other, buf, sizeof(buf)) > 0)
		;
	check_child(flush, 0);
	for (i = 0; i < 4; i++)
		check_numbered(i, 20);
	check_ret(command("destroy"), 0);
	check_eq(answer(), 0);
	end();
	close(other);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "find", find },
		{ "process", process },
		{ "room", wait_for_room },
		{ "contexts", contexts },
		{ "full", full },
		{ "hand-on", hands_on },
		{ "lost", lost },
		{ "removed", removed },
		{ "interrupted", interrupted },
		{ "parallel", parallel },
		{ "half-filled", half_filled },
		{ "hangup", hangup },
		{ "stream", stream },
		{ "bounds", bounds },
		{ "memory", memory },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
