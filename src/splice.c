// SPDX-License-Identifier: GPL-2.0
/*
 * splice(2) and sendfile(2) in stream mode. Both calls hold the lock of the
 * pipe(2) at the other end, so neither may sleep for ours while they do.
 */

#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched/signal.h>
#include <linux/splice.h>
#include <linux/uio.h>

#include "io.h"
#include "pipe.h"
#include "splice.h"
#include "wait.h"

static struct kmsgpipe *kmsgpipe_splice_of(const struct file *file)
{
	struct kmsgpipe *pipe = kmsgpipe_of(file);

	/* A pipe(2) keeps no boundaries: messages do not go that way. */
	return READ_ONCE(pipe->queue.mode) == KMSGPIPE_MODE_STREAM ? pipe :
								     NULL;
}

static void kmsgpipe_splice_release(struct splice_pipe_desc *spd,
				    unsigned int i)
{
	put_page(spd->pages[i]);
}

/* Called with @to locked; -EAGAIN at once if there is nothing to read. */
ssize_t kmsgpipe_splice_read(struct file *in, loff_t *ppos,
			     struct pipe_inode_info *to, size_t len,
			     unsigned int flags)
{
	struct kmsgpipe *pipe = kmsgpipe_splice_of(in);
	struct partial_page partial[PIPE_DEF_BUFFERS];
	struct page *pages[PIPE_DEF_BUFFERS];
	struct kvec vec[PIPE_DEF_BUFFERS];
	struct splice_pipe_desc spd = {
		.pages = pages,
		.partial = partial,
		.nr_pages_max = PIPE_DEF_BUFFERS,
		.ops = &nosteal_pipe_buf_ops,
		.spd_release = kmsgpipe_splice_release,
	};
	struct iov_iter iter;
	unsigned int used, slots, nr, i;
	ssize_t ret;
	size_t left;

	if (!pipe)
		return -EINVAL;
	/* What is taken must find a place: look before. */
	if (!to->readers) {
		send_sig(SIGPIPE, current, 0);
		return -EPIPE;
	}
	used = pipe_occupancy(to->head, to->tail);
	slots = used < to->max_usage ? to->max_usage - used : 0;
	slots = min_t(unsigned int, slots, PIPE_DEF_BUFFERS);
	slots = min_t(size_t, slots, DIV_ROUND_UP(len, PAGE_SIZE));
	if (!slots)
		return -EAGAIN;

	for (nr = 0; nr < slots; nr++) {
		pages[nr] = alloc_page(GFP_KERNEL);
		if (!pages[nr])
			break;
		vec[nr].iov_base = page_address(pages[nr]);
		vec[nr].iov_len = PAGE_SIZE;
	}
	if (!nr)
		return -ENOMEM;

	len = min_t(size_t, len, nr * PAGE_SIZE);
	iov_iter_kvec(&iter, READ, vec, nr, len);
	ret = kmsgpipe_recv_iter(pipe, &iter, NULL, true);

	left = max_t(ssize_t, ret, 0);
	for (i = 0; i < nr; i++) {
		if (!left) {
			put_page(pages[i]);
			continue;
		}
		partial[i].offset = 0;
		partial[i].len = min_t(size_t, left, PAGE_SIZE);
		left -= partial[i].len;
		spd.nr_pages++;
	}
	return ret > 0 ? splice_to_pipe(to, &spd) : ret;
}

/* Where to, and how much found no room. */
struct kmsgpipe_splice {
	struct kmsgpipe *pipe;
	size_t wanted;
};

/* Called with @from locked. */
static int kmsgpipe_splice_actor(struct pipe_inode_info *from,
				 struct pipe_buffer *buf,
				 struct splice_desc *sd)
{
	struct bio_vec vec = {
		.bv_page = buf->page,
		.bv_offset = buf->offset,
		.bv_len = sd->len,
	};
	struct kmsgpipe_splice *splice = sd->u.data;
	struct iov_iter iter;

	if (READ_ONCE(splice->pipe->queue.mode) != KMSGPIPE_MODE_STREAM)
		return -EINVAL;
	splice->wanted = sd->len;
	iov_iter_bvec(&iter, WRITE, &vec, 1, sd->len);
	return kmsgpipe_send_iter(splice->pipe, &iter, NULL, true);
}

ssize_t kmsgpipe_splice_write(struct pipe_inode_info *from, struct file *out,
			      loff_t *ppos, size_t len, unsigned int flags)
{
	bool nonblock = (out->f_flags & O_NONBLOCK) ||
			(flags & SPLICE_F_NONBLOCK);
	struct kmsgpipe_splice splice = {
		.pipe = kmsgpipe_splice_of(out),
	};
	struct splice_desc sd = {
		.total_len = len,
		.flags = flags,
		.u.data = &splice,
	};
	bool slept = false;
	ssize_t ret;

	if (!splice.pipe)
		return -EINVAL;

	for (;;) {
		splice.wanted = 0;
		pipe_lock(from);
		ret = __splice_from_pipe(from, &sd, kmsgpipe_splice_actor);
		pipe_unlock(from);
		/* Without anything wanted, -EAGAIN says that @from is empty. */
		if (ret != -EAGAIN || nonblock || !splice.wanted)
			break;
		ret = kmsgpipe_wait(splice.pipe, splice.wanted, &slept);
		if (ret)
			break;
	}
	/* There may be room for another, or the wake was not used. */
	if (slept)
		kmsgpipe_wake_writer(splice.pipe);
	if (ret == -EPIPE)
		send_sig(SIGPIPE, current, 0);
	return ret;
}
