// SPDX-License-Identifier: GPL-2.0
/*
 * What all ioctls have in common: numbers, sizes and where arguments may lie.
 */
#include "own.h"

static int fd;

static const struct command {
	const char *name;
	unsigned long cmd;
	size_t size;
	int out;	/* gives an answer, whatever the argument says */
} commands[] = {
#define COMMAND(name, type, out) { #name, name, sizeof(struct type), out }
	COMMAND(KMSGPIPE_GET_VERSION, kmsgpipe_version, 1),
	COMMAND(KMSGPIPE_GET_INFO, kmsgpipe_info, 1),
	COMMAND(KMSGPIPE_GET_STATS, kmsgpipe_stats, 1),
	COMMAND(KMSGPIPE_CLEAR_QUEUE, kmsgpipe_count, 1),
	COMMAND(KMSGPIPE_SET_LIMITS, kmsgpipe_set_limits, 1),
	COMMAND(KMSGPIPE_SET_TTL, kmsgpipe_set, 1),
	COMMAND(KMSGPIPE_SET_CLEANUP, kmsgpipe_set_cleanup, 1),
	COMMAND(KMSGPIPE_TRIGGER_CLEANUP, kmsgpipe_count, 1),
	COMMAND(KMSGPIPE_SET_EOF, kmsgpipe_set, 1),
	COMMAND(KMSGPIPE_SET_MODE, kmsgpipe_set, 1),
	COMMAND(KMSGPIPE_SET_NODE, kmsgpipe_set_node, 1),
	COMMAND(KMSGPIPE_SEND, kmsgpipe_message, 0),
	COMMAND(KMSGPIPE_RECV, kmsgpipe_message, 0),
	COMMAND(KMSGPIPE_SEND_BATCH, kmsgpipe_batch, 0),
	COMMAND(KMSGPIPE_RECV_BATCH, kmsgpipe_batch, 0),
#undef COMMAND
};

static void start(void)
{
	own_pipe(CONFIG());
	fd = open_pipe(O_RDWR | O_NONBLOCK);
}

/* An argument of size bytes that says that it is so long. */
static void *argument(void *p, size_t size, uint32_t said)
{
	memset(p, 0, size);
	memcpy(p, &said, sizeof(said));
	return p;
}

static int defined(unsigned long cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].cmd == cmd)
			return 1;
	return 0;
}

static void unknown(void)
{
	unsigned int nr;

	start();
	for (nr = 0; nr < 256; nr++) {
		unsigned long cmd = _IO(KMSGPIPE_IOC_MAGIC, nr);

		context("number 0x%02x", nr);
		if (!defined(cmd))
			check_err(ioctl(fd, cmd, BAD_ADDRESS), ENOTTY);
		/* With a direction or a size it is another command. */
		check_err(ioctl(fd, _IOR(KMSGPIPE_IOC_MAGIC, nr, int),
				BAD_ADDRESS), ENOTTY);
		check_err(ioctl(fd, _IOWR(KMSGPIPE_IOC_MAGIC, nr, long),
				BAD_ADDRESS), ENOTTY);
		check_err(ioctl(fd, _IO(KMSGPIPE_IOC_MAGIC + 1, nr),
				BAD_ADDRESS), ENOTTY);
	}
}

