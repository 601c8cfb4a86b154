// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring by its system calls: what is submitted waits in the kernel without
 * a thread, and nothing is lost when it is taken back.
 *
 * The numbers that not every <linux/io_uring.h> has stand here; what a kernel
 * does not have it refuses, and that is looked at, too.
 */
#include <linux/io_uring.h>

#include "own.h"

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup	425
#define SYS_io_uring_enter	426
#define SYS_io_uring_register	427
#endif

#define OP_PROVIDE_BUFFERS	31
#define OP_READ_MULTISHOT	49
#define POLL_MULTISHOT		1	/* in sqe->len */
#define CQE_HAS_BUFFER		1
#define CQE_MORE		2
#define CQE_BUFFER_SHIFT	16

static int fd, blocking;

static struct {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned int queued;
} ring;

static void *map_ring(size_t size, off_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       offset);

	if (p == MAP_FAILED)
		die("mmap of the ring");
	return p;
}

static void make_ring(void)
{
	struct io_uring_params p = { .flags = 0 };
	char *sq, *cq;

	ring.fd = syscall(SYS_io_uring_setup, 16, &p);
	if (ring.fd < 0)
		die("io_uring_setup");
	sq = map_ring(p.sq_off.array + p.sq_entries * sizeof(unsigned int),
		      IORING_OFF_SQ_RING);
	cq = map_ring(p.cq_off.cqes +
		      p.cq_entries * sizeof(struct io_uring_cqe),
		      IORING_OFF_CQ_RING);
	ring.sqes = map_ring(p.sq_entries * sizeof(struct io_uring_sqe),
			     IORING_OFF_SQES);
	ring.sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	ring.sq_mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	ring.sq_array = (unsigned int *)(sq + p.sq_off.array);
	ring.cq_head = (unsigned int *)(cq + p.cq_off.head);
	ring.cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	ring.cq_mask = (unsigned int *)(cq + p.cq_off.ring_mask);
	ring.cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	ring.queued = 0;
}

/* Put one more into the ring; submit() hands over all. */
static struct io_uring_sqe *queue(int op, int file, const void *addr,
				  unsigned int len, uint64_t user_data)
{
	unsigned int index = *ring.sq_tail & *ring.sq_mask;
	struct io_uring_sqe *sqe = &ring.sqes[index];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = op;
	sqe->fd = file;
	sqe->addr = (uintptr_t)addr;
	sqe->len = len;
	sqe->user_data = user_data;
	ring.sq_array[index] = index;
	__atomic_store_n(ring.sq_tail, *ring.sq_tail + 1, __ATOMIC_RELEASE);
	ring.queued++;
	return sqe;
}

static void submit(void)
{
	check_ret(syscall(SYS_io_uring_enter, ring.fd, ring.queued, 0, 0, NULL,
			  0), ring.queued);
	ring.queued = 0;
}

static int completed(void)
{
	return *ring.cq_head !=
	       __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE);
}

/* Nothing is done yet; entering lets the kernel finish what it can. */
static void check_pending(void)
{
	syscall(SYS_io_uring_enter, ring.fd, 0, 0, IORING_ENTER_GETEVENTS,
		NULL, 0);
	check_true(!completed());
}

/* What a completion says. */
struct completion {
	uint64_t user_data;
	int res;
	unsigned int flags;
};

static struct completion next_completion(void)
{
	struct completion result;
	struct io_uring_cqe *cqe;

