// SPDX-License-Identifier: GPL-2.0
/*
 * SEND_BATCH and RECV_BATCH: several messages in one call, and as many as there
 * are or fit.
 */
#include "batch.h"

static void transfer(void)
{
	static const uint32_t counts[] = { 1, 2, 7, 255, 256 };
	struct kmsgpipe_stats stats;
	uint32_t i, j, seq = 0;

	start(CONFIG());
	for (j = 0; j < ARRAY_SIZE(counts); j++) {
		context("%u messages", counts[j]);
		fill(counts[j]);
		check_ret(send_batch(counts[j]), counts[j]);
		for (i = 0; i < counts[j]; i++) {
			check_eq(entries[i].size, sizeof(entries[i]));
			check_eq(entries[i].seq, seq + i);
		}
		check_eq(get_info(fd).messages, counts[j]);
		empty(MAX);
		check_ret(recv_batch(MAX), counts[j]);
		check_entries(counts[j], 0);
		for (i = 0; i < counts[j]; i++) {
			check_eq(entries[i].seq, seq + i);
			check_eq(entries[i].pid, getpid());
			check_eq(entries[i].uid, 0);
			check_eq(entries[i].prio, 0);
			check_eq(entries[i].ttl_ms, KMSGPIPE_TTL_NEVER);
			check_true(entries[i].sent_ns);
		}
		/* The others are as they were. */
		for (; i < MAX; i++)
			check_eq(entries[i].len, sizeof(text[i]));
		seq += counts[j];
		check_empty(fd);
	}
	end_context();
	stats = get_stats(fd);
	check_eq(stats.sent, seq);
	check_eq(stats.received, seq);

	context("priorities and lives");
	fill(4);
	entries[1].prio = 9;
	entries[2].ttl_ms = 3600000;
	entries[3].prio = 31;
	check_ret(send_batch(4), 4);
	empty(4);
	check_ret(recv_batch(4), 4);
	check_entry(0, 3);
	check_entry(1, 1);
	check_entry(2, 0);
	check_entry(3, 2);
	check_eq(entries[0].prio, 31);
	check_true(entries[3].ttl_ms <= 3600000);

	context("with the other calls");
	fill(3);
	check_ret(send_batch(3), 3);
	check_receive(fd, "0", 1);
	check_send(fd, "3", 1);
	empty(2);
	check_ret(recv_batch(2), 2);
	check_entries(2, 1);
	check_receive(fd, "3", 1);
	check_empty(fd);
}

/* Of every size, together. */
static void sizes(void)
{
	static unsigned char data[ARRAY_SIZE(border_sizes)][4096];
	static unsigned char got[ARRAY_SIZE(border_sizes)][4096];
	const uint32_t nr = ARRAY_SIZE(border_sizes);
	uint32_t i, round;

	start(CONFIG());
	/* With new nodes, and then with used ones. */
	for (round = 0; round < 3; round++) {
		for (i = 0; i < nr; i++) {
			fill_bytes(data[i], border_sizes[i], nr * round + i);
			entries[i] = MESSAGE(data[i], border_sizes[i]);
		}
		check_ret(send_batch(nr), nr);
		memset(got, 0xa5, sizeof(got));
		for (i = 0; i < nr; i++)
			entries[i] = MESSAGE(got[i], 4096);
		check_ret(recv_batch(nr), nr);
		for (i = 0; i < nr; i++) {
			context("size %zu", border_sizes[i]);
			check_eq(entries[i].len, border_sizes[i]);
			check_bytes(got[i], data[i], border_sizes[i]);
			if (border_sizes[i] < 4096)
				check_eq(got[i][border_sizes[i]], 0xa5);
		}
		end_context();
	}
	check_empty(fd);
}

