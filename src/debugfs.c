// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics and logs in debugfs, of each pipe and of all together. Docs tell
 * their lines: docs/abi/debugfs.md.
 *
 * debugfs itself sees to it that a file that is open keeps the module, that no
 * file is read after it was removed, and that who removes it waits until nobody
 * reads: so a pipe's files need no reference on their pipe.
 */

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "debugfs.h"
#include "log.h"
#include "pipe.h"
#include "settings.h"

static struct dentry *kmsgpipe_debugfs;

/* The numbers of a pipe, or of all pipes together, in the order of lines. */
enum {
	KMSGPIPE_N_WRITES,
	KMSGPIPE_N_READS,
	KMSGPIPE_N_BYTES_WRITTEN,
	KMSGPIPE_N_BYTES_READ,
	KMSGPIPE_N_IOCTLS,
	KMSGPIPE_N_POLLS,
	KMSGPIPE_N_FAILURES,
	KMSGPIPE_N_READER_WAKEUPS,
	KMSGPIPE_N_WRITER_WAKEUPS,
	KMSGPIPE_N_FAULTS,
	KMSGPIPE_N_EXPIRED,
	KMSGPIPE_N_TRUNCATED,
	KMSGPIPE_N_CLEARED,
	KMSGPIPE_N_MESSAGES,
	KMSGPIPE_N_BYTES,
	KMSGPIPE_N_READERS,
	KMSGPIPE_N_WRITERS,
	KMSGPIPE_N_FREE_NODES,
	KMSGPIPE_N_FREE_BYTES,
	KMSGPIPE_NUMBERS,
};

static const char * const kmsgpipe_number_names[KMSGPIPE_NUMBERS] = {
	[KMSGPIPE_N_WRITES] = "writes",
	[KMSGPIPE_N_READS] = "reads",
	[KMSGPIPE_N_BYTES_WRITTEN] = "bytes_written",
	[KMSGPIPE_N_BYTES_READ] = "bytes_read",
	[KMSGPIPE_N_IOCTLS] = "ioctls",
	[KMSGPIPE_N_POLLS] = "polls",
	[KMSGPIPE_N_FAILURES] = "failures",
	[KMSGPIPE_N_READER_WAKEUPS] = "reader_wakeups",
	[KMSGPIPE_N_WRITER_WAKEUPS] = "writer_wakeups",
	[KMSGPIPE_N_FAULTS] = "faults",
	[KMSGPIPE_N_EXPIRED] = "expired",
	[KMSGPIPE_N_TRUNCATED] = "truncated",
	[KMSGPIPE_N_CLEARED] = "cleared",
	[KMSGPIPE_N_MESSAGES] = "messages",
	[KMSGPIPE_N_BYTES] = "bytes",
	[KMSGPIPE_N_READERS] = "readers",
	[KMSGPIPE_N_WRITERS] = "writers",
	[KMSGPIPE_N_FREE_NODES] = "free_nodes",
	[KMSGPIPE_N_FREE_BYTES] = "free_bytes",
};

/* Adds what a pipe has to say. */
static void kmsgpipe_count_pipe(struct kmsgpipe *pipe, u64 *sum)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_stats stats;
	struct kmsgpipe_info info;

	kmsgpipe_pipe_get_state(pipe, &info, &stats);
	sum[KMSGPIPE_N_WRITES] += stats.sent;
	sum[KMSGPIPE_N_READS] += stats.received;
	sum[KMSGPIPE_N_BYTES_WRITTEN] += stats.bytes_sent;
	sum[KMSGPIPE_N_BYTES_READ] += stats.bytes_received;
	sum[KMSGPIPE_N_IOCTLS] += atomic_long_read(&pipe->ioctls);
	sum[KMSGPIPE_N_POLLS] += atomic_long_read(&pipe->polls);
	sum[KMSGPIPE_N_READER_WAKEUPS] += stats.reader_wakeups;
	sum[KMSGPIPE_N_WRITER_WAKEUPS] += stats.writer_wakeups;
	sum[KMSGPIPE_N_FAULTS] += stats.faults;
	sum[KMSGPIPE_N_EXPIRED] += stats.expired;
	sum[KMSGPIPE_N_TRUNCATED] += stats.truncated;
	sum[KMSGPIPE_N_CLEARED] += stats.cleared;
	sum[KMSGPIPE_N_MESSAGES] += info.messages;
	sum[KMSGPIPE_N_BYTES] += info.bytes;
	sum[KMSGPIPE_N_READERS] += info.readers;
	sum[KMSGPIPE_N_WRITERS] += info.writers;

	spin_lock(&q->lock);
	sum[KMSGPIPE_N_FAILURES] += pipe->failures;
	sum[KMSGPIPE_N_FREE_NODES] += q->nr_free_small;
	sum[KMSGPIPE_N_FREE_BYTES] += q->free_large_bytes +
		(u64)q->nr_free_small * KMSGPIPE_MSG_SMALL;
	spin_unlock(&q->lock);
}

