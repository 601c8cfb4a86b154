// SPDX-License-Identifier: GPL-2.0
/*
 * For tests/selftests/kernel.c: does what another module can do with a pipe, in
 * the context that it is told. One line written to /dev/kerneltest is a command:
 *
 *	get NAME		kmsgpipe_get()
 *	put			kmsgpipe_put()
 *	create COUNT SIZE	kmsgpipe_sender_create()
 *	flush			kmsgpipe_sender_flush()
 *	destroy			kmsgpipe_sender_destroy()
 *	send CONTEXT COUNT SIZE PRIO TTL
 *		that many messages, numbered from 0: "PROCESSOR NUMBER ", and
 *		dots up to SIZE; until one is refused. Contexts: process and
 *		nonblock (kmsgpipe_send_kernel()), plain, lock, softirq,
 *		hardirq, all (hard interrupts on all processors at a time) and
 *		two (a hard interrupt on another processor; here preemptible
 *		between messages, so that what was sent goes on meanwhile).
 *
 * The write fails as the function does. A read gives how many messages the last
 * send had accepted, or what the last flush or destroy returned.
 */

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/kmsgpipe.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

#define SIZE_MAX_HERE	8192

static struct kmsgpipe *held;
static struct kmsgpipe_sender *sender;
static long result;

static DEFINE_RAW_SPINLOCK(kerneltest_lock);

/* One "send". */
struct job {
	u32 count;
	u32 size;
	u32 prio;
	u32 ttl_ms;
	bool nonblock;
	atomic_t accepted;
	atomic_t error;
	struct completion done;
	struct timer_list timer;
	struct irq_work irq;
};

/* A message for each processor. */
static char *texts;

static const char *message(struct job *job, int cpu, u32 n)
{
	char *text = texts + (size_t)cpu * SIZE_MAX_HERE;
	int len = scnprintf(text, SIZE_MAX_HERE, "%d %u ", cpu, n);

	memset(text + len, '.', SIZE_MAX_HERE - len);
	return text;
}

/* In any context that stays on its processor. */
static void send_all(struct job *job)
{
	int cpu = raw_smp_processor_id();
	u32 n;
	int err;

	for (n = 0; n < job->count; n++) {
		err = kmsgpipe_sender_send(sender, message(job, cpu, n),
					   job->size, job->prio, job->ttl_ms);
		if (err) {
			atomic_set(&job->error, err);
			return;
		}
		atomic_inc(&job->accepted);
	}
}

static void send_process(struct job *job)
{
	char *copy = kmalloc(SIZE_MAX_HERE, GFP_KERNEL);
	ssize_t ret;
	u32 n;

	for (n = 0; copy && n < job->count; n++) {
		memcpy(copy, message(job, 0, n), job->size);
		ret = kmsgpipe_send_kernel(held, copy, job->size, job->prio,
					   job->ttl_ms, job->nonblock);
		if (ret < 0) {
			atomic_set(&job->error, ret);
			break;
		}
		atomic_inc(&job->accepted);
	}
	kfree(copy);
}

static void send_nonblock(struct job *job)
{
	job->nonblock = true;
	send_process(job);
}

static void send_plain(struct job *job)
{
	preempt_disable();
	send_all(job);
	preempt_enable();
}

static void send_lock(struct job *job)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kerneltest_lock, flags);
	send_all(job);
	raw_spin_unlock_irqrestore(&kerneltest_lock, flags);
}

static void on_timer(struct timer_list *timer)
{
	struct job *job = container_of(timer, struct job, timer);

	WARN_ON(!in_serving_softirq());
	send_all(job);
	complete(&job->done);
}

static void send_softirq(struct job *job)
{
	init_completion(&job->done);
	timer_setup(&job->timer, on_timer, 0);
	mod_timer(&job->timer, jiffies);
	wait_for_completion(&job->done);
	timer_delete_sync(&job->timer);
}

static void on_irq(struct irq_work *irq)
{
	WARN_ON(!hardirq_count());
	send_all(container_of(irq, struct job, irq));
}

static void send_hardirq(struct job *job)
{
	init_irq_work(&job->irq, on_irq);
	irq_work_queue(&job->irq);
	irq_work_sync(&job->irq);
}

static void on_cpu(void *job)
{
	send_all(job);
}

static void send_on_all(struct job *job)
{
	on_each_cpu(on_cpu, job, 1);
}

static void on_other(void *info)
{
	struct job *job = info;

	send_all(job);
	complete(&job->done);
}

