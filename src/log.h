/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_LOG_H
#define KMSGPIPE_LOG_H

#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

struct seq_file;

/**
 * DOC: the log of operations
 *
 * Always on: who did what last, and what came of it; never what a message says.
 * Each queue has a ring of entries that its lock guards. The small path writes
 * one with plain stores while it holds that lock anyway, so that the log costs
 * it some dozen instructions, no lock and no shared cache line. Who is not on
 * that path takes the lock once more.
 *
 * What is no single queue's business, pipes that come and go, has a ring of its
 * own. Time is in ticks; who reads the log gets it as a time of day.
 */

/* A power of two, as an entry's size is: the ring goes round with one mask. */
#define KMSGPIPE_LOG_SIZE	16

/* How many of them are shown, so that none is torn in showing. */
#define KMSGPIPE_LOG_SHOWN	10

/* Stands for the index of a pipe where there is none. */
#define KMSGPIPE_LOG_NO_PIPE	U32_MAX

/**
 * struct kmsgpipe_log_entry - one operation
 * @when: in jiffies
 * @comm: name of the task that did it
 * @op: what it did; a string that lives as long as the module; NULL: the entry
 *	was never used
 * @pid: its thread group, in the initial namespace
 * @pipe: index of the pipe; in the ring of a queue not set
 * @size: bytes that the operation was about
 * @result: what came of it: a number or an error
 *
 * @size and @result are as wide as a register: no two fields that the small path
 * writes would fit in one, so that the compiler does not put them together.
 */
struct kmsgpipe_log_entry {
	u64 when;
	char comm[TASK_COMM_LEN];
	const char *op;
	u32 pid;
	u32 pipe;
	u64 size;
	s64 result;
} __aligned(64);

/**
 * struct kmsgpipe_log - a ring of entries; its owner's lock guards it
 * @next: where the next entry goes, in bytes
 * @entries: the last ones
 */
struct kmsgpipe_log {
	u32 next;
	struct kmsgpipe_log_entry entries[KMSGPIPE_LOG_SIZE];
};

/**
 * struct kmsgpipe_log_view - the last entries of one or several rings
 * @ring: for the caller to copy the next ring to be merged
 * @nr: how many there are in @entries
 * @entries: oldest first
 */
struct kmsgpipe_log_view {
	struct kmsgpipe_log ring;
	u32 nr;
	struct kmsgpipe_log_entry entries[KMSGPIPE_LOG_SHOWN];
};

/**
 * kmsgpipe_log_add - log what the current task does
 * @log: where, under its lock
 * @now: jiffies
 * @op: what; the string stays
 * @size: bytes that it is about
 * @result: what came of it
 *
 * Return: the entry.
 */
static __always_inline struct kmsgpipe_log_entry *
kmsgpipe_log_add(struct kmsgpipe_log *log, u64 now, const char *op, u64 size,
		 s64 result)
{
	struct kmsgpipe_log_entry *entry = (void *)log->entries + log->next;

	log->next = (log->next + sizeof(*entry)) % sizeof(log->entries);
	entry->when = now;
	/* A name that changes meanwhile is half old, half new, and ends. */
	memcpy(entry->comm, current->comm, sizeof(entry->comm));
	entry->op = op;
	entry->pid = current->tgid;
	entry->size = size;
	entry->result = result;
	return entry;
}

void kmsgpipe_log_module(const char *op, u32 pipe, s64 result);

void kmsgpipe_log_merge(struct kmsgpipe_log_view *view, u32 pipe);
void kmsgpipe_log_merge_module(struct kmsgpipe_log_view *view);
void kmsgpipe_log_print(struct seq_file *m,
			const struct kmsgpipe_log_view *view, bool pipes);

#endif /* KMSGPIPE_LOG_H */
