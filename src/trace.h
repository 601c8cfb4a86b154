/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints. Who traces includes this alone; what is traced is looked into by
 * main.c only, which makes the tracepoints. All but create and remove are hit
 * under the queue's lock, so the depth that they tell is that of the moment.
 *
 * In stream mode seq is the position of the first byte, the sender of what is
 * received is not known and messages is 0.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kmsgpipe

#if !defined(KMSGPIPE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KMSGPIPE_TRACE_H

#include <linux/tracepoint.h>

#include "uapi/linux/kmsgpipe.h"

struct kmsgpipe;
struct kmsgpipe_queue;

/* What happens to a message: sent, received, expired. */
DECLARE_EVENT_CLASS(kmsgpipe_msg,
	TP_PROTO(const struct kmsgpipe_queue *q, u64 seq, u32 len, u32 prio,
		 u32 sender),
	TP_ARGS(q, seq, len, prio, sender),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u32, pipe)
		__field(u32, len)
		__field(u32, prio)
		__field(u32, sender)
		__field(u32, messages)
		__field(u32, bytes)
	),
	TP_fast_assign(
		__entry->seq = seq;
		__entry->pipe = kmsgpipe_queue_index(q);
		__entry->len = len;
		__entry->prio = prio;
		__entry->sender = sender;
		__entry->messages = kmsgpipe_queue_messages(q);
		__entry->bytes = q->bytes;
	),
	TP_printk("pipe=%u seq=%llu len=%u prio=%u sender=%u messages=%u bytes=%u",
		  __entry->pipe, __entry->seq, __entry->len, __entry->prio,
		  __entry->sender, __entry->messages, __entry->bytes)
);

#define KMSGPIPE_MSG_EVENT(name)					\
DEFINE_EVENT(kmsgpipe_msg, name,					\
	TP_PROTO(const struct kmsgpipe_queue *q, u64 seq, u32 len, u32 prio, \
		 u32 sender),						\
	TP_ARGS(q, seq, len, prio, sender))

KMSGPIPE_MSG_EVENT(kmsgpipe_send);
KMSGPIPE_MSG_EVENT(kmsgpipe_recv);
KMSGPIPE_MSG_EVENT(kmsgpipe_expire);

/* A message was dropped on request: by truncating or clearing. */
TRACE_EVENT(kmsgpipe_drop,
	TP_PROTO(const struct kmsgpipe_queue *q, u64 seq, u32 len, u32 prio,
		 u32 sender, bool truncated),
	TP_ARGS(q, seq, len, prio, sender, truncated),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u32, pipe)
		__field(u32, len)
		__field(u32, prio)
		__field(u32, sender)
		__field(u32, messages)
		__field(u32, bytes)
		__field(bool, truncated)
	),
	TP_fast_assign(
		__entry->seq = seq;
		__entry->pipe = kmsgpipe_queue_index(q);
		__entry->len = len;
		__entry->prio = prio;
		__entry->sender = sender;
		__entry->messages = kmsgpipe_queue_messages(q);
		__entry->bytes = q->bytes;
		__entry->truncated = truncated;
	),
	TP_printk("pipe=%u seq=%llu len=%u prio=%u sender=%u messages=%u bytes=%u by=%s",
		  __entry->pipe, __entry->seq, __entry->len, __entry->prio,
		  __entry->sender, __entry->messages, __entry->bytes,
		  __entry->truncated ? "truncate" : "clear")
);

/* A pipe comes or goes, with what is queued in it. */
DECLARE_EVENT_CLASS(kmsgpipe_pipe,
	TP_PROTO(const struct kmsgpipe *pipe),
	TP_ARGS(pipe),
	TP_STRUCT__entry(
		__field(u32, pipe)
		__field(u32, mode)
		__field(u32, messages)
		__field(u32, bytes)
		__array(char, name, KMSGPIPE_NAME_MAX)
	),
	TP_fast_assign(
		__entry->pipe = pipe->index;
		__entry->mode = pipe->queue.mode;
		__entry->messages = kmsgpipe_queue_messages(&pipe->queue);
		__entry->bytes = pipe->queue.bytes;
		memcpy(__entry->name, pipe->name, KMSGPIPE_NAME_MAX);
	),
	TP_printk("pipe=%u name=%s mode=%s messages=%u bytes=%u",
		  __entry->pipe, __entry->name,
		  __entry->mode ? "stream" : "message", __entry->messages,
		  __entry->bytes)
);

DEFINE_EVENT(kmsgpipe_pipe, kmsgpipe_create,
	TP_PROTO(const struct kmsgpipe *pipe),
	TP_ARGS(pipe));
DEFINE_EVENT(kmsgpipe_pipe, kmsgpipe_remove,
	TP_PROTO(const struct kmsgpipe *pipe),
	TP_ARGS(pipe));

#endif /* KMSGPIPE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