static void sizes(void)
{
	unsigned char *p = xmalloc(3 * page_size());
	size_t i, j;

	start();
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		int ok = c->out;

		context("%s", c->name);
		check_err(ioctl(fd, c->cmd, argument(p, c->size, 0)), EINVAL);
		check_err(ioctl(fd, c->cmd, argument(p, c->size, 3)), EINVAL);
		check_err(ioctl(fd, c->cmd, argument(p, 3 * page_size(),
						     page_size() + 1)), E2BIG);
		check_err(ioctl(fd, c->cmd, argument(p, c->size, ~0U)), E2BIG);

		/* Longer, and nothing there that this driver does not know. */
		argument(p, page_size(), page_size());
		p[c->size] = 1;
		check_err(ioctl(fd, c->cmd, p), E2BIG);
		argument(p, page_size(), page_size());
		p[page_size() - 1] = 1;
		check_err(ioctl(fd, c->cmd, p), E2BIG);
		argument(p, page_size(), page_size());
		memset(p + page_size(), 0xa5, 16);
		if (ok) {
			check_ret(ioctl(fd, c->cmd, p), 0);
			check_eq(*(uint32_t *)p, page_size());
			for (j = c->size; j < page_size(); j++)
				check_eq(p[j], 0);
		} else {
			/* No buffer: not valid, but not for its size. */
			check_err(ioctl(fd, c->cmd, p), EINVAL);
		}
		for (j = 0; j < 16; j++)
			check_eq(p[page_size() + j], 0xa5);

		/* Shorter: no more than that is touched. */
		for (j = 4; j < c->size; j += 4) {
			argument(p, c->size, j);
			memset(p + j, 0xa5, c->size - j + 8);
			if (ok)
				check_ret(ioctl(fd, c->cmd, p), 0);
			else
				check_err(ioctl(fd, c->cmd, p), EINVAL);
			check_eq(*(uint32_t *)p, j);
			check_eq(p[j], 0xa5);
			check_eq(p[c->size], 0xa5);
		}
	}
	free(p);
}

/* The argument ends where the memory does. */
static void edge(void)
{
	size_t i;

	start();
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		unsigned char *p = map_guarded(c->size);

		context("%s", c->name);
		argument(p, c->size, c->size);
		if (c->out)
			check_ret(ioctl(fd, c->cmd, p), 0);
		else
			check_err(ioctl(fd, c->cmd, p), EINVAL);
		/* It says that it is longer than the memory. */
		argument(p, c->size, c->size + 8);
		check_err(ioctl(fd, c->cmd, p), EFAULT);
		unmap_guarded(p, c->size);

		p = map_guarded(4);
		argument(p, 4, 4);
		if (c->out)
			check_ret(ioctl(fd, c->cmd, p), 0);
		else
			check_err(ioctl(fd, c->cmd, p), EINVAL);
		argument(p, 4, c->size);
		check_err(ioctl(fd, c->cmd, p), EFAULT);
		unmap_guarded(p, 4);
		check_err(ioctl(fd, c->cmd, BAD_ADDRESS), EFAULT);
		check_err(ioctl(fd, c->cmd, NULL), EFAULT);
	}
	check_err(ioctl(fd, FIONREAD, BAD_ADDRESS), EFAULT);
}

/*
 * An answer that cannot be delivered: nothing is done. What has no answer may
 * lie where nothing can be written.
 */
static void read_only(void)
{
	struct kmsgpipe_message *m;
	struct kmsgpipe_set_limits *limits;
	struct kmsgpipe_set *set;
	char buf[8];
	void *p = map_memory(page_size(), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1);

	start();
	check_send(fd, "stays", 5);

	context("RECV");
	m = p;
	*m = MESSAGE(buf, sizeof(buf));
	mprotect(p, page_size(), PROT_READ);
	check_err(ioctl(fd, KMSGPIPE_RECV, p), EFAULT);
	check_eq(get_info(fd).messages, 1);
	check_eq(get_stats(fd).received, 0);

	context("SEND");
	mprotect(p, page_size(), PROT_READ | PROT_WRITE);
	*m = MESSAGE(buf, sizeof(buf));
	mprotect(p, page_size(), PROT_READ);
	check_err(ioctl(fd, KMSGPIPE_SEND, p), EFAULT);
	check_eq(get_info(fd).messages, 1);

	context("CLEAR_QUEUE");
	mprotect(p, page_size(), PROT_READ | PROT_WRITE);
	argument(p, page_size(), sizeof(struct kmsgpipe_count));
	mprotect(p, page_size(), PROT_READ);
	check_err(ioctl(fd, KMSGPIPE_CLEAR_QUEUE, p), EFAULT);
	check_eq(get_info(fd).messages, 1);

	context("SET_LIMITS");
	mprotect(p, page_size(), PROT_READ | PROT_WRITE);
	limits = argument(p, page_size(), sizeof(*limits));
	limits->max_msgs = 1;
	mprotect(p, page_size(), PROT_READ);
	check_err(ioctl(fd, KMSGPIPE_SET_LIMITS, p), EFAULT);
	check_eq(get_info(fd).max_msgs, 1024);

	context("SET_EOF");
	mprotect(p, page_size(), PROT_READ | PROT_WRITE);
	set = argument(p, page_size(), sizeof(*set));
	set->value = KMSGPIPE_EOF_EMPTY;
	mprotect(p, page_size(), PROT_READ);
	check_ret(ioctl(fd, KMSGPIPE_SET_EOF, p), 0);
	check_eq(get_info(fd).eof, KMSGPIPE_EOF_EMPTY);
	check_ret(set_value(fd, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_NEVER), 0);

	end_context();
	check_receive(fd, "stays", 5);
	check_empty(fd);
}

