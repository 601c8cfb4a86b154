/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place where a kernel version or feature is tested. Everything else
 * is written for the newest kernel; each entry says what changed and when, so
 * that it can go when its kernel does.
 */
#ifndef KMSGPIPE_COMPAT_H
#define KMSGPIPE_COMPAT_H

#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "kmsgpipe needs Linux 5.10 or newer"
#endif

/*
 * Bring user pages in and change nothing. Return how many bytes are out of
 * reach. 5.16 gave the kernel's own helpers this meaning; those before wrote to
 * the page or could not tell how far they came.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
static inline size_t kmsgpipe_page_rest(const char __user *uaddr, size_t size)
{
	return min_t(size_t, size, PAGE_SIZE - offset_in_page(uaddr));
}

static inline size_t kmsgpipe_fault_in_readable(const char __user *uaddr,
						size_t size)
{
	char c;

	while (size && !get_user(c, uaddr)) {
		size_t step = kmsgpipe_page_rest(uaddr, size);

		uaddr += step;
		size -= step;
	}
	(void)c;
	return size;
}

static inline size_t kmsgpipe_fault_in_writeable(char __user *uaddr,
						 size_t size)
{
	struct page *page;

	while (size && get_user_pages_fast((unsigned long)uaddr, 1, FOLL_WRITE,
					   &page) == 1) {
		size_t step = kmsgpipe_page_rest(uaddr, size);

		put_page(page);
		uaddr += step;
		size -= step;
	}
	return size;
}
#else
static inline size_t kmsgpipe_fault_in_readable(const char __user *uaddr,
						size_t size)
{
	return fault_in_readable(uaddr, size);
}

static inline size_t kmsgpipe_fault_in_writeable(char __user *uaddr,
						 size_t size)
{
	return fault_in_safe_writeable(uaddr, size);
}
#endif

/* 6.3 made the device a const argument of a device type's calls. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define KMSGPIPE_DEVICE_CONST
#else
#define KMSGPIPE_DEVICE_CONST const
#endif

/* 6.4 made class and attribute const arguments of a class attribute's calls. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define KMSGPIPE_CLASS_CONST
#else
#define KMSGPIPE_CLASS_CONST const
#endif

/* Nobody counts who uses a module that cannot be unloaded. */
static inline int kmsgpipe_module_users(void)
{
#ifdef CONFIG_MODULE_UNLOAD
	return module_refcount(THIS_MODULE);
#else
	return 0;
#endif
}

/* 5.11 got a name for this. */
#ifndef IRQ_WORK_INIT_HARD
#define IRQ_WORK_INIT_HARD(_func)				\
	((struct irq_work) {					\
		.flags = ATOMIC_INIT(IRQ_WORK_HARD_IRQ),	\
		.func = (_func),				\
	})
#endif

/* A write may ask for no SIGPIPE; 7.2 has this, 6.12 has not. */
#ifdef IOCB_NOSIGNAL
#define KMSGPIPE_IOCB_NOSIGNAL IOCB_NOSIGNAL
#else
#define KMSGPIPE_IOCB_NOSIGNAL 0
#endif

#endif /* KMSGPIPE_COMPAT_H */
