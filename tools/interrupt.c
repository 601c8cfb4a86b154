// SPDX-License-Identifier: GPL-2.0
/* Ending a call that waits. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "error.h"
#include "interrupt.h"
#include "util.h"

/* How soon a signal comes again. */
#define AGAIN_NS	(20 * 1000 * 1000)

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t asked;
static timer_t timer;
static bool have_timer;

static void timer_set(uint64_t ms, long again_ns)
{
	struct itimerspec spec = {
		.it_value.tv_sec = ms / 1000,
		.it_value.tv_nsec = ms % 1000 * 1000000,
		.it_interval.tv_nsec = again_ns,
	};

	timer_settime(timer, 0, &spec, NULL);
}

static void caught(int sig)
{
	int err = errno;

	if (sig != SIGALRM) {
		asked = sig;
		timer_set(1, AGAIN_NS);
	}
	errno = err;
}

static void handle(int sig)
{
	struct sigaction action = { .sa_handler = caught };

	sigemptyset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

static void timer_make(void)
{
	sigset_t alarm;

	if (have_timer)
		return;
	handle(SIGALRM);
	/* Who has started us may have it blocked: then nothing would end. */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	if (timer_create(CLOCK_MONOTONIC, NULL, &timer))
		fail(STATUS_FAILED, "no timer can be had: %s", strerror(errno));
	have_timer = true;
}

void interrupt_catch(void)
{
	struct sigaction old;
	size_t i;

	timer_make();
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		/* nohup and the like have a reason. */
		sigaction(signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			handle(signals[i]);
	}
}

void interrupt_begin(uint64_t ms)
{
	if (ms == TIMEOUT_NEVER)
		return;
	timer_make();
	timer_set(ms, AGAIN_NS);
}

void interrupt_end(void)
{
	if (have_timer && !asked)
		timer_set(0, 0);
}

bool interrupt_asked(void)
{
	return asked;
}

void interrupt_finish(void)
{
	if (!asked)
		return;
	fflush(stdout);
	signal(asked, SIG_DFL);
	raise(asked);
}
