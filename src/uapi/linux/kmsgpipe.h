/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kmsgpipe: message queues behind character devices, the user ABI.
 *
 * Each argument struct starts with its own size, to be set by the caller with
 * sizeof. A newer driver takes an older, shorter struct and zero stands for
 * what is missing; an older driver takes a longer one if what it does not know
 * is zero, and answers E2BIG otherwise. Fields named reserved must be zero and
 * come back zero; an unknown flag is EINVAL. All fields have the same place and
 * width for 32-bit and 64-bit programs.
 *
 * Each command tells its argument and whether the caller fills it in (in: it is
 * only read), gets an answer in it (out) or both; who may give it; its errors;
 * and the version that it came with. Errors that every command may give are not
 * repeated there:
 *
 * ENOTTY: there is no such command, or not on this node.
 * EFAULT: bad memory; nothing was done.
 * EINVAL: a size below 4, an unknown flag, a reserved field that is not zero, a
 *	value out of range.
 * E2BIG: a size over a page, or more in the struct than the driver knows.
 */
#ifndef _UAPI_LINUX_KMSGPIPE_H
#define _UAPI_LINUX_KMSGPIPE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * Free with all its numbers in the kernel's list of them, where nothing stands
 * between 0xCF and 0xDB (Documentation/userspace-api/ioctl/ioctl-number.rst,
 * looked at for 6.1 and a later one), and not in the user headers of 5.10 to 7.3.
 */
#define KMSGPIPE_IOC_MAGIC	0xD5

/* Grows with each addition to what stands here; see GET_VERSION. */
#define KMSGPIPE_ABI		1

/* What a pipe carries; fixed while it holds data. */
#define KMSGPIPE_MODE_MESSAGE	0	/* messages with boundaries */
#define KMSGPIPE_MODE_STREAM	1	/* a FIFO of bytes */

/* What a read of an empty pipe does. */
#define KMSGPIPE_EOF_NEVER	0	/* wait */
#define KMSGPIPE_EOF_EMPTY	1	/* end of file */
#define KMSGPIPE_EOF_HANGUP	2	/* as fifo(7): wait for the last writer */

#define KMSGPIPE_NAME_MAX	32	/* bytes in a name, with its NUL */
#define KMSGPIPE_PRIO_MAX	31	/* the highest priority; 0 is the lowest */
#define KMSGPIPE_TTL_NEVER	0xffffffffU /* a message that does not expire */

/**
 * struct kmsgpipe_config - what a new pipe is to be
 * @size: sizeof(struct kmsgpipe_config)
 * @flags: 0
 * @mode: KMSGPIPE_MODE_*; ~0: the module's default
 * @eof: KMSGPIPE_EOF_*
 * @max_msgs: messages it holds, 1 to 65536; 0: the module's default
 * @msg_size: bytes in one message, 1 to 1048576; 0: the module's default
 * @max_bytes: bytes it holds, 1 to 268435456; 0: the module's default
 * @ttl_ms: life of a message in milliseconds; 0: the module's default (which is
 *	for ever, unless changed); KMSGPIPE_TTL_NEVER: for ever
 * @uid: owner of the device node; ~0: root
 * @gid: group of the device node; ~0: left to udev (kmsgpipe)
 * @perm: permissions of the device node, up to 0777; 0: 0660
 * @index: on return the N of /dev/kmsgpipeN
 * @name: letters, digits, '.', '_' and '-', not beginning with '.', '-' or
 *	kmsgpipe and a digit, unique among pipes, NUL-terminated; empty: no
 *	name
 */
struct kmsgpipe_config {
	__u32 size;
	__u32 flags;
	__u32 mode;
	__u32 eof;
	__u32 max_msgs;
	__u32 msg_size;
	__u32 max_bytes;
	__u32 ttl_ms;
	__u32 uid;
	__u32 gid;
	__u32 perm;
	__u32 index;
	char name[KMSGPIPE_NAME_MAX];
};

