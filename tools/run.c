// SPDX-License-Identifier: GPL-2.0
/* Running other programs. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define CANNOT_RUN	127

__attribute__((noreturn))
static void become(char *const argv[], int out)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	/* A user's PATH need not have sbin. */
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("LC_ALL", "C", 1);
	execvp(argv[0], argv);
	_exit(CANNOT_RUN);
}

int run_text(char *const argv[], char *text, size_t size)
{
	int fds[2], status = 0;
	pid_t pid;
	FILE *in;

	text[0] = 0;
	if (pipe2(fds, O_CLOEXEC))
		return CANNOT_RUN;
	/* Who has started us may ignore it: then nobody learns of an end. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == 0)
		become(argv, fds[1]);
	close(fds[1]);
	in = fdopen(fds[0], "r");
	if (in) {
		text[fread(text, 1, size - 1, in)] = 0;
		/* Let it end by itself. */
		while (getc(in) != EOF)
			;
		fclose(in);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return CANNOT_RUN;
	return WEXITSTATUS(status);
}

int run_line(char *const argv[], char *line, size_t size)
{
	int status = run_text(argv, line, size);

	line[strcspn(line, "\n")] = 0;
	return status;
}
