// SPDX-License-Identifier: GPL-2.0
/*
 * failnth PIPE TRIAL: system calls in which the kernel's first, second, third
 * ... request for memory (or copy from or to this program) fails, until one
 * gets through because it needs no more. Each either succeeds or fails with a
 * fitting error and changes nothing; what it leaves in memory, kmemleak tells.
 *
 * Needs a kernel with CONFIG_FAULT_INJECTION. fail-nth.bats makes the settings.
 */
#include <pthread.h>
#include <sys/epoll.h>

#include "own.h"

/* Larger than what a message holds inline, smaller than max_bytes. */
#define LARGE	20000

/* More steps than any call here takes. */
#define TRIES_MAX	20000

static int nth_fd = -1;
static unsigned char data[LARGE], got[LARGE];

/* From now on, the nth fallible step of this thread's system calls fails. */
static void arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (nth_fd < 0)
		nth_fd = open("/proc/thread-self/fail-nth",
			      O_RDWR | O_CLOEXEC);
	if (nth_fd < 0 || pwrite(nth_fd, text, len, 0) != len)
		die("fail-nth");
}

/* No longer. Returns how many steps were left before that one; 0: it failed. */
static unsigned int disarm(void)
{
	char text[16] = "";
	unsigned int left;

	/* This too is a step that fails, if it is the next one. */
	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		left = 1;
	else
		left = atoi(text);
	if (pwrite(nth_fd, "0", 1, 0) < 0 && pwrite(nth_fd, "0", 1, 0) < 0)
		die("fail-nth");
	return left;
}

/*
 * One call: prepare() makes everything new, call() is what is tested, done()
 * and failed() look at what it has left.
 */
struct trial {
	const char *name;
	void (*prepare)(void);
	long (*call)(void);
	void (*done)(long ret);
	void (*failed)(void);
};

/* Not every step is tried. */
static unsigned int first = 1, stride = 1;
static int fd = -1;
static long size;

static void run_trial(const struct trial *trial)
{
	unsigned int nth = first, failures = 0, left;
	long ret;
	int err;

	for (;;) {
		context("%s, failure %u", trial->name, nth);
		alarm(test_seconds());
		trial->prepare();
		arm(nth);
		ret = trial->call();
		err = errno;
		left = disarm();

		if (ret < 0) {
			failures++;
			if (left || (err != ENOMEM && err != EFAULT))
				test_fail("%s, steps left: %u", strerror(err),
					  left);
			trial->failed();
		} else {
			trial->done(ret);
		}
		if (left)
			break;
		nth += stride;
		check_true(nth < TRIES_MAX);
	}
	/* Or else nothing was injected. */
	check_true(failures > 0);
}

static void new_pipe(void)
{
	if (fd >= 0)
		close(fd);
	own_pipe(CONFIG(.msg_size = LARGE));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	fill_bytes(data, sizeof(data), size);
	memset(got, 0, sizeof(got));
}

static void new_small(void)
{
	size = 64;
	new_pipe();
}

static void new_large(void)
{
	size = LARGE;
	new_pipe();
}

static void new_stream(void)
{
	new_large();
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
}

/* Nothing was queued, and the pipe still works. */
static void not_sent(void)
{
	check_empty(fd);
	check_eq(get_info(fd).bytes, 0);
	check_send(fd, data, size);
	check_receive(fd, data, size);
}

static void sent(long ret)
{
	/* A stream takes what it has memory for. */
	check_true(ret > 0 && ret <= size);
	check_eq(get_info(fd).bytes, ret);
	check_receive(fd, data, ret);
	check_empty(fd);
}

static long call_write(void)
{
	return write(fd, data, size);
}

static long call_writev(void)
{
	struct iovec parts[] = { { data, size / 2 },
				 { data + size / 2, size - size / 2 } };

	return writev(fd, parts, 2);
}

static long call_send(void)
{
	struct kmsgpipe_message arg = MESSAGE(data, size, .prio = 3);

	return ioctl(fd, KMSGPIPE_SEND, &arg) ? -1 : size;
}

/* SEND may have queued the message and then failed to tell its number. */
static void maybe_not_sent(void)
{
	if (get_info(fd).messages)
		sent(size);
	else
		not_sent();
}

