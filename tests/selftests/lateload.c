// SPDX-License-Identifier: GPL-2.0
/*
 * lateload PIPE COMMAND...: the command loads the module, and fails when the
 * pipe's node is there already. Run it, and open all there is of the module all
 * the while. It must let nobody in, for what he had open would be gone a moment
 * later.
 */
#include "selftest.h"

/* Not /proc/kmsgpipe, which the kernel itself closes. */
static const char * const others[] = {
	"/proc/kmsgtext",
	"/sys/kernel/debug/kmsgpipe/log",
	"/sys/kernel/debug/kmsgpipe/kmsgpipe0/stats",
};

/* Return: whether somebody came to a thing that was there, and was refused. */
static int is_refused(const char *path)
{
	test_at(__FILE__, __LINE__, path);
	if (open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) >= 0)
		test_fail("it was let in");
	/* Nobody else has such a number. */
	if (errno == ENXIO)
		return 0;
	if (errno != ENODEV)
		check_eq(errno, ENOENT);
	return errno == ENODEV;
}

/* Run the command once: how often somebody was refused meanwhile. */
static long run(const char *pipe, char **command)
{
	long refused = 0;
	pid_t pid, ended;
	int status;
	size_t i;

	pid = fork_child();
	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		execvp(command[0], command);
		_exit(127);
	}
	for (;;) {
		ended = waitpid(pid, &status, WNOHANG);
		if (ended < 0)
			die("waitpid");
		if (ended)
			break;
		refused += is_refused(pipe);
		for (i = 0; i < ARRAY_SIZE(others); i++)
			refused += is_refused(others[i]);
		sched_yield();
	}
	check_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	return refused;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "Usage: lateload PIPE COMMAND...\n");
		return 2;
	}
	test_alarm_start();
	/* Until there was something to open. */
	while (!run(argv[1], argv + 2))
		;
	return 0;
}
