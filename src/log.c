// SPDX-License-Identifier: GPL-2.0
/* The log of operations; log.h tells the idea. */

#include <linux/ctype.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#include "log.h"

/* Guards the ring of what is no single queue's business. */
static DEFINE_SPINLOCK(kmsgpipe_module_log_lock);
static struct kmsgpipe_log kmsgpipe_module_log;

/* Logs what is no single queue's business. @op, @result: as in the entry. */
void kmsgpipe_log_module(const char *op, u32 pipe, s64 result)
{
	struct kmsgpipe_log_entry *entry;

	spin_lock(&kmsgpipe_module_log_lock);
	entry = kmsgpipe_log_add(&kmsgpipe_module_log, get_jiffies_64(), op, 0,
				 result);
	entry->pipe = pipe;
	spin_unlock(&kmsgpipe_module_log_lock);
}

/* Puts an entry where its time is, if it is one of the last. */
static void kmsgpipe_log_insert(struct kmsgpipe_log_view *view,
				const struct kmsgpipe_log_entry *entry)
{
	struct kmsgpipe_log_entry *entries = view->entries;
	u32 at = view->nr;

	while (at && entries[at - 1].when > entry->when)
		at--;
	if (view->nr < KMSGPIPE_LOG_SHOWN) {
		memmove(entries + at + 1, entries + at,
			(view->nr - at) * sizeof(*entries));
		view->nr++;
	} else if (at) {
		/* The oldest goes. */
		at--;
		memmove(entries, entries + 1, at * sizeof(*entries));
	} else {
		return;
	}
	entries[at] = *entry;
}

/**
 * kmsgpipe_log_merge - take a ring's entries into a view
 * @view: begins as zeroes, but for its @ring, the ring to be merged
 * @pipe: whose ring that is; KMSGPIPE_LOG_NO_PIPE if the entries know
 *
 * Of the same tick, the entries of the ring that was merged first come first.
 */
void kmsgpipe_log_merge(struct kmsgpipe_log_view *view, u32 pipe)
{
	struct kmsgpipe_log *ring = &view->ring;
	u32 next = ring->next / sizeof(ring->entries[0]);
	struct kmsgpipe_log_entry *entry;
	u32 nr;

	for (nr = KMSGPIPE_LOG_SHOWN; nr; nr--) {
		entry = &ring->entries[(next - nr) % KMSGPIPE_LOG_SIZE];
		if (!entry->op)
			continue;
		if (pipe != KMSGPIPE_LOG_NO_PIPE)
			entry->pipe = pipe;
		kmsgpipe_log_insert(view, entry);
	}
}

/* The same with what kmsgpipe_log_module() has logged. */
void kmsgpipe_log_merge_module(struct kmsgpipe_log_view *view)
{
	spin_lock(&kmsgpipe_module_log_lock);
	view->ring = kmsgpipe_module_log;
	spin_unlock(&kmsgpipe_module_log_lock);
	kmsgpipe_log_merge(view, KMSGPIPE_LOG_NO_PIPE);
}

/* A task may call itself what it likes, and must not make up lines or fields. */
static void kmsgpipe_log_print_comm(struct seq_file *m, const char *comm)
{
	u32 i;

	for (i = 0; i < TASK_COMM_LEN && comm[i]; i++) {
		if (isascii(comm[i]) && isgraph(comm[i]) && comm[i] != '\\')
			seq_putc(m, comm[i]);
		else
			seq_printf(m, "\\%03o", (u8)comm[i]);
	}
}

/* Writes a view, one entry a line; @pipes: with the name of the pipe. */
void kmsgpipe_log_print(struct seq_file *m,
			const struct kmsgpipe_log_view *view, bool pipes)
{
	const struct kmsgpipe_log_entry *entry;
	u64 real = ktime_get_coarse_real_ns();
	u64 now = get_jiffies_64();
	u64 ms;
	u32 rest;

	for (entry = view->entries; entry < view->entries + view->nr; entry++) {
		ms = div_u64(real - jiffies64_to_nsecs(now - entry->when),
			     NSEC_PER_MSEC);
		ms = div_u64_rem(ms, MSEC_PER_SEC, &rest);
		seq_printf(m, "%llu.%03u ", ms, rest);
		if (pipes && entry->pipe == KMSGPIPE_LOG_NO_PIPE)
			seq_puts(m, "- ");
		else if (pipes)
			seq_printf(m, "kmsgpipe%u ", entry->pipe);
		seq_printf(m, "%u ", entry->pid);
		kmsgpipe_log_print_comm(m, entry->comm);
		seq_printf(m, " %s %llu %lld\n", entry->op, entry->size,
			   entry->result);
	}
}
