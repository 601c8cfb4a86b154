// SPDX-License-Identifier: GPL-2.0
/*
 * Every ioctl number with random arguments, on a pipe and on the control node,
 * as an administrator and as nobody. The kernel stays whole, nobody changes
 * nothing, and no answer has a byte that is not defined.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "own.h"

/* Calls in each part, of which there are two for each role. */
#define ROUNDS		50000

#define AREA		65536
#define LONGEST		4096

static const struct command {
	unsigned long cmd;
	uint32_t size;
	int admin;
	int get;	/* answers the same if nothing happens in between */
	int control;	/* is one of the control node's */
} commands[] = {
#define COMMAND(name, type, ...)					\
	{ KMSGPIPE_##name, sizeof(struct kmsgpipe_##type), __VA_ARGS__ }
	COMMAND(GET_VERSION, version, .get = 1, .control = 2),
	COMMAND(CREATE, config, .admin = 1, .control = 1),
	COMMAND(REMOVE, remove, .admin = 1, .control = 1),
	COMMAND(GET_INFO, info, .get = 1),
	COMMAND(GET_STATS, stats, .get = 1),
	COMMAND(CLEAR_QUEUE, count, .admin = 1),
	COMMAND(SET_LIMITS, set_limits, .admin = 1),
	COMMAND(SET_TTL, set, .admin = 1),
	COMMAND(SET_CLEANUP, set_cleanup, .admin = 1),
	COMMAND(TRIGGER_CLEANUP, count, .admin = 1),
	COMMAND(SET_EOF, set, .admin = 1),
	COMMAND(SET_MODE, set, .admin = 1),
	COMMAND(SET_NODE, set_node, .admin = 1),
	COMMAND(SEND, message, .admin = 0),
	COMMAND(RECV, message, .admin = 0),
	COMMAND(SEND_BATCH, batch, .admin = 0),
	COMMAND(RECV_BATCH, batch, .admin = 0),
#undef COMMAND
};

/* What any of them may answer. */
static const int errors[] = {
	EINVAL, EFAULT, E2BIG, EPERM, ENOTTY, EBADF, EAGAIN, EMSGSIZE, EBUSY,
	EEXIST, ENOSPC, ENODEV, ENOMEM, EPIPE,
};

/* Memory between pages that are not there, and a page that is only read. */
static unsigned char *area, *constant;

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1d;
}

/* 0 to n - 1 */
static uint32_t below(uint32_t n)
{
	return (random64() >> 32) % n;
}

static void make_memory(void)
{
	size_t page = page_size();

	area = map_memory(AREA + 2 * page, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1);
	area += page;
	constant = map_memory(page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (mprotect(area, AREA, PROT_READ | PROT_WRITE))
		die("mprotect");
}

/* Where something of this size may lie, or may not. */
static uintptr_t address(size_t size)
{
	switch (below(16)) {
	case 0:
		return 0;
	case 1:
		return (uintptr_t)BAD_ADDRESS;
	case 2:
		return random64() | 1ULL << 62;
	case 3:
		return 0xffff888000000000 + below(4096);
	case 4:
		return (uintptr_t)constant;
	case 5:
		/* It begins before the memory does. */
		return (uintptr_t)area - below(64);
	case 6:
		/* It ends after the memory does. */
		return (uintptr_t)area + AREA - below(64);
	case 7 ... 11:
		/* It ends where the memory does. */
		return (uintptr_t)area + AREA - size;
	default:
		return (uintptr_t)area + below(AREA - LONGEST - 1);
	}
}

/* How many bytes can be written there. */
static size_t room_at(uintptr_t at)
{
	uintptr_t begin = (uintptr_t)area;

	return at >= begin && at < begin + AREA ? begin + AREA - at : 0;
}

/* What size field an argument has whose real size is this. */
static uint32_t random_size(uint32_t size)
{
	switch (below(16)) {
	case 0:
		return below(4);
	case 1:
		return 4;
	case 2:
		return size - 4;
	case 3:
		return size + 4;
	case 4:
		return below(LONGEST + 1);
	case 5:
		return LONGEST + below(2);
	case 6:
		return random64();
	default:
		return size;
	}
}

static struct kmsgpipe_message random_message(void)
{
	uint32_t len = below(8) ? below(300) : below(5000);
	struct kmsgpipe_message m = MESSAGE(address(len), len);

	m.flags = below(4) ? 0 : below(5);
	m.prio = below(33);
	m.ttl_ms = below(4) ? 0 : below(5);
	m.reserved = !below(50);
	return m;
}

/* An array of entries, somewhere. */
static struct kmsgpipe_batch random_batch(void)
{
	uint32_t count = below(8) ? below(20) : below(300), i;
	struct kmsgpipe_message m;
	struct kmsgpipe_batch b = {
		.size = sizeof(b),
		.flags = below(8) ? 0 : below(4),
		.count = count,
	};

	b.entries = address(count * sizeof(m));
	for (i = 0; i < count; i++) {
		uintptr_t at = b.entries + i * sizeof(m);

		if (room_at(at) < sizeof(m))
			break;
		m = random_message();
		/* Mostly valid, or there would be few batches that work. */
		if (below(50))
			m.flags = 0;
		if (below(50))
			m.prio %= 32;
		memcpy((void *)at, &m, sizeof(m));
	}
	return b;
}

/* Make an argument for c in arg, at least LONGEST long; return its size. */
static uint32_t random_argument(const struct command *c, unsigned char *arg)
{
	uint32_t size = random_size(c->size), i;

	memset(arg, 0, LONGEST);
	switch (below(4)) {
	case 0:
		fill_bytes(arg, c->size, random64());
		break;
	case 1:
		for (i = 0; i < c->size; i += 4)
			arg[i] = below(3) ? 0 : below(4);
		break;
	default:
		if (c->cmd == KMSGPIPE_SEND || c->cmd == KMSGPIPE_RECV)
			*(struct kmsgpipe_message *)arg = random_message();
		else if (c->cmd == KMSGPIPE_SEND_BATCH ||
			 c->cmd == KMSGPIPE_RECV_BATCH)
			*(struct kmsgpipe_batch *)arg = random_batch();
		else if (c->cmd == KMSGPIPE_SET_LIMITS)
			for (i = 4; i < c->size; i += 4)
				*(uint32_t *)(arg + i) = below(1 << below(20));
	}
	if (!below(8))
		arg[below(LONGEST)] = random64();
	*(uint32_t *)arg = size;
	return size;
}

/* Pipes that are not the fuzzer's own to remove. */
static int removes_another(const struct command *c, const unsigned char *arg,
			   uint32_t size)
{
	const struct kmsgpipe_remove *rm = (const void *)arg;

	return c->cmd == KMSGPIPE_REMOVE &&
	       (size < sizeof(*rm) || rm->index <= own.index);
}

static void check_errno(const struct command *c, int err, int nobody)
{
	size_t i;

	if (!c->size)
		test_check_eq(err, ENOTTY);
	else if (c->admin && nobody)
		test_check_eq(err, EPERM);
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i] == err)
			return;
	test_fail("errno is %d (%s)", err, strerror(err));
}

