// SPDX-License-Identifier: GPL-2.0
/* The table of pipes and the text queue; procfs.h tells the idea. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/namei.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "compat.h"
#include "io.h"
#include "pipe.h"
#include "procfs.h"
#include "settings.h"

#define KMSGPIPE_PROC_TABLE	"kmsgpipe"

static struct proc_dir_entry *kmsgpipe_table_entry;
static struct proc_dir_entry *kmsgpipe_text_entry;

/*
 * The table. Position 0 is the header, N + 1 is pipe N, held from start or next
 * until next or stop.
 */

static void *kmsgpipe_table_find(loff_t *pos)
{
	u32 index = *pos - 1;
	struct kmsgpipe *pipe;

	pipe = kmsgpipe_pipe_next(&index);
	if (pipe)
		*pos = (loff_t)index + 1;
	return pipe;
}

static void kmsgpipe_table_stop(struct seq_file *table, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		kmsgpipe_pipe_put(v);
}

static void *kmsgpipe_table_start(struct seq_file *table, loff_t *pos)
{
	return *pos ? kmsgpipe_table_find(pos) : SEQ_START_TOKEN;
}

static void *kmsgpipe_table_next(struct seq_file *table, void *v, loff_t *pos)
{
	kmsgpipe_table_stop(table, v);
	++*pos;
	return kmsgpipe_table_start(table, pos);
}

static int kmsgpipe_table_show(struct seq_file *table, void *v)
{
	struct kmsgpipe_stats stats;
	struct kmsgpipe_info info;
	u32 ns;
	u64 s;

	if (v == SEQ_START_TOKEN) {
		seq_puts(table, "index name mode eof");
		seq_puts(table, " bytes max_bytes messages max_msgs msg_size");
		seq_puts(table, " readers writers files last_cleanup");
		seq_puts(table, " sent bytes_sent received bytes_received\n");
		return 0;
	}

	kmsgpipe_pipe_get_state(v, &info, &stats);
	s = div_u64_rem(info.last_cleanup_ns, NSEC_PER_SEC, &ns);
	seq_printf(table, "%u %s %s %s", info.index,
		   info.name[0] ? info.name : "-",
		   kmsgpipe_mode_names[info.mode],
		   kmsgpipe_eof_names[info.eof]);
	seq_printf(table, " %u %u %u %u %u", info.bytes, info.max_bytes,
		   info.messages, info.max_msgs, info.msg_size);
	seq_printf(table, " %u %u %u %llu.%09u", info.readers, info.writers,
		   info.files, s, ns);
	seq_printf(table, " %llu %llu %llu %llu\n", stats.sent,
		   stats.bytes_sent, stats.received, stats.bytes_received);
	return 0;
}

static const struct seq_operations kmsgpipe_table_ops = {
	.start	= kmsgpipe_table_start,
	.next	= kmsgpipe_table_next,
	.stop	= kmsgpipe_table_stop,
	.show	= kmsgpipe_table_show,
};

/**
 * struct kmsgpipe_text - an open file of the text queue
 * @pipe: the pipe that was pipe 0 when it was opened, held
 * @lock: guards all that follows; one read at a time. Held while a reader's
 *	memory is written, so taken interruptibly
 * @taken: the file has had its message
 * @rest: what is not read yet of a message longer than its first read; or NULL
 * @off: where in @rest the next read begins
 * @left: bytes from there
 */
struct kmsgpipe_text {
	struct kmsgpipe *pipe;
	struct mutex lock;
	bool taken;
	char *rest;
	u32 off;
	u32 left;
};

static int kmsgpipe_text_open(struct inode *inode, struct file *file)
{
	struct kmsgpipe_text *text;
	struct kmsgpipe *pipe;
	u32 index = 0;
	int err;

	/*
	 * Files in /proc hold no module. Without this an unload would close
	 * them, and wait for a writer who waits for room.
	 */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;

	/* If the load fails, who had it open would keep that from ending. */
	err = -ENODEV;
	if (!kmsgpipe_pipes_are_ready())
		goto put_module;
	pipe = kmsgpipe_pipe_next(&index);
	if (!pipe)
		goto put_module;
	if (index)
		goto put_pipe;

	err = -ENOMEM;
	text = kzalloc(sizeof(*text), GFP_KERNEL_ACCOUNT);
	if (!text)
		goto put_pipe;

	mutex_init(&text->lock);
	text->pipe = pipe;
	file->private_data = text;
	/* No position to lock: a reader does not wait for a waiting writer. */
	return stream_open(inode, file);

put_pipe:
	kmsgpipe_pipe_put(pipe);
put_module:
	module_put(THIS_MODULE);
	return err;
}

static int kmsgpipe_text_release(struct inode *inode, struct file *file)
{
	struct kmsgpipe_text *text = file->private_data;

	kvfree(text->rest);
	kmsgpipe_pipe_put(text->pipe);
	mutex_destroy(&text->lock);
	kfree(text);
	/* proc_remove() waits until this function has returned. */
	module_put(THIS_MODULE);
	return 0;
}

/*
 * Takes the next message into the file, for a caller who has too little room.
 * Return: 0; -EMSGSIZE if it is another by now; or an error.
 */