	while (!completed())
		if (syscall(SYS_io_uring_enter, ring.fd, 0, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0 &&
		    errno != EINTR)
			die("io_uring_enter");
	cqe = &ring.cqes[*ring.cq_head & *ring.cq_mask];
	result = (struct completion){ cqe->user_data, cqe->res, cqe->flags };
	__atomic_store_n(ring.cq_head, *ring.cq_head + 1, __ATOMIC_RELEASE);
	return result;
}

#define check_completion(data, result) \
	(test_at(__FILE__, __LINE__, "completion of " #data), \
	 test_check_completion((data), (result)))

static void test_check_completion(uint64_t data, int result)
{
	struct completion cqe = next_completion();

	test_check_eq(cqe.user_data, data);
	test_check_eq(cqe.res, result);
}

static int supported(int op)
{
	struct {
		struct io_uring_probe probe;
		struct io_uring_probe_op ops[256];
	} p;

	memset(&p, 0, sizeof(p));
	check_ret(syscall(SYS_io_uring_register, ring.fd,
			  IORING_REGISTER_PROBE, &p, 256), 0);
	return op <= p.probe.last_op &&
	       (p.ops[op].flags & IO_URING_OP_SUPPORTED);
}

static void start(uint32_t max_msgs)
{
	own_pipe(CONFIG(.max_msgs = max_msgs));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
	make_ring();
}

static void transfer(void)
{
	unsigned char data[4000], got[4096];
	struct iovec in[] = { { data, 10 }, { data + 10, 3990 } };
	struct iovec spread[] = { { got, 1 }, { got + 1, sizeof(got) - 1 } };

	start(2);
	fill_bytes(data, sizeof(data), 1);
	queue(IORING_OP_WRITE, blocking, data, 64, 1);
	submit();
	check_completion(1, 64);
	queue(IORING_OP_WRITEV, blocking, in, 2, 2);
	submit();
	check_completion(2, 4000);
	check_eq(get_info(fd).messages, 2);
	queue(IORING_OP_READ, blocking, got, sizeof(got), 3);
	submit();
	check_completion(3, 64);
	check_bytes(got, data, 64);
	queue(IORING_OP_READ, blocking, got, 64, 4);
	submit();
	check_completion(4, -EMSGSIZE);
	queue(IORING_OP_READV, blocking, spread, 2, 5);
	submit();
	check_completion(5, 4000);
	check_bytes(got, data, 4000);

	/* RWF_NOWAIT: no waiting. (O_NONBLOCK alone makes the ring poll.) */
	queue(IORING_OP_READ, blocking, got, sizeof(got), 6)->rw_flags =
		RWF_NOWAIT;
	submit();
	check_completion(6, -EAGAIN);
}

/* A read that has to wait does, and so does a write. */
static void waits(void)
{
	unsigned char got[64];

	start(1);
	queue(IORING_OP_READ, blocking, got, sizeof(got), 1);
	submit();
	check_pending();
	check_send(fd, "first", 5);
	check_completion(1, 5);
	check_bytes(got, "first", 5);

	check_send(fd, "full", 4);
	queue(IORING_OP_WRITE, blocking, "next", 4, 2);
	submit();
	check_pending();
	check_receive(fd, "full", 4);
	check_completion(2, 4);
	check_receive(fd, "next", 4);

	/* Two wait for one message each. */
	queue(IORING_OP_READ, blocking, got, 8, 3);
	queue(IORING_OP_READ, blocking, got + 8, 8, 4);
	submit();
	check_pending();
	check_send(fd, "a", 1);
	check_eq(next_completion().res, 1);
	check_pending();
	check_send(fd, "b", 1);
	check_eq(next_completion().res, 1);
	check_true(got[0] + got[8] == 'a' + 'b');
}

static void polls(void)
{
	start(1);
	queue(IORING_OP_POLL_ADD, fd, NULL, 0, 1)->poll_events = POLLIN;
	submit();
	check_pending();
	check_send(fd, "x", 1);
	check_completion(1, POLLIN);

	queue(IORING_OP_POLL_ADD, fd, NULL, 0, 2)->poll_events = POLLOUT;
	submit();
	check_pending();
	check_receive(fd, "x", 1);
	check_completion(2, POLLOUT);
}

/*
 * One request, an event for each message. Before 5.13 there is no such thing;
 * before 5.19 (whose io_uring late 5.10 kernels have a forerunner of) a file with
 * two wait queues gets one event, and may be told that there are more.
 */
static void polls_on(void)
{
	struct completion cqe;
	int i;

	start(10);
	queue(IORING_OP_POLL_ADD, fd, NULL, POLL_MULTISHOT, 1)->poll_events =
		POLLIN;
	submit();
	if (kernel_before(5, 19)) {
		check_send(fd, "x", 1);
		cqe = next_completion();
		check_eq(cqe.user_data, 1);
		check_true(cqe.res == -EINVAL || cqe.res == POLLIN);
		return;
	}
	for (i = 0; i < 3; i++) {
		context("message %d", i);
		check_pending();
		check_send(fd, "x", 1);
		test_at(__FILE__, __LINE__, "an event");
		cqe = next_completion();
		check_eq(cqe.user_data, 1);
		check_eq(cqe.res, POLLIN);
		check_true(cqe.flags & CQE_MORE);
	}
}

/* One request, a completion with its message for each; since 6.7. */
static void reads_on(void)
{
	enum { BUFFERS = 8, SIZE = 64 };
	static char buffers[BUFFERS][SIZE];
	struct io_uring_sqe *sqe;
	struct completion cqe;
	char text[SIZE];
	int i;

	start(10);
	sqe = queue(OP_PROVIDE_BUFFERS, BUFFERS, buffers, SIZE, 1);
	sqe->buf_group = 7;
	submit();
	cqe = next_completion();
	check_true(cqe.res >= 0);

	sqe = queue(OP_READ_MULTISHOT, blocking, NULL, 0, 2);
	sqe->flags = IOSQE_BUFFER_SELECT;
	sqe->buf_group = 7;
	submit();
	if (!supported(OP_READ_MULTISHOT)) {
		check_true(kernel_before(6, 7));
		check_completion(2, -EINVAL);
		/* And nothing was taken. */
		check_send(fd, "x", 1);
		check_receive(fd, "x", 1);
		return;
	}
	for (i = 0; i < 5; i++) {
		context("message %d", i);
		check_pending();
		snprintf(text, sizeof(text), "message %d", i);
		check_send(fd, text, strlen(text));
		test_at(__FILE__, __LINE__, "a completion");
		cqe = next_completion();
		check_eq(cqe.user_data, 2);
		check_eq(cqe.res, strlen(text));
		check_true(cqe.flags & CQE_MORE);
		check_true(cqe.flags & CQE_HAS_BUFFER);
		check_bytes(buffers[cqe.flags >> CQE_BUFFER_SHIFT], text,
			    strlen(text));
	}
	check_empty(fd);
}

/* A read that is given up takes no message with it. */
static void gives_up(void)
{
	struct ktime {
		int64_t sec;
		long long nsec;
	} soon = { 0, 20000000 };
	struct completion cqe;
	char got[64];
	int i;

	start(10);
	for (i = 0; i < 20; i++) {
		context("timeout %d", i);
		queue(IORING_OP_READ, blocking, got, sizeof(got), 1)->flags =
			IOSQE_IO_LINK;
		queue(IORING_OP_LINK_TIMEOUT, -1, &soon, 1, 2);
		submit();
		/* Now and then the message comes about when time is up. */
		if (i >= 10)
			nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
		if (i >= 10)
			check_send(fd, "close", 5);
		cqe = next_completion();
		if (cqe.user_data == 2)
			cqe = next_completion();
		else
			next_completion();
		if (cqe.res == 5 && i >= 10)
			continue;
		check_true(cqe.res == -ECANCELED || cqe.res == -EINTR);
		if (i < 10)
			check_send(fd, "close", 5);
		check_receive(fd, "close", 5);
	}

	context("cancelled");
	for (i = 0; i < 20; i++) {
		queue(IORING_OP_READ, blocking, got, sizeof(got), 3);
		submit();
		queue(IORING_OP_ASYNC_CANCEL, -1, (void *)3, 0, 4);
		submit();
		cqe = next_completion();
		if (cqe.user_data == 4)
			cqe = next_completion();
		else
			next_completion();
		check_eq(cqe.user_data, 3);
		check_true(cqe.res == -ECANCELED || cqe.res == -EINTR);
		check_send(fd, "kept", 4);
		check_receive(fd, "kept", 4);
	}
	check_empty(fd);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "transfer", transfer },
		{ "wait", waits },
		{ "poll", polls },
		{ "poll-multishot", polls_on },
		{ "read-multishot", reads_on },
		{ "give-up", gives_up },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
