/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_SELFTEST_H
#define KMSGPIPE_SELFTEST_H

/*
 * What the test programs share.
 *
 * A program takes the pipe's device node as its first argument, begins with
 * test_start(), which leaves the pipe empty, and says nothing unless something
 * is wrong: then it prints the line, the expression, what came and what was
 * expected, and exits 1. No program waits for a length of time: it waits for
 * an event, and an alarm ends it (and says where it hung) if that never comes.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds until a program (each of its processes) gives up. */
static inline unsigned int test_seconds(void)
{
	const char *seconds = getenv("TEST_SECONDS");

	return seconds ? atoi(seconds) : 60;
}

/* An address that nothing is mapped at. */
#define BAD_ADDRESS	((void *)(uintptr_t)0xdeadbeef)

/* Sizes either side of every border in the driver, for the default msg_size. */
static const size_t border_sizes[] = {
	1, 2, 7, 8, 9, 63, 64, 65, 255, 256, 257, 264, 511, 512, 513,
	1023, 1024, 1025, 2047, 2048, 2049, 4000, 4095, 4096,
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What is being checked just now, for the failure message and the alarm. */
static struct {
	const char *path;	/* of the pipe */
	const char *file;
	int line;
	const char *what;
	char context[128];
} test = { .path = "/dev/kmsgpipe0", .file = "?", .what = "start" };

/*
 * Failing
 */

/* Print where the program stands and what is wrong there, and exit 1. */
__attribute__((format(printf, 1, 2), noreturn))
static inline void test_fail(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* One write: lines of several processes do not mix. */
	dprintf(STDERR_FILENO, "%s:%d: %s%s%s%s: %s\n", test.file, test.line,
		test.what, test.context[0] ? " (" : "", test.context,
		test.context[0] ? ")" : "", text);
	_exit(1);
}

static inline void test_at(const char *file, int line, const char *what)
{
	test.file = file;
	test.line = line;
	test.what = what;
}

/* Something the test cannot go on without went wrong. */
#define die(what) \
	(test_at(__FILE__, __LINE__, what), test_fail("%s", strerror(errno)))

/* Say what the following checks are about: "size 257". */
__attribute__((format(printf, 1, 2)))
static inline void context(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(test.context, sizeof(test.context), fmt, args);
	va_end(args);
}

static inline void end_context(void)
{
	test.context[0] = 0;
}

/*
 * Checks. The position is noted before the call is made, so that a call that
 * never returns is named when the alarm goes off.
 */

/* call returns want: the check of a system call that should succeed. */
#define check_ret(call, want) \
	(test_at(__FILE__, __LINE__, #call), test_check_ret((call), (want)))

/* call returns -1 and sets errno to err. */
#define check_err(call, err) \
	(test_at(__FILE__, __LINE__, #call), test_check_err((call), (err)))

/* Two numbers are the same. */
#define check_eq(got, want) \
	(test_at(__FILE__, __LINE__, #got), test_check_eq((got), (want)))

/* A condition holds; says nothing but its text, so prefer the others. */
#define check_true(cond) \
	(test_at(__FILE__, __LINE__, #cond), \
	 (cond) ? (void)0 : test_fail("does not hold"))

static inline void test_check_ret(long got, long want)
{
	if (got == want)
		return;
	if (got == -1)
		test_fail("got -1 (%s), expected %ld", strerror(errno), want);
	test_fail("got %ld, expected %ld", got, want);
}

static inline void test_check_err(long got, int err)
{
	if (got == -1 && errno == err)
		return;
	if (got == -1)
		test_fail("got -1 (%s), expected -1 (%s)", strerror(errno),
			  strerror(err));
	test_fail("got %ld, expected -1 (%s)", got, strerror(err));
}

static inline void test_check_eq(long got, long want)
{
	if (got != want)
		test_fail("got %ld, expected %ld", got, want);
}

/*
 * Memory
 */

static inline void *xmalloc(size_t size)
{
	void *p = malloc(size);

	if (!p)
		die("malloc");
	return p;
}

static inline void *map_memory(size_t size, int prot, int flags, int fd)
{
	void *p = mmap(NULL, size, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* Zeroed memory that children share with their parent. */
static inline void *share_memory(size_t size)
{
	return map_memory(size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1);
}

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static inline size_t round_up_to_page(size_t size)
{
	return (size + page_size() - 1) & ~(page_size() - 1);
}

/* size bytes whose end is the end of the mapping: the next byte faults. */
static inline unsigned char *map_guarded(size_t size)
{
	size_t room = round_up_to_page(size);
	unsigned char *p = map_memory(room + page_size(),
				      PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (mprotect(p + room, page_size(), PROT_NONE))
		die("mprotect");
	return p + room - size;
}

static inline void unmap_guarded(unsigned char *p, size_t size)
{
	size_t room = round_up_to_page(size);

	munmap(p + size - room, room + page_size());
}

/* Fill buf with bytes that only this seed gives. */
static inline void fill_bytes(void *buf, size_t len, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 0x9e3779b9u;
	unsigned char *p = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = x >> 24;
	}
}

/* Two buffers hold the same bytes. */
#define check_bytes(got, want, len) \
	(test_at(__FILE__, __LINE__, #got), \
	 test_check_bytes((got), (want), (len)))

static inline void test_check_bytes(const void *got, const void *want,
				    size_t len)
{
	const unsigned char *a = got, *b = want;
	size_t i;

	if (!memcmp(a, b, len))
		return;
	for (i = 0; a[i] == b[i]; i++)
		;
	test_fail("byte %zu of %zu: got 0x%02x, expected 0x%02x", i, len,
		  a[i], b[i]);
}

/* Like open(2), and it has to succeed. */
static inline int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

/*
 * The pipe
 */

static inline int open_pipe(int flags)
{
	return open_file(test.path, flags);
}

/* A limit of the pipe, as the module's parameters say. */
static inline long pipe_limit(const char *name)
{
	const char *dir = getenv("KMSGPIPE_PARAMETERS");
	char path[256];
	long value;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s",
		 dir ? dir : "/sys/module/kmsgpipe/parameters", name);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%ld", &value) != 1)
		die(path);
	fclose(f);
	return value;
}

/* Read all that is queued; returns how many messages that was. */
static inline long drain_pipe(void)
{
	size_t size = pipe_limit("msg_size");
	char *buf = xmalloc(size);
	int fd = open_pipe(O_RDONLY | O_NONBLOCK);
	ssize_t len;
	long n = 0;

	while ((len = read(fd, buf, size)) > 0)
		n++;
	if (len < 0 && errno != EAGAIN)
		die("drain the pipe");
	close(fd);
	free(buf);
	return n;
}

/* Write messages of size bytes until the pipe is full; fd is O_NONBLOCK. */
static inline long fill_pipe(int fd, size_t size)
{
	char *buf = xmalloc(size);
	long n = 0;

	memset(buf, 'f', size);
	while (write(fd, buf, size) == (ssize_t)size)
		n++;
	if (errno != EAGAIN)
		die("fill the pipe");
	free(buf);
	return n;
}

/* What poll(2) says at once of everything a pipe can say. */
static inline int poll_now(int fd)
{
	struct pollfd p = {
		.fd = fd,
		.events = POLLIN | POLLRDNORM | POLLRDBAND | POLLPRI |
			  POLLOUT | POLLWRNORM | POLLWRBAND | POLLRDHUP,
	};

	if (poll(&p, 1, 0) < 0)
		die("poll");
	return p.revents;
}

#define POLL_READABLE	(POLLIN | POLLRDNORM)
#define POLL_WRITABLE	(POLLOUT | POLLWRNORM)

/* Write one message. */
#define check_send(fd, data, len) \
	(test_at(__FILE__, __LINE__, "send " #data), \
	 test_check_ret(write((fd), (data), (len)), (len)))

/* The next message is these len bytes, and not a byte more is written. */
#define check_receive(fd, data, len) \
	(test_at(__FILE__, __LINE__, "receive " #data), \
	 test_check_receive((fd), (data), (len)))

static inline void test_check_receive(int fd, const void *want, size_t len)
{
	unsigned char *got = xmalloc(len + 16);
	size_t i;

	memset(got, 0xa5, len + 16);
	test_check_ret(read(fd, got, len + 16), len);
	test_check_bytes(got, want, len);
	for (i = len; i < len + 16; i++)
		if (got[i] != 0xa5)
			test_fail("read %zu bytes, and byte %zu changed too",
				  len, i);
	free(got);
}

/* Nothing is queued; fd is O_NONBLOCK. */
#define check_empty(fd) \
	(test_at(__FILE__, __LINE__, "pipe is empty"), test_check_empty(fd))

static inline void test_check_empty(int fd)
{
	char *buf = xmalloc(pipe_limit("msg_size"));

	test_check_err(read(fd, buf, pipe_limit("msg_size")), EAGAIN);
	test_check_eq(poll_now(fd) & POLL_READABLE, 0);
	free(buf);
}

/*
 * Processes
 */

/* Like fork(2); the child ends with its parent, and has its own alarm. */
static inline pid_t fork_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		alarm(test_seconds());
	}
	return pid;
}

/* Wait for a child: its exit status, or 128 and the signal that ended it. */
static inline int wait_child(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

#define check_child(pid, want) \
	(test_at(__FILE__, __LINE__, "exit status of " #pid), \
	 test_check_eq(wait_child(pid), (want)))

/* End a child that should still be there. */
static inline void kill_child(pid_t pid)
{
	kill(pid, SIGKILL);
	test_at(__FILE__, __LINE__, "kill_child()");
	test_check_eq(wait_child(pid), 128 + SIGKILL);
}

/* A pause between two looks at something that should come about. */
static inline void short_pause(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* The state letter of a process as in ps(1); 0 if there is none. */
static inline char process_state(pid_t pid)
{
	char path[64], line[512], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	line[n] = 0;
	end = strrchr(line, ')');
	return end && end[1] ? end[2] : 0;
}

/*
 * Is a process asleep in system call nr? The kernel answers with a number
 * only once the process is off its CPU, "running" before.
 */
static inline int is_blocked(pid_t pid, long nr)
{
	char path[64], line[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	fd = open_file(path, O_RDONLY);
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	line[n] = 0;
	return line[0] >= '0' && line[0] <= '9' &&
	       strtol(line, NULL, 10) == nr && process_state(pid) == 'S';
}

/* Wait until a child is asleep in system call nr. */
#define wait_blocked(pid, nr) \
	(test_at(__FILE__, __LINE__, #pid " blocks in " #nr), \
	 test_wait_blocked((pid), (nr)))

static inline void test_wait_blocked(pid_t pid, long nr)
{
	while (!is_blocked(pid, nr)) {
		char state = process_state(pid);

		if (!state || state == 'Z')
			test_fail("the process ended instead");
		short_pause();
	}
}

/* How often a process has gone to sleep so far. */
static inline long times_slept(pid_t pid)
{
	char path[64], line[256];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
			break;
	fclose(f);
	if (n < 0)
		die("voluntary_ctxt_switches");
	return n;
}

static inline double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Is this an older kernel than that? */
static inline int kernel_before(int major, int minor)
{
	struct utsname name;
	int a = 0, b = 0;

	uname(&name);
	if (sscanf(name.release, "%d.%d", &a, &b) != 2)
		die("uname");
	return a < major || (a == major && b < minor);
}

/*
 * Start
 */

static inline void test_alarm(int sig)
{
	(void)sig;
	test_fail("nothing has happened for %u seconds", test_seconds());
}

/* Give up in good time, and say where. */
static inline void test_alarm_start(void)
{
	signal(SIGALRM, test_alarm);
	alarm(test_seconds());
}

/* To begin with: take the path from the arguments, empty the pipe. */
static inline void test_start(int argc, char **argv)
{
	if (argc > 1)
		test.path = argv[1];
	test_alarm_start();
	drain_pipe();
}

#endif /* KMSGPIPE_SELFTEST_H */
