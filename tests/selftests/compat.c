// SPDX-License-Identifier: GPL-2.0
/*
 * Every ioctl from a 32-bit program. It has no C library, of which there is
 * none for 32 bits where it is built: system calls are made by hand. It makes
 * its own pipe, says nothing unless something is wrong, and then the line.
 */
#include <linux/kmsgpipe.h>

#if __SIZEOF_LONG__ != 4
#error "this is a 32-bit program"
#endif

/* As <asm/unistd_32.h> has them, and <asm-generic/fcntl.h>. */
#define NR_EXIT		1
#define NR_WRITE	4
#define NR_OPEN		5
#define NR_IOCTL	54

#define O_RDWR_NONBLOCK	04002
#define EAGAIN		11
#define EFAULT		14
#define ENODEV		19
#define ENOTTY		25
#define EMSGSIZE	90

static long system_call(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a" (ret)
			 : "a" (nr), "b" (a), "c" (b), "d" (c)
			 : "memory");
	return ret;
}

static void fail(int line)
{
	char text[] = "compat.c:    0: is wrong\n";
	char *digit = text + 13;

	for (; line; line /= 10)
		*digit-- = '0' + line % 10;
	system_call(NR_WRITE, 2, (long)text, sizeof(text) - 1);
	system_call(NR_EXIT, 1, 0, 0);
}

#define check(cond)	((cond) ? (void)0 : fail(__LINE__))

static long open_node(const char *path)
{
	return system_call(NR_OPEN, (long)path, O_RDWR_NONBLOCK, 0);
}

static long command(long fd, long cmd, void *arg)
{
	return system_call(NR_IOCTL, fd, cmd, (long)arg);
}

static int same(const char *a, const char *b, unsigned int len)
{
	while (len && *a == *b) {
		a++;
		b++;
		len--;
	}
	return !len;
}

/* What the compiler may call by itself. */
void *memset(void *p, int c, unsigned long len)
{
	volatile char *at = p;

	while (len--)
		*at++ = c;
	return p;
}

void *memcpy(void *to, const void *from, unsigned long len)
{
	volatile char *at = to;
	const char *c = from;

	while (len--)
		*at++ = *c++;
	return to;
}

static void control_plane(long fd, __u32 index)
{
	struct kmsgpipe_info info = { .size = sizeof(info) };
	struct kmsgpipe_stats stats = { .size = sizeof(stats) };
	struct kmsgpipe_set_limits limits = { .size = sizeof(limits) };
	struct kmsgpipe_set_cleanup cleanup = { .size = sizeof(cleanup) };
	struct kmsgpipe_count count = { .size = sizeof(count) };
	struct kmsgpipe_set set = { .size = sizeof(set) };
	struct kmsgpipe_set_node node = { sizeof(node), ~0U, ~0U, 0600 };

	limits.max_msgs = 4;
	limits.flags = KMSGPIPE_LIMITS_TRUNCATE;
	check(!command(fd, KMSGPIPE_SET_LIMITS, &limits));
	check(!limits.truncated);
	set.value = 3600000;
	check(!command(fd, KMSGPIPE_SET_TTL, &set));
	cleanup.interval_ms = 5000;
	check(!command(fd, KMSGPIPE_SET_CLEANUP, &cleanup));
	set.value = KMSGPIPE_MODE_STREAM;
	check(!command(fd, KMSGPIPE_SET_MODE, &set));
	set.value = KMSGPIPE_MODE_MESSAGE;
	check(!command(fd, KMSGPIPE_SET_MODE, &set));
	set.value = KMSGPIPE_EOF_EMPTY;
	check(!command(fd, KMSGPIPE_SET_EOF, &set));
	check(!command(fd, KMSGPIPE_SET_NODE, &node));

	check(!command(fd, KMSGPIPE_GET_INFO, &info));
	check(info.size == sizeof(info));
	check(info.index == index);
	check(info.mode == KMSGPIPE_MODE_MESSAGE);
	check(info.eof == KMSGPIPE_EOF_EMPTY);
	check(info.max_msgs == 4);
	check(info.ttl_ms == 3600000);
	check(info.cleanup_enabled == 0);
	check(info.cleanup_interval_ms == 5000);
	check(info.readers == 1 && info.writers == 1);
	check(same(info.name, "compat", 7));
	set.value = KMSGPIPE_EOF_NEVER;
	check(!command(fd, KMSGPIPE_SET_EOF, &set));

	check(system_call(NR_WRITE, fd, (long)"123", 3) == 3);
	check(!command(fd, KMSGPIPE_GET_STATS, &stats));
	check(stats.sent == 1 && stats.bytes_sent == 3);
	check(stats.received == 0 && stats.max_bytes == 3);
	check(!command(fd, KMSGPIPE_TRIGGER_CLEANUP, &count));
	check(count.count == 0);
	check(!command(fd, KMSGPIPE_CLEAR_QUEUE, &count));
	check(count.count == 1);
	check(command(fd, KMSGPIPE_GET_INFO, (void *)0xfffff000) == -EFAULT);
}

