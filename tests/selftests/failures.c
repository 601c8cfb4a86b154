// SPDX-License-Identifier: GPL-2.0
/*
 * failures PIPE COUNT: calls that fail, in every way there is and COUNT times
 * each. The test that runs this looks for what they leave in memory.
 */
#include "selftest.h"

static void caught(int sig)
{
	(void)sig;
}

/* A writer asleep with its message, sent away again and again. */
static void interrupted_writers(long count)
{
	struct sigaction action = { .sa_handler = caught };
	static char data[4000];
	int *done = share_memory(sizeof(*done));
	pid_t pid;
	int i;

	context("interrupted writer");
	pid = fork_child();
	if (!pid) {
		int own = open_pipe(O_WRONLY);

		sigaction(SIGUSR1, &action, NULL);
		for (i = 1; i <= count; i++) {
			check_err(write(own, data, sizeof(data)), EINTR);
			__atomic_store_n(done, i, __ATOMIC_SEQ_CST);
		}
		_exit(0);
	}
	for (i = 1; i <= count; i++) {
		test_at(__FILE__, __LINE__, "write() is interrupted");
		wait_blocked(pid, SYS_write);
		kill(pid, SIGUSR1);
		while (__atomic_load_n(done, __ATOMIC_SEQ_CST) < i)
			sched_yield();
	}
	check_child(pid, 0);
}

int main(int argc, char **argv)
{
	unsigned char *cut = map_guarded(3000);
	struct iovec parts[] = { { cut, 3000 }, { BAD_ADDRESS, 1000 } };
	long count, max, i;
	char *data;
	int fd;

	test_start(argc, argv);
	count = argc > 2 ? atol(argv[2]) : 1000;
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	max = pipe_limit("msg_size");
	data = xmalloc(max + 1);
	memset(data, 'x', max + 1);

	for (i = 0; i < count; i++) {
		context("write, round %ld", i);
		check_err(write(fd, BAD_ADDRESS, 4000), EFAULT);
		check_err(write(fd, BAD_ADDRESS, 64), EFAULT);
		check_err(write(fd, cut, 4000), EFAULT);
		check_err(writev(fd, parts, 2), EFAULT);
		check_err(write(fd, data, max + 1), EMSGSIZE);
	}
	check_send(fd, data, 4000);
	for (i = 0; i < count; i++) {
		context("read, round %ld", i);
		check_err(read(fd, BAD_ADDRESS, 4000), EFAULT);
		check_err(read(fd, cut, 4000), EFAULT);
		check_err(readv(fd, parts, 2), EFAULT);
		check_err(read(fd, cut, 3000), EMSGSIZE);
	}
	end_context();
	check_receive(fd, data, 4000);

	fill_pipe(fd, 8);
	for (i = 0; i < count; i++) {
		context("full, round %ld", i);
		check_err(write(fd, data, 4000), EAGAIN);
		check_err(write(fd, data, 64), EAGAIN);
	}
	interrupted_writers(count / 10 + 1);
	drain_pipe();
	return 0;
}