/**
 * struct kmsgpipe_remove - which pipe to remove
 * @size: sizeof(struct kmsgpipe_remove)
 * @index: the N of /dev/kmsgpipeN
 */
struct kmsgpipe_remove {
	__u32 size;
	__u32 index;
};

/*
 * Commands on /dev/kmsgpipe-control.
 */

/*
 * KMSGPIPE_CREATE: make a pipe; its device node is there on return.
 *
 * Argument: struct kmsgpipe_config, in and out
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM; EEXIST: the name is taken; ENOSPC: there are max_devices
 *	pipes; ENOMEM
 * Since: 0.1.0
 */
#define KMSGPIPE_CREATE		_IO(KMSGPIPE_IOC_MAGIC, 0x00)

/*
 * KMSGPIPE_REMOVE: take a pipe away; who has it open reads what is left, and
 * then gets ENODEV.
 *
 * Argument: struct kmsgpipe_remove, in
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM; ENODEV: there is no such pipe
 * Since: 0.1.0
 */
#define KMSGPIPE_REMOVE		_IO(KMSGPIPE_IOC_MAGIC, 0x01)

/**
 * struct kmsgpipe_version - which driver this is
 * @size: sizeof(struct kmsgpipe_version)
 * @abi: KMSGPIPE_ABI of the header that the driver was built with
 * @major: first number of its version
 * @minor: the second
 * @patch: the third
 * @reserved: 0
 */
struct kmsgpipe_version {
	__u32 size;
	__u32 abi;
	__u32 major;
	__u32 minor;
	__u32 patch;
	__u32 reserved;
};

/**
 * struct kmsgpipe_info - settings and state of a pipe
 * @size: sizeof(struct kmsgpipe_info)
 * @index: the N of /dev/kmsgpipeN
 * @mode: KMSGPIPE_MODE_*
 * @eof: KMSGPIPE_EOF_*
 * @max_msgs: messages it holds
 * @msg_size: bytes in one message
 * @max_bytes: bytes it holds
 * @ttl_ms: life of a message in milliseconds; 0: for ever
 * @cleanup_enabled: 1 if expired messages are trimmed by themselves
 * @cleanup_interval_ms: how often, in milliseconds
 * @messages: messages in it; in stream mode 0
 * @bytes: bytes in it
 * @readers: files open for reading
 * @writers: files open for writing
 * @last_cleanup_ns: when it was trimmed last, CLOCK_REALTIME nanoseconds; 0:
 *	never
 * @name: its name, or empty
 * @files: files open, those for reading and writing once; not those of
 *	/proc
 * @waiting_readers: calls asleep for want of a message; not those in poll(2)
 * @waiting_writers: calls asleep for want of room; likewise
 * @reserved: 0
 */
struct kmsgpipe_info {
	__u32 size;
	__u32 index;
	__u32 mode;
	__u32 eof;
	__u32 max_msgs;
	__u32 msg_size;
	__u32 max_bytes;
	__u32 ttl_ms;
	__u32 cleanup_enabled;
	__u32 cleanup_interval_ms;
	__u32 messages;
	__u32 bytes;
	__u32 readers;
	__u32 writers;
	__u64 last_cleanup_ns;
	char name[KMSGPIPE_NAME_MAX];
	__u32 files;
	__u32 waiting_readers;
	__u32 waiting_writers;
	__u32 reserved;
};

/**
 * struct kmsgpipe_stats - what a pipe has done since it was created
 * @size: sizeof(struct kmsgpipe_stats)
 * @reserved: 0
 * @sent: messages queued; in stream mode writes, a long one in its parts
 * @received: messages delivered; in stream mode reads
 * @bytes_sent: bytes queued
 * @bytes_received: bytes delivered
 * @expired: messages dropped because their time was over
 * @truncated: messages dropped by SET_LIMITS with TRUNCATE; in stream mode
 *	pieces of at most 4096 bytes
 * @cleared: messages dropped by CLEAR_QUEUE; in stream mode as above
 * @reader_wakeups: times that a sleeping reader was woken
 * @writer_wakeups: times that a sleeping writer was woken
 * @faults: times that a page was missing in a small read or write
 * @max_messages: most messages held at a time; in stream mode 0
 * @max_bytes: most bytes held at a time
 *
 * sent = received + expired + truncated + cleared + what is queued, always, in
 * message mode.
 */
