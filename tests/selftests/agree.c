// SPDX-License-Identifier: GPL-2.0
/*
 * After whatever was done to a pipe, ioctl, sysfs, procfs and debugfs tell the
 * same numbers, and those of what was done.
 */
#include <poll.h>

#include "planes.h"

#define ROUNDS	2000
#define LOOKS	20		/* at all the numbers, meanwhile */
#define MOMENT	2		/* a life that ends while the program waits */

static const char * const eof_names[] = { "never", "empty", "hangup" };

/* What was done, as the calls returned it, and what is set. */
static struct {
	long sent;
	long bytes_sent;
	long received;
	long bytes_received;
	long cleared;
	long truncated;
	long expired;
	long reader_wakeups;
	long writer_wakeups;
	long ioctls;
	long polls;
	long failures;
	long last_cleanup_ns;	/* or later */
	uint32_t max_msgs;
	uint32_t max_bytes;
	uint32_t ttl_ms;
	uint32_t eof;
	uint32_t cleanup_enabled;
	uint32_t cleanup_interval_ms;
} done;

static int fd, blocking, stream_mode;
static char data[4096];

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

/* Both words of a setting; the ioctls have it as a number. */
static void words_agree(const char *name, const char *want)
{
	char word[64];

	context("%s", name);
	sysfs_line(name, word, sizeof(word));
	check_true(!strcmp(word, want));
	procfs_word(name, word, sizeof(word));
	check_true(!strcmp(word, want));
	end_context();
}

/* When it was trimmed last; stays what it is while that is disabled. */
static void cleanup_agrees(long ioctl_value)
{
	long seconds, ns;
	char word[64];

	check_true(ioctl_value >= done.last_cleanup_ns);
	if (done.cleanup_enabled)
		return;
	check_eq(sysfs("last_cleanup_ns"), ioctl_value);
	procfs_word("last_cleanup", word, sizeof(word));
	seconds = strtol(word, NULL, 10);
	ns = strtol(strchr(word, '.') + 1, NULL, 10);
	check_eq(seconds * 1000000000 + ns, ioctl_value);
}

static void all_agree(void)
{
	struct kmsgpipe_stats s = { .size = sizeof(s) };
	struct kmsgpipe_info i = { .size = sizeof(i) };

	check_ret(counted_ioctl(KMSGPIPE_GET_INFO, &i), 0);
	check_ret(counted_ioctl(KMSGPIPE_GET_STATS, &s), 0);
	read_table();

	check_eq(i.mode, stream_mode);
	words_agree("mode", stream_mode ? "stream" : "message");
	check_eq(i.eof, done.eof);
	words_agree("eof", eof_names[done.eof]);
	cleanup_agrees(i.last_cleanup_ns);

	agree(i.max_msgs, "max_msgs", "max_msgs", NULL);
	agree(i.msg_size, "msg_size", "msg_size", NULL);
	agree(i.max_bytes, "max_bytes", "max_bytes", NULL);
	agree(i.ttl_ms, "ttl_ms", NULL, NULL);
	agree(i.cleanup_enabled, "cleanup_enabled", NULL, NULL);
	agree(i.cleanup_interval_ms, "cleanup_interval_ms", NULL, NULL);
	agree(i.messages, "messages", "messages", "messages");
	agree(i.bytes, "bytes", "bytes", "bytes");
	agree(i.readers, "readers", "readers", "readers");
	agree(i.writers, "writers", "writers", "writers");
	agree(i.waiting_readers, "waiting_readers", NULL, NULL);
	agree(i.waiting_writers, "waiting_writers", NULL, NULL);
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
	agree(s.reader_wakeups, "statistics/reader_wakeups", NULL,
	      "reader_wakeups");
	agree(s.writer_wakeups, "statistics/writer_wakeups", NULL,
	      "writer_wakeups");
	agree(s.max_messages, "statistics/max_messages", NULL, NULL);
	agree(s.max_bytes, "statistics/max_bytes", NULL, NULL);
	end_context();

	check_eq(i.max_msgs, done.max_msgs);
	check_eq(i.max_bytes, done.max_bytes);
	check_eq(i.ttl_ms, done.ttl_ms);
	check_eq(i.cleanup_enabled, done.cleanup_enabled);
	check_eq(i.cleanup_interval_ms, done.cleanup_interval_ms);
	check_eq(s.sent, done.sent);
	check_eq(s.bytes_sent, done.bytes_sent);
	check_eq(s.received, done.received);
	check_eq(s.bytes_received, done.bytes_received);
	check_eq(s.cleared, done.cleared);
	check_eq(s.truncated, done.truncated);
	check_eq(s.expired, done.expired);
	check_eq(s.reader_wakeups, done.reader_wakeups);
	check_eq(s.writer_wakeups, done.writer_wakeups);
	check_eq(debugfs("ioctls"), done.ioctls);
	check_eq(debugfs("polls"), done.polls);
	check_eq(debugfs("failures"), done.failures);
	if (!stream_mode)
		check_eq(i.messages, s.sent - s.received - s.expired -
				     s.truncated - s.cleared);
}

