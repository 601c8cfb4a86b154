// SPDX-License-Identifier: GPL-2.0
/*
 * After whatever was done to a pipe, ioctl, sysfs, procfs and debugfs tell the
 * same numbers, and those of what was done.
 */
#include <poll.h>

#include "own.h"

#define ROUNDS	2000
#define LOOKS	20		/* at all the numbers, meanwhile */

/* What was done, as the calls returned it. */
static struct {
	long sent;
	long bytes_sent;
	long received;
	long bytes_received;
	long cleared;
	long truncated;
	long ioctls;
	long polls;
	long failures;
} done;

static int fd;

/* The first line of a file. */
static void read_line(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "r");

	if (!f || !fgets(line, size, f))
		die(path);
	fclose(f);
	line[strcspn(line, "\n")] = 0;
}

static void sysfs_line(const char *name, char *line, int size)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/class/kmsgpipe/kmsgpipe%u/%s",
		 own.index, name);
	read_line(path, line, size);
}

static long sysfs(const char *name)
{
	char line[64];

	sysfs_line(name, line, sizeof(line));
	return atol(line);
}

static long debugfs(const char *name)
{
	char path[256], line[128], key[64];
	long value, found = -1;
	FILE *f;

	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/kmsgpipe/kmsgpipe%u/stats", own.index);
	f = fopen(path, "r");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %ld", key, &value) == 2 &&
		    !strcmp(key, name))
			found = value;
	}
	fclose(f);
	return found;
}

/* The pipe's line in the table, and the header that names its fields. */
static char table_header[512], table_line[512];

static void read_table(void)
{
	unsigned int index;
	FILE *f = fopen("/proc/kmsgpipe", "r");

	if (!f || !fgets(table_header, sizeof(table_header), f))
		die("/proc/kmsgpipe");
	while (fgets(table_line, sizeof(table_line), f)) {
		if (sscanf(table_line, "%u ", &index) == 1 &&
		    index == own.index) {
			fclose(f);
			return;
		}
	}
	test_fail("/proc/kmsgpipe does not have the pipe");
}

static void procfs_word(const char *name, char *word, int size)
{
	char header[512], line[512], *at_header, *at_line, *key, *value;

	strcpy(header, table_header);
	strcpy(line, table_line);
	key = strtok_r(header, "\n ", &at_header);
	value = strtok_r(line, "\n ", &at_line);
	while (key && value && strcmp(key, name)) {
		key = strtok_r(NULL, "\n ", &at_header);
		value = strtok_r(NULL, "\n ", &at_line);
	}
	if (!key || !value)
		test_fail("/proc/kmsgpipe has no %s", name);
	snprintf(word, size, "%s", value);
}

static long procfs(const char *name)
{
	char word[64];

	procfs_word(name, word, sizeof(word));
	return atol(word);
}

static int counted_ioctl(unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	done.ioctls++;
	done.failures += ret < 0;
	return ret;
}

/* One number, on all planes. */
#define agree(ioctl_value, sysfs_name, procfs_name, debugfs_name)	\
	do {								\
		context("%s", sysfs_name);				\
		check_eq(sysfs(sysfs_name), ioctl_value);		\
		if (procfs_name)					\
			check_eq(procfs(procfs_name), ioctl_value);	\
		if (debugfs_name)					\
			check_eq(debugfs(debugfs_name), ioctl_value);	\
	} while (0)

static void all_agree(const char *mode)
{
	struct kmsgpipe_stats s = { .size = sizeof(s) };
	struct kmsgpipe_info i = { .size = sizeof(i) };
	char word[64];

	/* Nothing expires any more: what can has expired. */
	wait_boottime(boottime_ms() + 4);
	check_ret(counted_ioctl(KMSGPIPE_GET_INFO, &i), 0);
	check_ret(counted_ioctl(KMSGPIPE_GET_STATS, &s), 0);
	read_table();

	sysfs_line("mode", word, sizeof(word));
	check_true(!strcmp(word, mode));
	procfs_word("mode", word, sizeof(word));
	check_true(!strcmp(word, mode));
	check_eq(i.mode, !strcmp(mode, "stream"));

	agree(i.max_msgs, "max_msgs", "max_msgs", NULL);
	agree(i.msg_size, "msg_size", "msg_size", NULL);
	agree(i.max_bytes, "max_bytes", "max_bytes", NULL);
	agree(i.messages, "messages", "messages", "messages");
	agree(i.bytes, "bytes", "bytes", "bytes");
	agree(i.readers, "readers", "readers", "readers");
	agree(i.writers, "writers", "writers", "writers");
	agree(s.sent, "statistics/sent", "sent", "writes");
	agree(s.received, "statistics/received", "received", "reads");
	agree(s.bytes_sent, "statistics/bytes_sent", "bytes_sent",
	      "bytes_written");
	agree(s.bytes_received, "statistics/bytes_received", "bytes_received",
	      "bytes_read");
	agree(s.expired, "statistics/expired", NULL, "expired");
	agree(s.truncated, "statistics/truncated", NULL, "truncated");
	agree(s.cleared, "statistics/cleared", NULL, "cleared");
	agree(s.faults, "statistics/faults", NULL, "faults");
	end_context();

	check_eq(s.sent, done.sent);
	check_eq(s.bytes_sent, done.bytes_sent);
	check_eq(s.received, done.received);
	check_eq(s.bytes_received, done.bytes_received);
	check_eq(s.cleared, done.cleared);
	check_eq(s.truncated, done.truncated);
	check_eq(debugfs("ioctls"), done.ioctls);
	check_eq(debugfs("polls"), done.polls);
	check_eq(debugfs("failures"), done.failures);
	if (!i.mode)
		check_eq(i.messages, s.sent - s.received - s.expired -
				     s.truncated - s.cleared);
}