static void padding(void)
{
	struct {
		struct kmsgpipe_message m;
		unsigned char tail[64];
	} long_message;
	struct kmsgpipe_set_cleanup cleanup = { .size = sizeof(cleanup) };
	char buf[8];
	size_t i;

	start();
	check_send(fd, "x", 1);
	memset(&long_message, 0, sizeof(long_message));
	long_message.m = MESSAGE(buf, sizeof(buf));
	long_message.m.size = sizeof(long_message);
	check_ret(ioctl(fd, KMSGPIPE_RECV, &long_message), 0);
	check_eq(long_message.m.size, sizeof(long_message));
	check_eq(long_message.m.len, 1);
	check_eq(long_message.m.reserved, 0);
	check_eq(long_message.m.pid, getpid());
	for (i = 0; i < sizeof(long_message.tail); i++)
		check_eq(long_message.tail[i], 0);
	check_eq(get_stats(fd).reserved, 0);

	/* Not zero is not valid, and changes nothing. */
	cleanup.reserved = 1;
	cleanup.interval_ms = 20;
	check_err(ioctl(fd, KMSGPIPE_SET_CLEANUP, &cleanup), EINVAL);
	check_eq(get_info(fd).cleanup_interval_ms, 1000);
}

/* What both nodes say of the driver is what the module says of itself. */
static void version(void)
{
	static const char path[] = "/sys/module/kmsgpipe/version";
	FILE *f = fopen(path, "re");
	unsigned int want[3], i;

	if (!f || fscanf(f, "%u.%u.%u", &want[0], &want[1], &want[2]) != 3)
		die(path);
	fclose(f);
	start();
	for (i = 0; i < 2; i++) {
		struct kmsgpipe_version v = { .size = sizeof(v) };

		context("%s", i ? "control" : "pipe");
		check_ret(ioctl(i ? open_control() : fd, KMSGPIPE_GET_VERSION,
				&v), 0);
		check_eq(v.abi, KMSGPIPE_ABI);
		check_eq(v.major, want[0]);
		check_eq(v.minor, want[1]);
		check_eq(v.patch, want[2]);
		check_eq(v.reserved, 0);
	}
}

/* The next message's length, which a read would need room for. */
static void fionread(void)
{
	int r, w;

	start();
	r = open_pipe(O_RDONLY);
	w = open_pipe(O_WRONLY);
	check_eq(bytes_ready(fd), 0);
	check_send(fd, "12345", 5);
	check_send(fd, "678", 3);
	check_eq(bytes_ready(fd), 5);
	check_eq(bytes_ready(r), 5);
	check_eq(bytes_ready(w), 5);
	check_ret(send_ttl(fd, "first", 2, 1, 0), 0);
	check_eq(bytes_ready(fd), 2);
	check_receive(fd, "fi", 2);
	check_receive(fd, "12345", 5);
	check_eq(bytes_ready(fd), 3);
	check_receive(fd, "678", 3);
	check_eq(bytes_ready(fd), 0);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "unknown", unknown },
		{ "size", sizes },
		{ "edge", edge },
		{ "read-only", read_only },
		{ "padding", padding },
		{ "version", version },
		{ "fionread", fionread },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