/* Whether a message with this ttl_ms lives for a moment. */
static int is_short(uint32_t ttl_ms)
{
	return !stream_mode && (ttl_ms ? ttl_ms : done.ttl_ms) == MOMENT;
}

/* Of the messages just sent so many lived for a moment: that is over. */
static void count_short(long nr)
{
	if (nr)
		wait_boottime(boottime_ms() + MOMENT + 1);
	done.expired += nr;
}

/* A write, or -1. */
static void count_sent(long ret)
{
	done.failures += ret < 0;
	done.sent += ret > 0;
	done.bytes_sent += ret > 0 ? ret : 0;
	count_short(ret > 0 && is_short(0));
}

/* A read, or -1. */
static void count_received(long ret)
{
	done.failures += ret < 0;
	done.received += ret > 0;
	done.bytes_received += ret > 0 ? ret : 0;
}

static size_t some_length(unsigned int *seed)
{
	return 1 + rand_r(seed) % (rand_r(seed) % 2 ? 256 : 4096);
}

static uint32_t some_ttl(unsigned int *seed)
{
	static const uint32_t ttl_ms[] = {
		0, MOMENT, 3600000, KMSGPIPE_TTL_NEVER,
	};

	return ttl_ms[rand_r(seed) % ARRAY_SIZE(ttl_ms)];
}

static void clear(void)
{
	struct kmsgpipe_count count = { .size = sizeof(count) };

	check_ret(counted_ioctl(KMSGPIPE_CLEAR_QUEUE, &count), 0);
	done.cleared += count.count;
}

static void change_limits(uint32_t max_msgs, uint32_t max_bytes)
{
	struct kmsgpipe_set_limits limits = {
		.size = sizeof(limits),
		.flags = KMSGPIPE_LIMITS_TRUNCATE,
		.max_msgs = max_msgs,
		.max_bytes = max_bytes,
	};

	check_ret(counted_ioctl(KMSGPIPE_SET_LIMITS, &limits), 0);
	done.truncated += limits.truncated;
	done.max_msgs = max_msgs;
	done.max_bytes = max_bytes;
}

static void trigger_cleanup(int by_ioctl)
{
	struct kmsgpipe_count count = { .size = sizeof(count) };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (by_ioctl)
		check_ret(counted_ioctl(KMSGPIPE_TRIGGER_CLEANUP, &count), 0);
	else
		sysfs_set("trigger_cleanup", "1");
	done.last_cleanup_ns = now.tv_sec * 1000000000L + now.tv_nsec;
}

/* Of the settings, one, by an ioctl or its file. */
static void change_setting(unsigned int *seed)
{
	struct kmsgpipe_set_cleanup cleanup = { .size = sizeof(cleanup) };
	struct kmsgpipe_set set = { .size = sizeof(set) };
	int by_ioctl = rand_r(seed) % 2;

	switch (rand_r(seed) % 3) {
	case 0:
		set.value = some_ttl(seed);
		if (by_ioctl)
			check_ret(counted_ioctl(KMSGPIPE_SET_TTL, &set), 0);
		else
			sysfs_set_number("ttl_ms", set.value);
		done.ttl_ms = set.value == KMSGPIPE_TTL_NEVER ? 0 : set.value;
		break;
	case 1:
		set.value = rand_r(seed) % ARRAY_SIZE(eof_names);
		if (by_ioctl)
			check_ret(counted_ioctl(KMSGPIPE_SET_EOF, &set), 0);
		else
			sysfs_set("eof", eof_names[set.value]);
		done.eof = set.value;
		break;
	default:
		cleanup.enable = rand_r(seed) % 2;
		cleanup.interval_ms = 10 + rand_r(seed) % 1000;
		if (by_ioctl) {
			check_ret(counted_ioctl(KMSGPIPE_SET_CLEANUP,
						&cleanup), 0);
		} else {
			sysfs_set_number("cleanup_enabled", cleanup.enable);
			sysfs_set_number("cleanup_interval_ms",
					 cleanup.interval_ms);
		}
		done.cleanup_enabled = cleanup.enable;
		done.cleanup_interval_ms = cleanup.interval_ms;
	}
}

static void send_one(size_t len, uint32_t prio, uint32_t ttl_ms)
{
	struct kmsgpipe_message m = MESSAGE(data, len, .prio = prio,
					    .ttl_ms = ttl_ms);

	if (counted_ioctl(KMSGPIPE_SEND, &m))
		return;
	done.sent++;
	done.bytes_sent += len;
	count_short(is_short(ttl_ms));
}

static void receive_one(void)
{
	struct kmsgpipe_message m = MESSAGE(data, sizeof(data));

	if (counted_ioctl(KMSGPIPE_RECV, &m))
		return;
	/* Nothing is the end of file. */
	done.received += m.len > 0;
	done.bytes_received += m.len;
}