static void kmsgpipe_show_numbers(struct seq_file *m, const u64 *sum)
{
	u32 i;

	for (i = 0; i < KMSGPIPE_NUMBERS; i++)
		seq_printf(m, "%s %llu\n", kmsgpipe_number_names[i], sum[i]);
}

static int kmsgpipe_pipe_stats_show(struct seq_file *m, void *unused)
{
	u64 sum[KMSGPIPE_NUMBERS] = {};

	kmsgpipe_count_pipe(m->private, sum);
	kmsgpipe_show_numbers(m, sum);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kmsgpipe_pipe_stats);

static int kmsgpipe_stats_show(struct seq_file *m, void *unused)
{
	u64 sum[KMSGPIPE_NUMBERS] = {};
	struct kmsgpipe *pipe;
	u32 pipes = 0;
	u32 index;

	for (index = 0; (pipe = kmsgpipe_pipe_next(&index)); index++) {
		kmsgpipe_count_pipe(pipe, sum);
		kmsgpipe_pipe_put(pipe);
		pipes++;
	}
	seq_printf(m, "pipes %u\n", pipes);
	seq_printf(m, "memory %ld\n", kmsgpipe_msg_memory());
	kmsgpipe_show_numbers(m, sum);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kmsgpipe_stats);

static void kmsgpipe_log_merge_pipe(struct kmsgpipe_log_view *view,
				    struct kmsgpipe *pipe)
{
	spin_lock(&pipe->queue.lock);
	view->ring = pipe->queue.log;
	spin_unlock(&pipe->queue.lock);
	kmsgpipe_log_merge(view, pipe->index);
}

static int kmsgpipe_pipe_log_show(struct seq_file *m, void *unused)
{
	struct kmsgpipe_log_view *view = kzalloc(sizeof(*view), GFP_KERNEL);

	if (!view)
		return -ENOMEM;
	kmsgpipe_log_merge_pipe(view, m->private);
	kmsgpipe_log_print(m, view, false);
	kfree(view);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kmsgpipe_pipe_log);

static int kmsgpipe_log_show(struct seq_file *m, void *unused)
{
	struct kmsgpipe_log_view *view = kzalloc(sizeof(*view), GFP_KERNEL);
	struct kmsgpipe *pipe;
	u32 index;

	if (!view)
		return -ENOMEM;
	kmsgpipe_log_merge_module(view);
	for (index = 0; (pipe = kmsgpipe_pipe_next(&index)); index++) {
		kmsgpipe_log_merge_pipe(view, pipe);
		kmsgpipe_pipe_put(pipe);
	}
	kmsgpipe_log_print(m, view, true);
	kfree(view);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kmsgpipe_log);

/* debugfs itself lets everybody look into a directory. */
static struct dentry *kmsgpipe_debugfs_dir(const char *name,
					   struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir(name, parent);

	if (!IS_ERR(dir))
		d_inode(dir)->i_mode = S_IFDIR | 0700;
	return dir;
}

void kmsgpipe_debugfs_add(struct kmsgpipe *pipe)
{
	struct dentry *dir;

	dir = kmsgpipe_debugfs_dir(dev_name(&pipe->dev), kmsgpipe_debugfs);
	debugfs_create_file("stats", 0400, dir, pipe,
			    &kmsgpipe_pipe_stats_fops);
	debugfs_create_file("log", 0400, dir, pipe, &kmsgpipe_pipe_log_fops);
	pipe->debugfs = dir;
}

void kmsgpipe_debugfs_remove(struct kmsgpipe *pipe)
{
	debugfs_remove(pipe->debugfs);
}

void kmsgpipe_debugfs_init(void)
{
	kmsgpipe_debugfs = kmsgpipe_debugfs_dir("kmsgpipe", NULL);
	debugfs_create_file("stats", 0400, kmsgpipe_debugfs, NULL,
			    &kmsgpipe_stats_fops);
	debugfs_create_file("log", 0400, kmsgpipe_debugfs, NULL,
			    &kmsgpipe_log_fops);
}

void kmsgpipe_debugfs_exit(void)
{
	debugfs_remove(kmsgpipe_debugfs);
}