static void data_plane(long fd)
{
	struct kmsgpipe_message m = { .size = sizeof(m) }, e[6];
	struct kmsgpipe_batch b = { .size = sizeof(b) };
	char buf[6][8];
	__u32 i;

	m.buf = (unsigned long)"hello";
	m.len = 5;
	m.prio = 7;
	check(!command(fd, KMSGPIPE_SEND, &m));
	check(m.seq == 1);
	m = (struct kmsgpipe_message) { .size = sizeof(m) };
	m.buf = (unsigned long)buf;
	m.len = 4;
	check(command(fd, KMSGPIPE_RECV, &m) == -EMSGSIZE);
	check(m.len == 5);
	m.flags = KMSGPIPE_IO_PEEK;
	check(!command(fd, KMSGPIPE_RECV, &m));
	m.flags = 0;
	m.len = 8;
	check(!command(fd, KMSGPIPE_RECV, &m));
	check(m.len == 5 && same(buf[0], "hello", 5));
	check(m.prio == 7 && m.seq == 1 && m.uid == 0 && m.pid > 1);
	check(m.ttl_ms <= 3600000 && m.sent_ns >> 32);
	check(command(fd, KMSGPIPE_RECV, &m) == -EAGAIN);

	for (i = 0; i < 6; i++) {
		e[i] = (struct kmsgpipe_message) { .size = sizeof(e[i]) };
		e[i].buf = (unsigned long)"abcdef" + i;
		e[i].len = 1;
	}
	b.entries = (unsigned long)e;
	b.count = 6;
	check(!command(fd, KMSGPIPE_SEND_BATCH, &b));
	check(b.count == 4 && e[3].seq == 5);
	for (i = 0; i < 6; i++) {
		e[i].buf = (unsigned long)buf[i];
		e[i].len = sizeof(buf[i]);
	}
	b.count = 6;
	check(!command(fd, KMSGPIPE_RECV_BATCH, &b));
	check(b.count == 4);
	for (i = 0; i < 4; i++)
		check(e[i].len == 1 && buf[i][0] == 'a' + (char)i);
	/* An address that only a 64-bit program may have. */
	b.entries |= 1ULL << 32;
	b.count = 1;
	check(command(fd, KMSGPIPE_RECV_BATCH, &b) == -EFAULT);
}

static void test(void)
{
	struct kmsgpipe_version version = { .size = sizeof(version) };
	struct kmsgpipe_config config = { .size = sizeof(config) };
	struct kmsgpipe_remove rm = { .size = sizeof(rm) };
	char path[] = "/dev/kmsgpipe0\0\0", *digit = path + 13;
	long control = open_node("/dev/kmsgpipe-control"), fd;

	check(control >= 0);
	check(!command(control, KMSGPIPE_GET_VERSION, &version));
	check(version.abi == KMSGPIPE_ABI);
	config.uid = ~0U;
	config.gid = ~0U;
	memcpy(config.name, "compat", 7);
	check(!command(control, KMSGPIPE_CREATE, &config));
	check(config.index > 0 && config.index < 10);
	*digit = '0' + config.index;
	fd = open_node(path);
	check(fd >= 0);

	version.abi = 0;
	check(!command(fd, KMSGPIPE_GET_VERSION, &version));
	check(version.abi == KMSGPIPE_ABI);
	check(command(fd, KMSGPIPE_CREATE, &config) == -ENOTTY);
	control_plane(fd, config.index);
	data_plane(fd);

	rm.index = config.index;
	check(!command(control, KMSGPIPE_REMOVE, &rm));
	check(command(control, KMSGPIPE_REMOVE, &rm) == -ENODEV);
}

/* The stack is where the kernel put it, which the compiler must be told. */
__attribute__((force_align_arg_pointer, noreturn))
void _start(void)
{
	test();
	for (;;)
		system_call(NR_EXIT, 0, 0, 0);
}