static ssize_t kmsgpipe_text_keep(struct kmsgpipe_text *text)
{
	struct iov_iter to;
	struct kvec kvec;
	ssize_t ret;
	u32 size;

	/* It may have become a stream, which can be longer than a message. */
	size = min_t(u32, kmsgpipe_pipe_next_len(text->pipe),
		     KMSGPIPE_MSG_SIZE_MAX);
	if (!size)
		return -EMSGSIZE;

	kvec.iov_len = size;
	kvec.iov_base = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!kvec.iov_base)
		return -ENOMEM;

	iov_iter_kvec(&to, READ, &kvec, 1, size);
	ret = kmsgpipe_recv_iter(text->pipe, &to, NULL, true);
	if (ret <= 0) {
		kvfree(kvec.iov_base);
		return ret;
	}
	text->rest = kvec.iov_base;
	text->left = ret;
	text->taken = true;
	return 0;
}

/*
 * Takes the file's message: straight to the caller if he has room for all of it.
 * A stream has no end but that it is empty. Under the lock. Return: bytes that
 * the caller got; 0 if the file has them, or there are none; or an error.
 */
static ssize_t kmsgpipe_text_take(struct kmsgpipe_text *text, char __user *buf,
				  size_t len)
{
	ssize_t ret;

	do {
		ret = kmsgpipe_recv_user(text->pipe, buf, len, true);
		if (ret != -EMSGSIZE)
			break;
		/* Not for somebody who has no memory for it. */
		if (kmsgpipe_fault_in_writeable(buf, len))
			return -EFAULT;
		ret = kmsgpipe_text_keep(text);
	} while (ret == -EMSGSIZE);

	if (ret > 0)
		text->taken = READ_ONCE(text->pipe->queue.mode) ==
			      KMSGPIPE_MODE_MESSAGE;
	return ret == -EAGAIN ? 0 : ret;
}

/* Gives the caller more of the file's message. Under the lock. */
static ssize_t kmsgpipe_text_give(struct kmsgpipe_text *text, char __user *buf,
				  size_t len)
{
	size_t part = min_t(size_t, len, text->left);

	part -= copy_to_user(buf, text->rest + text->off, part);
	if (!part)
		return -EFAULT;
	text->off += part;
	text->left -= part;
	if (!text->left) {
		kvfree(text->rest);
		text->rest = NULL;
	}
	return part;
}

static ssize_t kmsgpipe_text_read(struct file *file, char __user *buf,
				  size_t len, loff_t *ppos)
{
	struct kmsgpipe_text *text = file->private_data;
	ssize_t ret = 0;

	if (!len)
		return 0;
	if (mutex_lock_interruptible(&text->lock))
		return -ERESTARTSYS;
	if (!text->taken)
		ret = kmsgpipe_text_take(text, buf, len);
	if (!ret && text->left)
		ret = kmsgpipe_text_give(text, buf, len);
	mutex_unlock(&text->lock);
	return ret;
}

static ssize_t kmsgpipe_text_write(struct file *file, const char __user *buf,
				   size_t len, loff_t *ppos)
{
	struct kmsgpipe_text *text = file->private_data;
	struct kmsgpipe *pipe = text->pipe;
	ssize_t ret;

	ret = kmsgpipe_send_user(pipe, buf, len, file->f_flags & O_NONBLOCK);
	/* No writer came in, for whom a reader in open() would. */
	if (ret > 0)
		wake_up_interruptible_all(&pipe->openers);
	return ret;
}

static const struct proc_ops kmsgpipe_text_ops = {
	.proc_open	= kmsgpipe_text_open,
	.proc_release	= kmsgpipe_text_release,
	.proc_read	= kmsgpipe_text_read,
	.proc_write	= kmsgpipe_text_write,
};

/**
 * kmsgpipe_procfs_taken - is there such a file in /proc?
 * @name: its name
 *
 * proc_create() does not take that well. To be asked before there is any pipe:
 * nobody may have one open when the module refuses to load.
 */
bool kmsgpipe_procfs_taken(const char *name)
{
	struct path path;
	char *full;
	bool taken;

	if (!strcmp(name, KMSGPIPE_PROC_TABLE))
		return true;
	full = kasprintf(GFP_KERNEL, "/proc/%s", name);
	taken = full && !kern_path(full, 0, &path);
	if (taken)
		path_put(&path);
	kfree(full);
	return taken;
}

/**
 * kmsgpipe_procfs_init - make the files in /proc
 * @queue: name of the text queue; NULL or empty for none
 * @mode: its permissions, not 0
 *
 * The queue opens when the pipes are ready.
 *
 * Return: 0 or -ENOMEM.
 */
int kmsgpipe_procfs_init(const char *queue, umode_t mode)
{
	kmsgpipe_table_entry = proc_create_seq(KMSGPIPE_PROC_TABLE, 0444, NULL,
					       &kmsgpipe_table_ops);
	if (!kmsgpipe_table_entry)
		return -ENOMEM;
	if (!queue || !queue[0])
		return 0;

	kmsgpipe_text_entry = proc_create(queue, mode, NULL,
					  &kmsgpipe_text_ops);
	if (!kmsgpipe_text_entry) {
		proc_remove(kmsgpipe_table_entry);
		return -ENOMEM;
	}
	return 0;
}

/* Waits for calls in progress; there is no open file of the text queue. */
void kmsgpipe_procfs_exit(void)
{
	proc_remove(kmsgpipe_text_entry);
	proc_remove(kmsgpipe_table_entry);
}