static void send_on_two(struct job *job)
{
	int here = get_cpu();
	u32 n;
	int err;

	init_completion(&job->done);
	err = smp_call_function_single(cpumask_any_but(cpu_online_mask, here),
				       on_other, job, 0);
	put_cpu();
	if (err) {
		atomic_set(&job->error, err);
		return;
	}
	for (n = 0; !err && n < job->count; n++) {
		err = kmsgpipe_sender_send(sender, message(job, here, n),
					   job->size, job->prio, job->ttl_ms);
		if (!err)
			atomic_inc(&job->accepted);
		cond_resched();
	}
	wait_for_completion(&job->done);
	if (err)
		atomic_set(&job->error, err);
}

static const struct {
	const char *name;
	void (*send)(struct job *job);
	bool atomic;
} contexts[] = {
	{ "process", send_process, false },
	{ "nonblock", send_nonblock, false },
	{ "plain", send_plain, true },
	{ "lock", send_lock, true },
	{ "softirq", send_softirq, true },
	{ "hardirq", send_hardirq, true },
	{ "all", send_on_all, true },
	{ "two", send_on_two, true },
};

static long do_send(const char *context, struct job *job)
{
	unsigned int i;

	if (job->size > SIZE_MAX_HERE)
		return -E2BIG;
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		if (strcmp(contexts[i].name, context))
			continue;
		if (contexts[i].atomic ? !sender : !held)
			return -EBADF;
		contexts[i].send(job);
		result = atomic_read(&job->accepted);
		return atomic_read(&job->error);
	}
	return -EOPNOTSUPP;
}

static long do_command(const char *line)
{
	struct job *job;
	u32 count, size;
	char word[64];
	long ret;

	if (sscanf(line, "get %63s", word) == 1) {
		struct kmsgpipe *got = kmsgpipe_get(word);

		if (IS_ERR(got))
			return PTR_ERR(got);
		held = got;
		return 0;
	}
	if (sscanf(line, "create %u %u", &count, &size) == 2) {
		struct kmsgpipe_sender *new = kmsgpipe_sender_create(held,
								     count,
								     size);

		if (IS_ERR(new))
			return PTR_ERR(new);
		sender = new;
		return 0;
	}
	if (!strncmp(line, "put", 3)) {
		kmsgpipe_put(held);
		held = NULL;
		return 0;
	}
	if (!strncmp(line, "flush", 5)) {
		result = kmsgpipe_sender_flush(sender);
		return min(result, 0L);
	}
	if (!strncmp(line, "destroy", 7)) {
		result = kmsgpipe_sender_destroy(sender);
		sender = NULL;
		return 0;
	}

	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	ret = -EOPNOTSUPP;
	if (sscanf(line, "send %63s %u %u %u %u", word, &job->count, &job->size,
		   &job->prio, &job->ttl_ms) == 5)
		ret = do_send(word, job);
	kfree(job);
	return ret;
}

static ssize_t kerneltest_write(struct file *file, const char __user *buf,
				size_t len, loff_t *ppos)
{
	char line[128];
	long ret;

	if (len >= sizeof(line))
		return -E2BIG;
	if (copy_from_user(line, buf, len))
		return -EFAULT;
	line[len] = 0;
	ret = do_command(line);
	return ret < 0 ? ret : len;
}

static ssize_t kerneltest_read(struct file *file, char __user *buf, size_t len,
			       loff_t *ppos)
{
	char line[32];
	int n = scnprintf(line, sizeof(line), "%ld\n", result);

	return simple_read_from_buffer(buf, len, ppos, line, n);
}

static const struct file_operations kerneltest_fops = {
	.owner	= THIS_MODULE,
	.read	= kerneltest_read,
	.write	= kerneltest_write,
};

static struct miscdevice kerneltest = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "kerneltest",
	.fops	= &kerneltest_fops,
	.mode	= 0600,
};

static int __init kerneltest_init(void)
{
	int err;

	texts = kvcalloc(nr_cpu_ids, SIZE_MAX_HERE, GFP_KERNEL);
	if (!texts)
		return -ENOMEM;
	err = misc_register(&kerneltest);
	if (err)
		kvfree(texts);
	return err;
}

static void __exit kerneltest_exit(void)
{
	misc_deregister(&kerneltest);
	kmsgpipe_sender_destroy(sender);
	if (held)
		kmsgpipe_put(held);
	kvfree(texts);
}

module_init(kerneltest_init);
module_exit(kerneltest_exit);

MODULE_DESCRIPTION("Test of kmsgpipe's functions for other modules");
MODULE_AUTHOR("The kmsgpipe maintainers");
MODULE_LICENSE("GPL");
