// SPDX-License-Identifier: GPL-2.0
/*
 * A signal to a reader or writer asleep: the call ends with EINTR at once, or
 * is restarted, as the handler was set up; and nothing is lost or half done.
 */
#include "selftest.h"

static int fd;
static int *handled;		/* how many signals the child has caught */

static void count(int sig)
{
	(void)sig;
	__atomic_fetch_add(handled, 1, __ATOMIC_SEQ_CST);
}

static const char *name(long nr)
{
	return nr == SYS_read ? "read" : "write";
}

/* A child asleep in read() or, on a full pipe, in write(). */
static pid_t sleeper(long nr, int flags)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };
	char buf[8];
	pid_t pid;

	*handled = 0;
	if (nr == SYS_write)
		check_eq(fill_pipe(fd, 8), pipe_limit("max_msgs"));
	pid = fork_child();
	if (!pid) {
		int own = open_pipe(O_RDWR);
		ssize_t len;

		sigaction(SIGINT, &action, NULL);
		if (nr == SYS_read)
			len = read(own, buf, sizeof(buf));
		else
			len = write(own, "sleeper", 8);
		if (len < 0 && errno == EINTR)
			_exit(2);
		check_ret(len, 8);
		if (nr == SYS_read)
			check_bytes(buf, "message", 8);
		_exit(0);
	}
	wait_blocked(pid, nr);
	return pid;
}

/* Let a sleeper go on: send it its message, or make room for its own. */
static void release(long nr)
{
	if (nr == SYS_read)
		check_send(fd, "message", 8);
	else
		check_receive(fd, "ffffffff", 8);
}

/* Nobody else's messages are touched: the pipe is as before the sleeper. */
static void check_untouched(long nr)
{
	if (nr == SYS_write)
		check_eq(drain_pipe(), pipe_limit("max_msgs"));
	check_empty(fd);
}

static void ends(long nr)
{
	pid_t pid;

	context("%s, no SA_RESTART", name(nr));
	pid = sleeper(nr, 0);
	kill(pid, SIGINT);
	check_child(pid, 2);
	check_eq(*handled, 1);
	check_untouched(nr);
}

static void restarts(long nr)
{
	pid_t pid;
	int i;

	context("%s, SA_RESTART", name(nr));
	pid = sleeper(nr, SA_RESTART);
	for (i = 1; i <= 3; i++) {
		kill(pid, SIGINT);
		while (__atomic_load_n(handled, __ATOMIC_SEQ_CST) < i)
			short_pause();
		wait_blocked(pid, nr);
	}
	release(nr);
	check_child(pid, 0);
	check_eq(*handled, 3);
	check_untouched(nr);
}

/* Ctrl+Z and fg: no handler, and the call goes on. */
static void stops_and_goes_on(long nr)
{
	pid_t pid;
	int status;

	context("%s, stopped", name(nr));
	pid = sleeper(nr, 0);
	kill(pid, SIGSTOP);
	if (waitpid(pid, &status, WUNTRACED) != pid)
		die("waitpid");
	check_true(WIFSTOPPED(status));
	kill(pid, SIGCONT);
	wait_blocked(pid, nr);
	release(nr);
	check_child(pid, 0);
	check_untouched(nr);
}

static void dies(long nr, int sig)
{
	pid_t pid;

	context("%s, %s", name(nr), strsignal(sig));
	pid = sleeper(nr, 0);
	kill(pid, sig);
	check_child(pid, 128 + sig);
	check_untouched(nr);
}

int main(int argc, char **argv)
{
	static const long calls[] = { SYS_read, SYS_write };
	size_t i;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	handled = share_memory(sizeof(*handled));

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		ends(calls[i]);
		restarts(calls[i]);
		stops_and_goes_on(calls[i]);
		dies(calls[i], SIGTERM);
		dies(calls[i], SIGKILL);
	}
	return 0;
}
