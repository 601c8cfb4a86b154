// SPDX-License-Identifier: GPL-2.0
/*
 * O_ASYNC: SIGIO, or the signal of F_SETSIG with its reason, when a message
 * comes or room is made.
 */
#include "own.h"

static int fd, r, w;
static sigset_t set;

static void open_all(uint32_t eof)
{
	own_pipe(CONFIG(.eof = eof, .max_msgs = 2));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	w = open_pipe(O_WRONLY | O_NONBLOCK);

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* The file's owner is this process; 0 stands for SIGIO without a reason. */
static void async(int file, int sig)
{
	if (fcntl(file, F_SETOWN, getpid()) || fcntl(file, F_SETSIG, sig) ||
	    fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_ASYNC))
		die("fcntl");
}

#define check_signal(sig, file, code, band) \
	(test_at(__FILE__, __LINE__, "signal " #sig ", " #code), \
	 test_check_signal((sig), (file), (code), (band)))

static void test_check_signal(int sig, int file, int code, int band)
{
	siginfo_t info;
	int got;

	do {
		got = sigwaitinfo(&set, &info);
	} while (got < 0 && errno == EINTR);
	test_check_eq(got, sig);
	if (sig == SIGIO)
		return;
	test_check_eq(info.si_fd, file);
	test_check_eq(info.si_code, code);
	test_check_eq(info.si_band, band);
}

/* Nothing is pending: signals to oneself are there when the call returns. */
#define check_no_signal() \
	(test_at(__FILE__, __LINE__, "no signal"), test_check_no_signal())

static void test_check_no_signal(void)
{
	struct timespec now = { 0, 0 };
	siginfo_t info;

	if (sigtimedwait(&set, &info, &now) >= 0)
		test_fail("got signal %d, si_code %d, si_fd %d",
			  info.si_signo, info.si_code, info.si_fd);
}

static void in(void)
{
	open_all(KMSGPIPE_EOF_NEVER);
	async(r, SIGRTMIN);
	check_no_signal();
	check_send(w, "x", 1);
	check_signal(SIGRTMIN, r, POLL_IN, POLL_READABLE);
	/* One for each message, not only for the first. */
	check_send(w, "y", 1);
	check_signal(SIGRTMIN, r, POLL_IN, POLL_READABLE);
	check_err(write(w, "z", 1), EAGAIN);
	check_no_signal();

	context("off");
	check_receive(r, "x", 1);
	fcntl(r, F_SETFL, O_NONBLOCK);
	while (sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 }) >= 0)
		;
	check_send(w, "z", 1);
	check_no_signal();

	context("SIGIO");
	check_receive(r, "y", 1);
	async(r, 0);
	check_send(w, "x", 1);
	check_signal(SIGIO, r, 0, 0);
}

static void out(void)
{
	open_all(KMSGPIPE_EOF_NEVER);
	check_eq(fill_pipe(w, 1), 2);
	async(w, SIGRTMIN);
	check_no_signal();
	check_receive(r, "f", 1);
	check_signal(SIGRTMIN, w, POLL_OUT,
		     POLL_WRITABLE | POLLWRBAND);
	check_receive(r, "f", 1);
	check_signal(SIGRTMIN, w, POLL_OUT,
		     POLL_WRITABLE | POLLWRBAND);
	check_err(read(r, &set, 1), EAGAIN);
	check_no_signal();
}

/* Another process, and a process group. */
static void owner(void)
{
	pid_t pid;

	open_all(KMSGPIPE_EOF_NEVER);
	async(r, SIGRTMIN);
	pid = fork_child();
	if (!pid) {
		check_signal(SIGRTMIN, r, POLL_IN, POLL_READABLE);
		_exit(0);
	}
	fcntl(r, F_SETOWN, pid);
	check_send(w, "x", 1);
	check_child(pid, 0);
	check_no_signal();
	check_receive(fd, "x", 1);

	pid = fork_child();
	if (!pid) {
		setpgid(0, 0);
		fcntl(r, F_SETOWN, -getpid());
		check_send(w, "x", 1);
		check_signal(SIGRTMIN, r, POLL_IN, POLL_READABLE);
		_exit(0);
	}
	check_child(pid, 0);
	check_no_signal();
}

/* Who can only read does not care for room, and the reverse. */
static void sides(void)
{
	open_all(KMSGPIPE_EOF_NEVER);
	check_eq(fill_pipe(fd, 1), 2);
	async(r, SIGRTMIN);
	check_receive(fd, "f", 1);
	check_no_signal();
	fcntl(r, F_SETFL, O_NONBLOCK);
	async(w, SIGRTMIN);
	check_send(fd, "x", 1);
	check_no_signal();
}

/* Others come and go, and it is no news. */
static void others(void)
{
	open_all(KMSGPIPE_EOF_NEVER);
	async(r, SIGRTMIN);
	async(w, SIGRTMIN);
	close(open_pipe(O_RDONLY));
	close(open_pipe(O_WRONLY));
	close(open_pipe(O_RDWR));
	check_no_signal();
}

/* The last writer's going is news to a reader, with the hangup policy. */
static void hangup(void)
{
	siginfo_t info;

	open_all(KMSGPIPE_EOF_HANGUP);
	async(r, SIGRTMIN);
	close(fd);
	close(w);
	test_at(__FILE__, __LINE__, "a signal at hangup");
	check_true(sigwaitinfo(&set, &info) == SIGRTMIN);
	check_eq(info.si_fd, r);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "in", in },
		{ "out", out },
		{ "owner", owner },
		{ "sides", sides },
		{ "others", others },
		{ "hangup", hangup },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
