// SPDX-License-Identifier: GPL-2.0
/*
 * heartbeat: a sample of sending to a kmsgpipe from another module. It sends a
 * message when it is loaded, from process context, and then one at an interval,
 * from a timer, which may not sleep.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kmsgpipe.h>
#include <linux/module.h>
#include <linux/timer.h>

static char *pipe = "kmsgpipe0";
module_param(pipe, charp, 0444);
MODULE_PARM_DESC(pipe, "the pipe to send to, by name or as kmsgpipeN (default kmsgpipe0)");

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "time from beat to beat, in milliseconds (default 1000)");

static unsigned int beats;
module_param(beats, uint, 0444);
MODULE_PARM_DESC(beats, "beats to send, 0: for ever (default 0)");

/* The longest message, and how many may wait for room in the pipe. */
#define HEARTBEAT_SIZE	32
#define HEARTBEAT_COUNT	16

static struct kmsgpipe *heartbeat_pipe;
static struct kmsgpipe_sender *heartbeat_sender;
static struct timer_list heartbeat_timer;

/* The timer's alone, and the exit's when that has stopped. */
static unsigned int heartbeat_beat;
static unsigned int heartbeat_missed;

static void heartbeat_tick(struct timer_list *timer)
{
	char text[HEARTBEAT_SIZE];
	int len = scnprintf(text, sizeof(text), "beat %u\n", heartbeat_beat);

	if (kmsgpipe_sender_send(heartbeat_sender, text, len, 0, 0))
		heartbeat_missed++;
	if (++heartbeat_beat != beats)
		mod_timer(timer, jiffies + msecs_to_jiffies(interval_ms));
}

static int __init heartbeat_init(void)
{
	static const char hello[] = "heartbeat begins\n";
	ssize_t ret;

	heartbeat_pipe = kmsgpipe_get(pipe);
	if (IS_ERR(heartbeat_pipe)) {
		ret = PTR_ERR(heartbeat_pipe);
		pr_err("cannot get %s: error %zd\n", pipe, -ret);
		/* insmod takes ENOENT for a missing symbol. */
		return ret == -ENOENT ? -ENODEV : ret;
	}

	ret = kmsgpipe_send_kernel(heartbeat_pipe, hello, sizeof(hello) - 1,
				   0, 0, true);
	if (ret < 0)
		goto put;

	heartbeat_sender = kmsgpipe_sender_create(heartbeat_pipe,
						  HEARTBEAT_COUNT,
						  HEARTBEAT_SIZE);
	if (IS_ERR(heartbeat_sender)) {
		ret = PTR_ERR(heartbeat_sender);
		goto put;
	}

	timer_setup(&heartbeat_timer, heartbeat_tick, 0);
	mod_timer(&heartbeat_timer, jiffies + msecs_to_jiffies(interval_ms));
	return 0;

put:
	kmsgpipe_put(heartbeat_pipe);
	return ret;
}

static void __exit heartbeat_exit(void)
{
	unsigned long lost;

	timer_delete_sync(&heartbeat_timer);
	/* Not flushed: nobody may be reading, and old beats are worth nothing. */
	lost = kmsgpipe_sender_destroy(heartbeat_sender);
	kmsgpipe_put(heartbeat_pipe);
	pr_info("%u beats, %u not accepted, %lu lost\n", heartbeat_beat,
		heartbeat_missed, lost);
}

module_init(heartbeat_init);
module_exit(heartbeat_exit);

MODULE_DESCRIPTION("A sample of sending to a kmsgpipe from a module");
MODULE_AUTHOR("The kmsgpipe maintainers");
MODULE_LICENSE("GPL");