struct kmsgpipe_stats {
	__u32 size;
	__u32 reserved;
	__u64 sent;
	__u64 received;
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 expired;
	__u64 truncated;
	__u64 cleared;
	__u64 reader_wakeups;
	__u64 writer_wakeups;
	__u64 faults;
	__u64 max_messages;
	__u64 max_bytes;
};

/**
 * struct kmsgpipe_count - the answer of a command that drops messages
 * @size: sizeof(struct kmsgpipe_count)
 * @count: on return, messages dropped
 */
struct kmsgpipe_count {
	__u32 size;
	__u32 count;
};

/* Drop at once, newest first, what is over the new limits. */
#define KMSGPIPE_LIMITS_TRUNCATE	0x1

/**
 * struct kmsgpipe_set_limits - how much a pipe takes
 * @size: sizeof(struct kmsgpipe_set_limits)
 * @flags: KMSGPIPE_LIMITS_TRUNCATE; without it what is queued stays, and
 *	writers wait until there is room
 * @max_msgs: as in struct kmsgpipe_config; 0: as it is
 * @msg_size: likewise
 * @max_bytes: likewise
 * @truncated: on return, messages dropped
 */
struct kmsgpipe_set_limits {
	__u32 size;
	__u32 flags;
	__u32 max_msgs;
	__u32 msg_size;
	__u32 max_bytes;
	__u32 truncated;
};

/**
 * struct kmsgpipe_set - one setting
 * @size: sizeof(struct kmsgpipe_set)
 * @value: its new value
 */
struct kmsgpipe_set {
	__u32 size;
	__u32 value;
};

/**
 * struct kmsgpipe_set_cleanup - trimming of expired messages
 * @size: sizeof(struct kmsgpipe_set_cleanup)
 * @enable: 1: trim by itself; 0: only when somebody reads, or asks
 * @interval_ms: how often, 10 to 3600000; 0: as it is
 * @reserved: 0
 */
struct kmsgpipe_set_cleanup {
	__u32 size;
	__u32 enable;
	__u32 interval_ms;
	__u32 reserved;
};

/**
 * struct kmsgpipe_set_node - whose the device node is
 * @size: sizeof(struct kmsgpipe_set_node)
 * @uid: its owner; ~0: as it is
 * @gid: its group; ~0: as it is
 * @perm: its permissions, up to 0777; 0: as they are
 */
struct kmsgpipe_set_node {
	__u32 size;
	__u32 uid;
	__u32 gid;
	__u32 perm;
};

/* Answer EAGAIN instead of waiting, as if the file had O_NONBLOCK. */
#define KMSGPIPE_IO_NONBLOCK	0x1
/* RECV only: leave the message where it is. */
#define KMSGPIPE_IO_PEEK	0x2

/**
 * struct kmsgpipe_message - one message with all that it carries
 * @size: sizeof(struct kmsgpipe_message)
 * @flags: KMSGPIPE_IO_*
 * @buf: address of the payload
 * @len: bytes there; RECV returns the bytes in the message
 * @prio: 0 to KMSGPIPE_PRIO_MAX; a higher one is read first
 * @ttl_ms: SEND: life in milliseconds; 0: the pipe's; KMSGPIPE_TTL_NEVER: for
 *	ever. RECV returns what is left, or KMSGPIPE_TTL_NEVER
 * @pid: RECV returns the sender's process ID as the caller sees it; 0 if
 *	it cannot
 * @uid: RECV returns the sender's effective user ID as the caller sees it
 * @reserved: 0
 * @seq: SEND and RECV return the message's number, from 0 in order of sending
 * @sent_ns: RECV returns when it was sent, CLOCK_REALTIME nanoseconds, at the
 *	last tick before (some milliseconds)
 *
 * For SEND what only RECV returns (pid, uid, sent_ns) must be 0.
 */