/* One call. Says what it is in case the kernel or a check ends it. */
static void call(int fd, const struct command *c, int nobody)
{
	static unsigned char arg[LONGEST], got[LONGEST + 64];
	uint32_t size = random_argument(c, arg), i;
	uintptr_t at = address(size < LONGEST ? size : LONGEST);
	size_t room = room_at(at);
	int ret;

	if (!nobody && removes_another(c, arg, size))
		return;
	memcpy((void *)at, arg, room < LONGEST ? room : room ? LONGEST : 0);
	test_at(__FILE__, __LINE__, "a random call");
	ret = ioctl(fd, c->cmd, at);
	if (ret) {
		test_check_eq(ret, -1);
		check_errno(c, errno, nobody);
		return;
	}
	/* It says that it is done: then all of it could be written. */
	if (!c->size || (c->admin && nobody) || size > room)
		test_fail("succeeded");
	memcpy(got, (void *)at, size);
	if (*(uint32_t *)got != size)
		test_fail("the size has changed");
	for (i = c->size; i < size; i++)
		if (got[i])
			test_fail("byte %u of %u is %#x", i, size, got[i]);
	/* What was made goes at once: that is what REMOVE tries, too. */
	if (c->cmd == KMSGPIPE_CREATE && size == c->size && below(2))
		try_remove(((struct kmsgpipe_config *)got)->index);
}

/* Something that leaves other bytes on the kernel's stack. */
static void noise(int fd)
{
	struct pollfd p[16];
	struct stat st;
	char buf[256];
	uint32_t i;

	switch (below(4)) {
	case 0:
		for (i = 0; i < ARRAY_SIZE(p); i++)
			p[i] = (struct pollfd) { .fd = fd, .events = 0xffff };
		poll(p, ARRAY_SIZE(p), 0);
		break;
	case 1:
		if (readlink("/proc/self/exe", buf, sizeof(buf)) < 0)
			die("readlink");
		break;
	case 2:
		fill_bytes(buf, sizeof(buf), random64());
		ioctl(fd, KMSGPIPE_CREATE, buf);
		ioctl(fd, KMSGPIPE_SET_MODE, buf);
		break;
	default:
		stat("/proc/self/status", &st);
	}
}

/*
 * A question asked twice, over other bytes each time, has the same answer, and
 * what is after the argument stays as it was.
 */