static void new_small_message(void)
{
	new_small();
	check_send(fd, data, size);
}

static void new_large_message(void)
{
	new_large();
	check_send(fd, data, size);
}

static void new_stream_bytes(void)
{
	new_stream();
	check_send(fd, data, size);
}

static long call_read(void)
{
	return read(fd, got, size);
}

static long call_readv(void)
{
	struct iovec parts[] = { { got, size / 2 },
				 { got + size / 2, size - size / 2 } };

	return readv(fd, parts, 2);
}

static void received(long ret)
{
	check_true(ret > 0 && ret <= size);
	check_bytes(got, data, ret);
	check_eq(get_info(fd).bytes, size - ret);
	if (ret < size)
		check_receive(fd, data + ret, size - ret);
	check_empty(fd);
}

/* It is all still there. */
static void not_received(void)
{
	check_eq(get_info(fd).bytes, size);
	check_receive(fd, data, size);
	check_empty(fd);
}

/* Opening, and what else a process does with a file. */

static long call_open(void)
{
	return open(test.path, O_RDWR | O_CLOEXEC);
}

static void opened(long ret)
{
	check_eq(get_info(fd).readers, 2);
	close(ret);
	check_eq(get_info(fd).readers, 1);
}

static void not_opened(void)
{
	struct kmsgpipe_info info = get_info(fd);

	check_eq(info.readers, 1);
	check_eq(info.writers, 1);
}

static long call_async(void)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static int epoll_fd;

static void new_epoll(void)
{
	close(epoll_fd);
	new_small_message();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	check_true(epoll_fd >= 0);
}

static long call_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static long call_poll(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0);
}

static void ignore(long ret)
{
	(void)ret;
}

/* Pipes made and removed */

static struct kmsgpipe_config config;
static int control_fd;

static void new_config(void)
{
	config = CONFIG(.name = "failnth");
	if (!control_fd)
		control_fd = open_control();
}

static long call_create(void)
{
	return ioctl(control_fd, KMSGPIPE_CREATE, &config);
}

static void created(long ret)
{
	(void)ret;
	remove_pipe(config.index);
}

/* Which pipe has the name? */
static long find_pipe(void)
{
	char path[64];
	long i, fd, found = -1;

	for (i = 0; i < 256 && found < 0; i++) {
		snprintf(path, sizeof(path), "/dev/kmsgpipe%ld", i);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!strcmp(get_info(fd).name, config.name))
			found = i;
		close(fd);
	}
	return found;
}

/*
 * The name is free, so the pipe is not there. It is only if the very last step
 * failed, in which the caller is told the index.
 */
static void not_created(void)
{
	long i = find_pipe();

	if (i >= 0)
		remove_pipe(i);
	new_config();
	check_ret(ioctl(control_fd, KMSGPIPE_CREATE, &config), 0);
	created(0);
}

/* Likewise: it may be gone, but then it is gone altogether. */
static void maybe_removed(void)
{
	long i = find_pipe();

	if (i >= 0)
		remove_pipe(i);
	not_created();
}

static struct kmsgpipe_remove removal;

static void new_removal(void)
{
	new_config();
	check_ret(ioctl(control_fd, KMSGPIPE_CREATE, &config), 0);
	removal = (struct kmsgpipe_remove){ .size = sizeof(removal),
					    .index = config.index };
}

static long call_remove(void)
{
	return ioctl(control_fd, KMSGPIPE_REMOVE, &removal);
}

static void removed(long ret)
{
	(void)ret;
	not_created();
}

/*
 * The module: the bats test has unloaded it, and names its file. Somebody opens
 * what he can all the time, and keeps it open. He may do so after the load, but
 * not before: who has something open does not keep a load from failing.
 */
static int module_fd;
static pthread_t opener;
static int load_over, held[64], nr_held;

static void *open_all(void *arg)
{
	static const char * const paths[] = {
		"/dev/kmsgpipe0",
		"/dev/kmsgpipe-control",
		"/proc/kmsgtext",
		"/sys/kernel/debug/kmsgpipe/log",
		"/sys/kernel/debug/kmsgpipe/kmsgpipe0/stats",
	};
	size_t i;
	int file;

	(void)arg;
	while (!__atomic_load_n(&load_over, __ATOMIC_ACQUIRE)) {
		for (i = 0; i < ARRAY_SIZE(paths); i++) {
			file = open(paths[i],
				    O_RDONLY | O_NONBLOCK | O_CLOEXEC);
			if (file >= 0 && nr_held < (int)ARRAY_SIZE(held))
				held[nr_held++] = file;
			else if (file >= 0)
				close(file);
		}
	}
	return NULL;
}