struct kmsgpipe_message {
	__u32 size;
	__u32 flags;
	__u64 buf;
	__u32 len;
	__u32 prio;
	__u32 ttl_ms;
	__u32 pid;
	__u32 uid;
	__u32 reserved;
	__u64 seq;
	__u64 sent_ns;
};

/* The most entries in a batch. */
#define KMSGPIPE_BATCH_MAX	256

/**
 * struct kmsgpipe_batch - several messages
 * @size: sizeof(struct kmsgpipe_batch)
 * @flags: 0 or KMSGPIPE_IO_NONBLOCK
 * @entries: address of an array of struct kmsgpipe_message; all have the same
 *	size, in which one follows the other, and no flags
 * @count: entries there, 1 to KMSGPIPE_BATCH_MAX; on success, how many were
 *	done, from the first on
 * @reserved: 0
 */
struct kmsgpipe_batch {
	__u32 size;
	__u32 flags;
	__u64 entries;
	__u32 count;
	__u32 reserved;
};

/*
 * Commands on /dev/kmsgpipeN; GET_VERSION also on /dev/kmsgpipe-control.
 */

/*
 * KMSGPIPE_GET_VERSION: tell which driver this is.
 *
 * Argument: struct kmsgpipe_version, out
 * Privilege: none
 * Errors: none
 * Since: 0.1.0
 */
#define KMSGPIPE_GET_VERSION	_IO(KMSGPIPE_IOC_MAGIC, 0x10)

/*
 * KMSGPIPE_GET_INFO: tell settings and state, all of one moment.
 *
 * Argument: struct kmsgpipe_info, out
 * Privilege: none
 * Errors: none
 * Since: 0.1.0
 */
#define KMSGPIPE_GET_INFO	_IO(KMSGPIPE_IOC_MAGIC, 0x11)

/*
 * KMSGPIPE_GET_STATS: tell what the pipe has done, all of one moment.
 *
 * Argument: struct kmsgpipe_stats, out
 * Privilege: none
 * Errors: none
 * Since: 0.1.0
 */
#define KMSGPIPE_GET_STATS	_IO(KMSGPIPE_IOC_MAGIC, 0x12)

/*
 * KMSGPIPE_CLEAR_QUEUE: drop all that is queued.
 *
 * Argument: struct kmsgpipe_count, out
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM
 * Since: 0.1.0
 */
#define KMSGPIPE_CLEAR_QUEUE	_IO(KMSGPIPE_IOC_MAGIC, 0x13)

/*
 * KMSGPIPE_SET_LIMITS: change how much the pipe takes.
 *
 * Argument: struct kmsgpipe_set_limits, in and out
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM
 * Since: 0.1.0
 */
#define KMSGPIPE_SET_LIMITS	_IO(KMSGPIPE_IOC_MAGIC, 0x14)

/*
 * KMSGPIPE_SET_TTL: change ttl_ms of the messages to come.
 *
 * Argument: struct kmsgpipe_set, in
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM
 * Since: 0.1.0
 */
#define KMSGPIPE_SET_TTL	_IO(KMSGPIPE_IOC_MAGIC, 0x15)

/*
 * KMSGPIPE_SET_CLEANUP: change how expired messages are trimmed.
 *
 * Argument: struct kmsgpipe_set_cleanup, in
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM
 * Since: 0.1.0
 */
#define KMSGPIPE_SET_CLEANUP	_IO(KMSGPIPE_IOC_MAGIC, 0x16)

/*
 * KMSGPIPE_TRIGGER_CLEANUP: drop what has expired, now.
 *
 * Argument: struct kmsgpipe_count, out
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM
 * Since: 0.1.0
 */
#define KMSGPIPE_TRIGGER_CLEANUP _IO(KMSGPIPE_IOC_MAGIC, 0x17)