static void batch_of(unsigned int *seed, unsigned long cmd)
{
	struct kmsgpipe_message m[8];
	struct kmsgpipe_batch batch = {
		.size = sizeof(batch),
		.entries = (uintptr_t)m,
		.count = 1 + rand_r(seed) % ARRAY_SIZE(m),
	};
	int sends = cmd == KMSGPIPE_SEND_BATCH;
	long bytes = 0, nr_short = 0;
	uint32_t i;

	for (i = 0; i < batch.count; i++)
		m[i] = sends ? MESSAGE(data, some_length(seed),
				       .prio = rand_r(seed) % 32,
				       .ttl_ms = some_ttl(seed)) :
			       MESSAGE(data, sizeof(data));
	if (counted_ioctl(cmd, &batch))
		return;
	for (i = 0; i < batch.count; i++) {
		bytes += m[i].len;
		nr_short += is_short(m[i].ttl_ms);
	}
	if (sends) {
		done.sent += batch.count;
		done.bytes_sent += bytes;
		count_short(nr_short);
	} else {
		done.received += batch.count;
		done.bytes_received += bytes;
	}
}

/* A message, or as many bytes, for which nobody has to look at the time. */
static void send_lasting(size_t len)
{
	if (stream_mode)
		count_sent(write(fd, data, len));
	else
		send_one(len, 0, KMSGPIPE_TTL_NEVER);
}

static void wake_reader(void)
{
	pid_t reader;
	char c;

	if (done.eof == KMSGPIPE_EOF_EMPTY)
		return;
	clear();
	reader = fork_child();
	if (!reader) {
		check_ret(read(blocking, &c, 1), 1);
		_exit(0);
	}
	wait_blocked(reader, SYS_read);
	send_lasting(1);
	check_child(reader, 0);
	count_received(1);
	done.reader_wakeups++;
}

static void wake_writer(void)
{
	pid_t writer;

	clear();
	change_limits(1, sizeof(data));
	send_lasting(sizeof(data));
	writer = fork_child();
	if (!writer) {
		check_send(blocking, "x", 1);
		_exit(0);
	}
	wait_blocked(writer, SYS_write);
	count_received(read(fd, data, sizeof(data)));
	check_child(writer, 0);
	count_sent(1);
	done.writer_wakeups++;
}

/* Calls that fail before anything is done, and one that asks. */
static void fail(size_t len)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	struct kmsgpipe_message m = MESSAGE(data, len, .flags = 0x80);

	check_err(counted_ioctl(_IO(KMSGPIPE_IOC_MAGIC, 0xff), NULL), ENOTTY);
	check_err(counted_ioctl(KMSGPIPE_SEND, BAD_ADDRESS), EFAULT);
	check_err(counted_ioctl(KMSGPIPE_RECV, &m), EINVAL);
	count_sent(write(fd, BAD_ADDRESS, len));
	poll(&pollfd, 1, 0);
	done.polls++;
}

static void do_something(unsigned int *seed)
{
	size_t len = some_length(seed);

	switch (rand_r(seed) % 40) {
	case 0:
		clear();
		break;
	case 1 ... 2:
		change_limits(1 + rand_r(seed) % 40,
			      4096 + rand_r(seed) % 40000);
		break;
	case 3:
		trigger_cleanup(rand_r(seed) % 2);
		break;
	case 4 ... 5:
		change_setting(seed);
		break;
	case 6:
		fail(len);
		break;
	case 7:
		wake_reader();
		break;
	case 8:
		wake_writer();
		break;
	case 9 ... 12:
		send_one(len, rand_r(seed) % 32, some_ttl(seed));
		break;
	case 13 ... 15:
		receive_one();
		break;
	case 16 ... 17:
		batch_of(seed, KMSGPIPE_SEND_BATCH);
		break;
	case 18 ... 19:
		batch_of(seed, KMSGPIPE_RECV_BATCH);
		break;
	case 20 ... 29:
		count_sent(write(fd, data, len));
		break;
	default:
		count_received(read(fd, data, stream_mode ? len :
							    sizeof(data)));
	}
}

static void planes(uint32_t mode)
{
	unsigned int seed = 7 + mode;
	struct kmsgpipe_info info;
	int i;

	own_pipe(CONFIG(.mode = mode, .max_msgs = 40));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
	stream_mode = mode == KMSGPIPE_MODE_STREAM;
	memset(&done, 0, sizeof(done));
	info = get_info(fd);
	done.ioctls++;
	done.max_msgs = 40;
	done.max_bytes = info.max_bytes;
	done.cleanup_enabled = info.cleanup_enabled;
	done.cleanup_interval_ms = info.cleanup_interval_ms;
	for (i = 0; i < ROUNDS; i++) {
		do_something(&seed);
		if (i % (ROUNDS / LOOKS) == 0)
			all_agree();
	}
	all_agree();
	close(fd);
	close(blocking);
}

static void messages(void)
{
	planes(KMSGPIPE_MODE_MESSAGE);
}

static void stream(void)
{
	planes(KMSGPIPE_MODE_STREAM);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "messages", messages },
		{ "stream", stream },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