/* As many as fit, in order; none is an error. */
static void full(void)
{
	uint32_t i;

	start(CONFIG(.max_msgs = 5));
	fill(9);
	check_ret(send_batch(9), 5);
	check_eq(entries[4].seq, 4);
	check_eq(entries[5].seq, 0);
	fill(4);
	check_err(send_batch(4), EAGAIN);
	check_err(batch(blocking, KMSGPIPE_SEND_BATCH, KMSGPIPE_IO_NONBLOCK, 1),
		  EAGAIN);
	empty(9);
	check_ret(recv_batch(9), 5);
	check_entries(5, 0);
	check_err(recv_batch(9), EAGAIN);
	check_err(batch(blocking, KMSGPIPE_RECV_BATCH, KMSGPIPE_IO_NONBLOCK, 1),
		  EAGAIN);

	context("bytes");
	start(CONFIG(.max_bytes = 100));
	for (i = 0; i < 3; i++)
		entries[i] = MESSAGE(text, 40);
	entries[3] = MESSAGE(text, 20);
	/* In order: the fourth would fit. */
	check_ret(send_batch(4), 2);
	check_eq(get_info(fd).bytes, 80);

	context("one too long");
	start(CONFIG(.msg_size = 10));
	fill(5);
	entries[3].len = 11;
	check_ret(send_batch(5), 3);
	fill(2);
	entries[0].len = 11;
	check_err(send_batch(2), EMSGSIZE);
	check_eq(get_info(fd).messages, 3);
	check_eq(get_stats(fd).sent, 3);

	context("end of file");
	check_ret(set_value(fd, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_EMPTY), 0);
	empty(9);
	check_ret(recv_batch(9), 3);
	empty(9);
	check_ret(batch(blocking, KMSGPIPE_RECV_BATCH, 0, 9), 0);
	check_eq(entries[0].len, sizeof(text[0]));
}

/* What has expired takes no room and is not received. */
static void expired(void)
{
	int64_t over;

	start(CONFIG(.max_msgs = 4));
	check_ret(set_cleanup(fd, 0, 0), 0);
	fill(4);
	entries[1].ttl_ms = 1;
	entries[2].ttl_ms = 1;
	check_ret(send_batch(4), 4);
	over = boottime_ms() + 2;
	wait_boottime(over);
	empty(4);
	check_ret(recv_batch(4), 2);
	check_entry(0, 0);
	check_entry(1, 3);

	context("room");
	fill(4);
	entries[0].ttl_ms = 1;
	entries[3].ttl_ms = 1;
	check_ret(send_batch(4), 4);
	over = boottime_ms() + 2;
	wait_boottime(over);
	fill(4);
	check_ret(send_batch(4), 2);
	check_eq(get_stats(fd).expired, 4);
}

/* A buffer too small stops the batch, and the message stays. */
static void too_small(void)
{
	start(CONFIG());
	check_send(fd, "0", 1);
	check_send(fd, "1", 1);
	check_send(fd, "two", 3);
	check_send(fd, "3", 1);
	empty(4);
	entries[2].len = 2;
	check_ret(recv_batch(4), 2);
	check_entries(2, 0);
	check_eq(entries[2].len, 2);
	empty(4);
	entries[0].len = 2;
	check_err(recv_batch(4), EMSGSIZE);
	check_eq(entries[0].len, 3);
	check_eq(entries[1].len, sizeof(text[1]));
	check_eq(get_info(fd).messages, 2);
	empty(1);
	check_ret(recv_batch(1), 1);
	check_bytes(text[0], "two", 3);
	check_receive(fd, "3", 1);
	check_empty(fd);
}

/* All that the module may hold is reached in the middle of a batch. */
static void total(void)
{
	char *large = xmalloc(1 << 20);
	long sent, all = 0;
	uint32_t i;

	start(CONFIG(.max_msgs = 65536, .msg_size = 1 << 20,
		     .max_bytes = 268435456));
	memset(large, 'x', 1 << 20);
	for (i = 0; i < 20; i++)
		entries[i] = MESSAGE(large, 1 << 20);
	while ((sent = send_batch(20)) > 0) {
		all += sent;
		for (i = 0; i < 20; i++)
			entries[i] = MESSAGE(large, 1 << 20);
	}
	check_err(sent, ENOSPC);
	/* More than three whole ones: the fourth went in part. */
	check_true(all > 60 && all < 64);
	check_eq(get_info(fd).messages, all);
	check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), all);
	fill(3);
	check_ret(send_batch(3), 3);
	free(large);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "transfer", transfer },
		{ "sizes", sizes },
		{ "full", full },
		{ "expired", expired },
		{ "too-small", too_small },
		{ "total", total },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