/*
 * KMSGPIPE_SET_EOF: change what a read of the empty pipe does, to
 * KMSGPIPE_EOF_*.
 *
 * Argument: struct kmsgpipe_set, in
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM
 * Since: 0.1.0
 */
#define KMSGPIPE_SET_EOF	_IO(KMSGPIPE_IOC_MAGIC, 0x18)

/*
 * KMSGPIPE_SET_MODE: change what the pipe carries, to KMSGPIPE_MODE_*.
 *
 * Argument: struct kmsgpipe_set, in
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM; EBUSY: the pipe holds data
 * Since: 0.1.0
 */
#define KMSGPIPE_SET_MODE	_IO(KMSGPIPE_IOC_MAGIC, 0x19)

/*
 * KMSGPIPE_SET_NODE: change to whom the device node belongs. udev is told, and
 * makes it so a moment later; without udev it is for the caller to change the
 * node itself. What only he changes lasts until udev hears of the device again.
 *
 * Argument: struct kmsgpipe_set_node, in
 * Privilege: CAP_SYS_ADMIN
 * Errors: EPERM; ENODEV: the pipe was removed
 * Since: 0.1.0
 */
#define KMSGPIPE_SET_NODE	_IO(KMSGPIPE_IOC_MAGIC, 0x1a)

/*
 * KMSGPIPE_SEND: send a message, as write(2) does.
 *
 * Argument: struct kmsgpipe_message, in and out
 * Privilege: open for writing
 * Errors: EBADF: not open for writing; EINVAL: also in stream mode; EMSGSIZE:
 *	the pipe takes no such message; EAGAIN: full, and not to wait; EINTR;
 *	ENOSPC: all pipes together hold total_bytes; ENOMEM; EPIPE: nobody
 *	can read it, with KMSGPIPE_EOF_HANGUP; ENODEV: the pipe was removed
 * Since: 0.1.0
 */
#define KMSGPIPE_SEND		_IO(KMSGPIPE_IOC_MAGIC, 0x20)

/*
 * KMSGPIPE_RECV: receive the next message, as read(2) does, or look at it. At
 * the end of file len is 0.
 *
 * Argument: struct kmsgpipe_message, in and out
 * Privilege: open for reading
 * Errors: EBADF: not open for reading; EINVAL: also in stream mode; EMSGSIZE:
 *	the buffer is too small, len says what it takes; EAGAIN: empty, and
 *	not to wait; EINTR; ENODEV: the pipe was removed and is empty
 * Since: 0.1.0
 */
#define KMSGPIPE_RECV		_IO(KMSGPIPE_IOC_MAGIC, 0x21)

/*
 * KMSGPIPE_SEND_BATCH: send as many of the entries as can go now, in order. Waits
 * only until the first can go, and stops at the first that cannot: an error is
 * returned if that is the first of all, else the next call meets it again. An
 * entry that is not valid is EINVAL, and one that cannot be read or written back
 * EFAULT, before anything is sent. The messages become readable all at once.
 *
 * Argument: struct kmsgpipe_batch, in and out
 * Privilege: open for writing
 * Errors: as SEND, of the first entry
 * Since: 0.1.0
 */
#define KMSGPIPE_SEND_BATCH	_IO(KMSGPIPE_IOC_MAGIC, 0x22)

/*
 * KMSGPIPE_RECV_BATCH: receive as many messages as there are and the entries
 * take, in the order of RECV. Waits only until there is one, and stops at the
 * first that has no room or cannot be delivered, which stays with those after it
 * where it was: an error is returned if that is the first of all. An entry that
 * is not valid is EINVAL before anything is received. With EMSGSIZE the first
 * entry's len says what the message takes; at the end of file count is 0.
 *
 * Argument: struct kmsgpipe_batch, in and out
 * Privilege: open for reading
 * Errors: as RECV, of the first entry; ENOMEM
 * Since: 0.1.0
 */
#define KMSGPIPE_RECV_BATCH	_IO(KMSGPIPE_IOC_MAGIC, 0x23)

#endif /* _UAPI_LINUX_KMSGPIPE_H */
