// SPDX-License-Identifier: GPL-2.0
/* What has gone through so far. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "progress.h"

/* Milliseconds until it is shown, and shown again. */
#define FIRST_MS	1000
#define AGAIN_MS	200

static struct {
	bool wanted;
	bool shown;
	uint64_t total;
	uint64_t messages;
	uint64_t bytes;
	uint64_t began;
	uint64_t next;
} progress;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

void progress_begin(uint64_t total, int busy)
{
	progress.wanted = isatty(STDERR_FILENO) && !isatty(busy);
	progress.total = total;
	progress.began = now_ms();
	progress.next = progress.began + FIRST_MS;
}

static void progress_show(uint64_t now)
{
	char bytes[SHOW_MAX], rate[SHOW_MAX];
	uint64_t ms = now - progress.began;

	fprintf(stderr, "\r%" PRIu64 " messages, %sB, %sB/s",
		progress.messages, show_bytes(bytes, progress.bytes),
		show_bytes(rate, progress.bytes * 1000 / (ms ? ms : 1)));
	if (progress.total)
		fprintf(stderr, ", %" PRIu64 "%%",
			progress.bytes * 100 / progress.total);
	fputs("\033[K", stderr);
	progress.shown = true;
}

void progress_add(uint64_t messages, uint64_t bytes)
{
	uint64_t now;

	progress.messages += messages;
	progress.bytes += bytes;
	if (!progress.wanted)
		return;
	now = now_ms();
	if (now >= progress.next) {
		progress_show(now);
		progress.next = now + AGAIN_MS;
	}
}

void progress_end(void)
{
	if (progress.shown)
		fputs("\r\033[K", stderr);
	progress.shown = false;
}