static void ask_twice(int fd, const struct command *c)
{
	unsigned char *answer[2] = { area, area + 2 * LONGEST };
	uint32_t size = below(2) ? c->size : 4 + below(LONGEST - 3), i;

	for (i = 0; i < 2; i++) {
		unsigned char *p = answer[i];

		memset(p, 0, size);
		memset(p, i ? 0x55 : 0xaa, size < c->size ? size : c->size);
		memset(p + size, 0x33, 64);
		memcpy(p, &size, sizeof(size));
		noise(fd);
		test_at(__FILE__, __LINE__, "a question");
		test_check_ret(ioctl(fd, c->cmd, p), 0);
	}
	test_check_bytes(answer[1], answer[0], size + 64);
	for (i = 0; i < 64; i++)
		test_check_eq(area[size + i], 0x33);
}

/*
 * Any number, or one of those that there are: every second call, but few where
 * each of them might make a pipe. Without data, none that sends or receives.
 */
static void fuzz(int fd, unsigned int rounds, int control, int nobody, int data)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		struct command unknown = { .size = 0 };
		const struct command *c = NULL;
		size_t j;

		/* In turn at first, so that none is left out. */
		if (i < 256 || below(control && !nobody ? 16 : 2)) {
			unknown.cmd = _IO(KMSGPIPE_IOC_MAGIC,
					  i < 256 ? i : below(256));
		} else {
			unknown.cmd = commands[below(ARRAY_SIZE(commands))].cmd;
		}
		for (j = 0; j < ARRAY_SIZE(commands); j++)
			if (commands[j].cmd == unknown.cmd &&
			    (commands[j].control == 2 ||
			     commands[j].control == control))
				c = &commands[j];
		if (!c)
			c = &unknown;
		context("round %u, number 0x%02lx", i, _IOC_NR(unknown.cmd));
		if (!data && _IOC_NR(c->cmd) >= _IOC_NR(KMSGPIPE_SEND) &&
		    _IOC_NR(c->cmd) <= _IOC_NR(KMSGPIPE_RECV_BATCH))
			continue;
		/* What an administrator does to a pipe goes on by itself. */
		if (c->get && (nobody || c->control) && !below(3))
			ask_twice(fd, c);
		else
			call(fd, c, nobody);
	}
	end_context();
}

/* The names of all pipes. */
static char *pipes(void)
{
	struct dirent **entries;
	int n = scandir("/sys/class/kmsgpipe", &entries, NULL, alphasort), i;
	char *all = xmalloc(16384), *end = all;

	if (n < 0)
		die("scandir");
	*end = 0;
	for (i = 0; i < n; i++) {
		end += snprintf(end, 64, "%s ", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return all;
}

static void root_pipe(void)
{
	own_pipe(CONFIG());
	make_memory();
	fuzz(open_pipe(O_RDWR | O_NONBLOCK), ROUNDS, 0, 0, 1);
}

static void root_control(void)
{
	char *before;
	uint32_t i;

	own_pipe(CONFIG());
	make_memory();
	before = pipes();
	fuzz(open_control(), ROUNDS, 1, 0, 1);
	for (i = own.index + 1; i < 256; i++)
		if (try_remove(i))
			check_eq(errno, ENODEV);
	check_true(!strcmp(pipes(), before));
}

/* Files opened by root and left to nobody, as a daemon might. */
static void nobody(int control)
{
	struct kmsgpipe_info info;
	struct kmsgpipe_stats stats;
	int fd, data, any;
	char *before;
	pid_t pid;

	/* Nothing in it expires: so nothing changes by itself. */
	own_pipe(CONFIG());
	make_memory();
	data = open_pipe(O_RDWR | O_NONBLOCK);
	/* 3: for ioctl() alone, neither to read nor to write. */
	any = open_pipe(3 | O_NONBLOCK);
	fd = open_control();
	check_send(data, "stays", 5);
	check_send(data, "stays, too", 10);
	info = get_info(data);
	stats = get_stats(data);
	before = pipes();

	pid = fork_child();
	if (!pid) {
		drop_privileges();
		if (control) {
			fuzz(fd, ROUNDS, 1, 1, 1);
		} else {
			fuzz(any, ROUNDS / 2, 0, 1, 1);
			fuzz(data, ROUNDS / 2, 0, 1, 0);
		}
		_exit(0);
	}
	check_child(pid, 0);
	check_true(!strcmp(pipes(), before));
	check_bytes(&(struct kmsgpipe_info[]){ get_info(data) }, &info,
		    sizeof(info));
	check_bytes(&(struct kmsgpipe_stats[]){ get_stats(data) }, &stats,
		    sizeof(stats));
	check_receive(data, "stays", 5);
	check_receive(data, "stays, too", 10);
}

static void nobody_pipe(void)
{
	nobody(0);
}

static void nobody_control(void)
{
	nobody(1);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "root-pipe", root_pipe },
		{ "root-control", root_control },
		{ "nobody-pipe", nobody_pipe },
		{ "nobody-control", nobody_control },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
