/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_OWN_H
#define KMSGPIPE_OWN_H

/*
 * For tests that need settings of their own: a pipe made for the occasion, and
 * its ioctls. Such a program consists of named parts, of which each begins by
 * making its pipe; "PROGRAM PIPE PART" does one of them and takes the pipe
 * away again. What is left when a part fails, teardown in helpers.bash ends.
 */

#include <linux/kmsgpipe.h>
#include <sys/ioctl.h>

#include "selftest.h"

#define CONTROL	"/dev/kmsgpipe-control"

/* The pipe that test.path names. */
static struct {
	int made;
	uint32_t index;
	char path[64];
} own;

/* A new pipe's configuration: all as the module has it, but for these. */
#define CONFIG(...)						\
	((struct kmsgpipe_config) {				\
		.size = sizeof(struct kmsgpipe_config),		\
		.uid = ~0U,					\
		.gid = ~0U,					\
		__VA_ARGS__					\
	})

/* What SEND and RECV take. */
#define MESSAGE(_buf, _len, ...)				\
	((struct kmsgpipe_message) {				\
		.size = sizeof(struct kmsgpipe_message),	\
		.buf = (uintptr_t)(_buf),			\
		.len = (_len),					\
		__VA_ARGS__					\
	})

static inline int open_control(void)
{
	return open_file(CONTROL, O_RDWR);
}

static inline int try_create(struct kmsgpipe_config *config)
{
	int fd = open_control(), ret = ioctl(fd, KMSGPIPE_CREATE, config);
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static inline int try_remove(uint32_t index)
{
	struct kmsgpipe_remove arg = { .size = sizeof(arg), .index = index };
	int fd = open_control(), ret = ioctl(fd, KMSGPIPE_REMOVE, &arg);
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static inline uint32_t create_pipe(struct kmsgpipe_config config)
{
	if (try_create(&config))
		die("KMSGPIPE_CREATE");
	return config.index;
}

static inline void remove_pipe(uint32_t index)
{
	if (try_remove(index))
		die("KMSGPIPE_REMOVE");
}

/* Make the pipe that open_pipe() opens. */
static inline void own_pipe(struct kmsgpipe_config config)
{
	if (own.made)
		remove_pipe(own.index);
	own.index = create_pipe(config);
	own.made = 1;
	snprintf(own.path, sizeof(own.path), "/dev/kmsgpipe%u", own.index);
	test.path = own.path;
}

static inline void remove_own(void)
{
	remove_pipe(own.index);
	own.made = 0;
}

static inline struct kmsgpipe_info get_info(int fd)
{
	struct kmsgpipe_info info = { .size = sizeof(info) };

	if (ioctl(fd, KMSGPIPE_GET_INFO, &info))
		die("KMSGPIPE_GET_INFO");
	return info;
}

static inline struct kmsgpipe_stats get_stats(int fd)
{
	struct kmsgpipe_stats stats = { .size = sizeof(stats) };

	if (ioctl(fd, KMSGPIPE_GET_STATS, &stats))
		die("KMSGPIPE_GET_STATS");
	return stats;
}

/* SET_TTL, SET_EOF, SET_MODE */
static inline int set_value(int fd, unsigned long cmd, uint32_t value)
{
	struct kmsgpipe_set set = { .size = sizeof(set), .value = value };

	return ioctl(fd, cmd, &set);
}

/* CLEAR_QUEUE, TRIGGER_CLEANUP: how many messages, or -1. */
static inline long drop_messages(int fd, unsigned long cmd)
{
	struct kmsgpipe_count count = { .size = sizeof(count) };

	return ioctl(fd, cmd, &count) ? -1 : (long)count.count;
}

/* How many messages were dropped, or -1. */
static inline long set_limits(int fd, uint32_t flags, uint32_t max_msgs,
			      uint32_t msg_size, uint32_t max_bytes)
{
	struct kmsgpipe_set_limits set = {
		.size = sizeof(set),
		.flags = flags,
		.max_msgs = max_msgs,
		.msg_size = msg_size,
		.max_bytes = max_bytes,
	};

	return ioctl(fd, KMSGPIPE_SET_LIMITS, &set) ? -1 : (long)set.truncated;
}

static inline int set_cleanup(int fd, uint32_t enable, uint32_t interval_ms)
{
	struct kmsgpipe_set_cleanup set = {
		.size = sizeof(set),
		.enable = enable,
		.interval_ms = interval_ms,
	};

	return ioctl(fd, KMSGPIPE_SET_CLEANUP, &set);
}

static inline int send_ttl(int fd, const void *data, uint32_t len,
			   uint32_t prio, uint32_t ttl_ms)
{
	struct kmsgpipe_message m = MESSAGE(data, len, .prio = prio,
					    .ttl_ms = ttl_ms);

	return ioctl(fd, KMSGPIPE_SEND, &m);
}

/* What FIONREAD says. */
static inline int bytes_ready(int fd)
{
	int n = -1;

	if (ioctl(fd, FIONREAD, &n))
		die("FIONREAD");
	return n;
}

/* Fill a stream; fd is O_NONBLOCK. Returns how many bytes went in. */
static inline long fill_stream(int fd)
{
	static const char data[4096];
	long total = 0;
	ssize_t n;

	while ((n = write(fd, data, sizeof(data))) > 0)
		total += n;
	while ((n = write(fd, data, 1)) > 0)
		total += n;
	if (errno != EAGAIN)
		die("fill the stream");
	return total;
}

/* Exactly len bytes, in as many reads as it takes. */
static inline void read_all(int fd, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)buf + done, len - done);

		if (n < 0)
			die("read");
		if (!n)
			test_fail("end of file after %zu of %zu bytes", done,
				  len);
		done += n;
	}
}

/* Wait until something holds. */
#define wait_until(cond)						\
	do {								\
		test_at(__FILE__, __LINE__, "wait until " #cond);	\
		while (!(cond))						\
			short_pause();					\
	} while (0)

/* Now, as deadlines of messages count it, in milliseconds. */
static inline int64_t boottime_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Wait until that clock has come to this millisecond. */
static inline void wait_boottime(int64_t ms)
{
	struct timespec t = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL))
		;
}

/* Become nobody: no capabilities, but the files that are open. */
static inline void drop_privileges(void)
{
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		die("setresuid");
	/* Changing the user ID clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* One of a program's tests. */
struct part {
	const char *name;
	void (*run)(void);
};

static inline int run_parts(int argc, char **argv, const struct part *parts,
			    size_t nr)
{
	int found = 0;
	size_t i;

	test_alarm_start();
	for (i = 0; i < nr; i++) {
		if (argc > 2 && strcmp(argv[2], parts[i].name))
			continue;
		found = 1;
		parts[i].run();
		end_context();
		if (own.made)
			remove_own();
	}
	if (!found)
		fprintf(stderr, "%s: there is no part '%s'\n", argv[0],
			argv[2]);
	return !found;
}

#endif /* KMSGPIPE_OWN_H */
