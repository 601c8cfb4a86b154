/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_UFFD_H
#define KMSGPIPE_UFFD_H

/*
 * Memory whose first use stalls: a page fault there lasts until the test ends
 * it, by giving the page its bytes or by taking the mapping away. Root may have
 * faults of the kernel handled so as well, and these are what the tests want.
 */

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#include "selftest.h"

struct stall {
	int fd;
	unsigned char *page;
};

static inline struct stall stall_make(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct stall stall = {
		.fd = syscall(SYS_userfaultfd, O_CLOEXEC),
		.page = map_memory(page_size(), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1),
	};

	range.range.start = (uintptr_t)stall.page;
	range.range.len = page_size();
	if (stall.fd < 0 || ioctl(stall.fd, UFFDIO_API, &api) ||
	    ioctl(stall.fd, UFFDIO_REGISTER, &range))
		die("userfaultfd");
	return stall;
}

/* Wait until somebody is stalled. */
static inline void stall_wait(const struct stall *stall)
{
	struct uffd_msg msg;

	test_at(__FILE__, __LINE__, "somebody stalls in a page fault");
	test_check_ret(read(stall->fd, &msg, sizeof(msg)), sizeof(msg));
	test_check_eq(msg.event, UFFD_EVENT_PAGEFAULT);
}

/* Let him go on: the page has these bytes. */
static inline void stall_end(const struct stall *stall, const void *bytes)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)stall->page,
		.src = (uintptr_t)bytes,
		.len = page_size(),
	};

	test_at(__FILE__, __LINE__, "UFFDIO_COPY");
	test_check_ret(ioctl(stall->fd, UFFDIO_COPY, &copy), 0);
}

/* Let him fail: there is no page. */
static inline void stall_fail(const struct stall *stall)
{
	if (munmap(stall->page, page_size()) || close(stall->fd))
		die("end userfaultfd");
}

#endif /* KMSGPIPE_UFFD_H */