static void count_sent(long ret)
{
	done.failures += ret < 0;
	done.sent += ret > 0;
	done.bytes_sent += ret > 0 ? ret : 0;
}

static void count_received(long ret)
{
	done.failures += ret < 0;
	done.received += ret > 0;
	done.bytes_received += ret > 0 ? ret : 0;
}

static void do_something(unsigned int *seed, int stream)
{
	struct kmsgpipe_set_limits limits = {
		.size = sizeof(limits),
		.flags = KMSGPIPE_LIMITS_TRUNCATE,
	};
	struct kmsgpipe_count count = { .size = sizeof(count) };
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	static char data[4096];
	struct kmsgpipe_message m;
	size_t len = 1 + rand_r(seed) % (rand_r(seed) % 2 ? 256 : 4096);
	int ret;

	switch (rand_r(seed) % 32) {
	case 0:
		check_ret(counted_ioctl(KMSGPIPE_CLEAR_QUEUE, &count), 0);
		done.cleared += count.count;
		break;
	case 1:
		limits.max_msgs = 1 + rand_r(seed) % 40;
		limits.max_bytes = 4096 + rand_r(seed) % 40000;
		check_ret(counted_ioctl(KMSGPIPE_SET_LIMITS, &limits), 0);
		done.truncated += limits.truncated;
		break;
	case 2:
		check_ret(counted_ioctl(KMSGPIPE_TRIGGER_CLEANUP, &count), 0);
		break;
	case 3:
		check_err(counted_ioctl(_IO(KMSGPIPE_IOC_MAGIC, 0xff), NULL),
			  ENOTTY);
		break;
	case 4:
		check_err(counted_ioctl(KMSGPIPE_SEND, BAD_ADDRESS), EFAULT);
		m = MESSAGE(data, len, .flags = 0x80);
		check_err(counted_ioctl(KMSGPIPE_RECV, &m), EINVAL);
		poll(&pollfd, 1, 0);
		done.polls++;
		break;
	case 5:
		check_true(write(fd, BAD_ADDRESS, len) < 0);
		done.failures++;
		break;
	case 6 ... 9:
		m = MESSAGE(data, len, .prio = rand_r(seed) % 32,
			    .ttl_ms = 1 + rand_r(seed) % 3);
		ret = counted_ioctl(KMSGPIPE_SEND, &m);
		done.sent += !ret;
		done.bytes_sent += ret ? 0 : len;
		break;
	case 10 ... 12:
		m = MESSAGE(data, sizeof(data));
		ret = counted_ioctl(KMSGPIPE_RECV, &m);
		done.received += !ret;
		done.bytes_received += ret ? 0 : m.len;
		break;
	case 13 ... 21:
		count_sent(write(fd, data, len));
		break;
	default:
		count_received(read(fd, data, stream ? len : sizeof(data)));
	}
}

static void planes(const char *name, uint32_t mode)
{
	unsigned int seed = 7 + mode;
	int i;

	memset(&done, 0, sizeof(done));
	own_pipe(CONFIG(.mode = mode, .max_msgs = 40));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	for (i = 0; i < ROUNDS; i++) {
		do_something(&seed, mode == KMSGPIPE_MODE_STREAM);
		if (i % (ROUNDS / LOOKS) == 0)
			all_agree(name);
	}
	all_agree(name);
	close(fd);
}

static void messages(void)
{
	planes("message", KMSGPIPE_MODE_MESSAGE);
}

static void stream(void)
{
	planes("stream", KMSGPIPE_MODE_STREAM);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "messages", messages },
		{ "stream", stream },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