static void new_opener(void)
{
	load_over = 0;
	nr_held = 0;
	if (pthread_create(&opener, NULL, open_all, NULL))
		die("pthread_create");
}

static void end_opener(void)
{
	__atomic_store_n(&load_over, 1, __ATOMIC_RELEASE);
	pthread_join(opener, NULL);
}

static long call_load(void)
{
	return syscall(SYS_finit_module, module_fd, "proc_queue=kmsgtext", 0);
}

static void loaded(long ret)
{
	(void)ret;
	end_opener();
	while (nr_held)
		close(held[--nr_held]);
	/* udev may have a node open just now. */
	while (syscall(SYS_delete_module, "kmsgpipe", O_NONBLOCK)) {
		check_eq(errno, EAGAIN);
		short_pause();
	}
}

static void not_loaded(void)
{
	char line[256];
	FILE *f;

	end_opener();
	check_eq(nr_held, 0);
	f = fopen("/proc/devices", "re");
	check_err(access("/sys/module/kmsgpipe", F_OK), ENOENT);
	check_err(access("/sys/class/kmsgpipe", F_OK), ENOENT);
	while (fgets(line, sizeof(line), f))
		check_true(!strstr(line, "kmsgpipe"));
	fclose(f);
}

/*
 * Before the module's own code runs, the kernel makes its trace events, and
 * warns if it has no memory for them. So the first step tried is one after that:
 * the one at which the module shows in sysfs, before its init.
 */
static void *find_first(void *arg)
{
	char left[16] = "";

	while (access("/sys/module/kmsgpipe", F_OK))
		sched_yield();
	if (pread(nth_fd, left, sizeof(left) - 1, 0) < 0)
		die("fail-nth");
	first = TRIES_MAX - atoi(left);
	return arg;
}

static void skip_kernel(void)
{
	pthread_t finder;
	long ret;

	arm(TRIES_MAX);
	if (pthread_create(&finder, NULL, find_first, NULL))
		die("pthread_create");
	/* From here on, as in a trial. */
	arm(TRIES_MAX);
	ret = call_load();
	check_true(disarm() > 0);
	check_ret(ret, 0);
	pthread_join(finder, NULL);
	new_opener();
	loaded(ret);
}

static const struct trial trials[] = {
	{ "open", new_small, call_open, opened, not_opened },
	{ "write-small", new_small, call_write, sent, not_sent },
	{ "write-large", new_large, call_write, sent, not_sent },
	{ "write-stream", new_stream, call_write, sent, not_sent },
	{ "writev", new_large, call_writev, sent, not_sent },
	{ "send", new_large, call_send, sent, maybe_not_sent },
	{ "read-large", new_large_message, call_read, received, not_received },
	{ "read-stream", new_stream_bytes, call_read, received, not_received },
	{ "readv", new_small_message, call_readv, received, not_received },
	{ "async", new_small, call_async, ignore, not_sent },
	{ "epoll", new_epoll, call_epoll, ignore, not_received },
	{ "poll", new_small_message, call_poll, ignore, not_received },
	{ "create", new_config, call_create, created, not_created },
	{ "remove", new_removal, call_remove, removed, maybe_removed },
	{ "load", new_opener, call_load, loaded, not_loaded },
};

int main(int argc, char **argv)
{
	const char *name = argc > 2 ? argv[2] : "";
	const struct trial *trial = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(trials); i++)
		if (!strcmp(trials[i].name, name))
			trial = &trials[i];
	if (!trial) {
		fprintf(stderr, "Usage: failnth PIPE TRIAL [FILE STRIDE]\n");
		return 2;
	}

	test_alarm_start();
	if (argc > 4) {
		module_fd = open_file(argv[3], O_RDONLY);
		stride = atoi(argv[4]);
		skip_kernel();
	}
	run_trial(trial);
	if (own.made) {
		close(fd);
		remove_own();
	}
	return 0;
}
