// SPDX-License-Identifier: GPL-2.0
/*
 * kmsgpipe: message queues behind character devices.
 *
 * Load and unload, module parameters, device numbers and the class. Where a
 * message goes is told in queue.h, io.h and pipe.h, from the bottom up.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "compat.h"
#include "control.h"
#include "debugfs.h"
#include "file.h"
#include "pipe.h"

/* For the tracepoints, which know a pipe by its queue. */
static u32 kmsgpipe_queue_index(const struct kmsgpipe_queue *q)
{
	return container_of(q, struct kmsgpipe, queue)->index;
}

#define CREATE_TRACE_POINTS
#include "trace.h"

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "pipes made at load, 1 to 256 (default 1)");

static unsigned int max_devices = KMSGPIPE_DEVICES_MAX;
module_param(max_devices, uint, 0444);
MODULE_PARM_DESC(max_devices,
		 "pipes there may be at a time, 1 to 256 (default 256)");

static char *mode = "message";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode,
		 "what pipes made at load carry, message or stream (default message)");

static unsigned int max_msgs = 1024;
module_param(max_msgs, uint, 0444);
MODULE_PARM_DESC(max_msgs,
		 "messages a pipe holds, 1 to 65536 (default 1024)");

static unsigned int msg_size = 4096;
module_param(msg_size, uint, 0444);
MODULE_PARM_DESC(msg_size,
		 "bytes in one message, 1 to 1048576 (default 4096)");

static unsigned int max_bytes = 1024 * 1024;
module_param(max_bytes, uint, 0444);
MODULE_PARM_DESC(max_bytes,
		 "bytes a pipe holds, 1 to 268435456 (default 1048576)");

static unsigned int total_bytes = 64 * 1024 * 1024;
module_param(total_bytes, uint, 0444);
MODULE_PARM_DESC(total_bytes,
		 "bytes of memory all pipes may use, 65536 to 1073741824 (default 67108864)");

static unsigned int ttl_ms;
module_param(ttl_ms, uint, 0444);
MODULE_PARM_DESC(ttl_ms,
		 "life of a message in milliseconds, 0: for ever, 0 to 4294967295 (default 0)");

static unsigned int cleanup_interval_ms = 1000;
module_param(cleanup_interval_ms, uint, 0444);
MODULE_PARM_DESC(cleanup_interval_ms,
		 "how often expired messages are trimmed, in milliseconds, 10 to 3600000 (default 1000)");

static const struct {
	const char *name;
	const unsigned int *value;
	struct kmsgpipe_range range;
} kmsgpipe_params[] = {
	{ "devices", &devices, { 1, KMSGPIPE_DEVICES_MAX } },
	{ "max_devices", &max_devices, { 1, KMSGPIPE_DEVICES_MAX } },
	{ "max_msgs", &max_msgs, KMSGPIPE_MAX_MSGS_RANGE },
	{ "msg_size", &msg_size, KMSGPIPE_MSG_SIZE_RANGE },
	{ "max_bytes", &max_bytes, KMSGPIPE_MAX_BYTES_RANGE },
	{ "total_bytes", &total_bytes, KMSGPIPE_TOTAL_BYTES_RANGE },
	{ "cleanup_interval_ms", &cleanup_interval_ms,
	  KMSGPIPE_INTERVAL_RANGE },
};

static const char * const kmsgpipe_modes[] = {
	[KMSGPIPE_MODE_MESSAGE] = "message",
	[KMSGPIPE_MODE_STREAM] = "stream",
};

static struct class kmsgpipe_class = {
	.name		= "kmsgpipe",
};

static struct kmsgpipe_host kmsgpipe_host = {
	.class		= &kmsgpipe_class,
	.fops		= &kmsgpipe_fops,
	.added		= kmsgpipe_debugfs_add,
	.leaving	= kmsgpipe_debugfs_remove,
};

/* Checks all parameters, and fills in the defaults that they make. */
static int __init kmsgpipe_check_params(struct kmsgpipe_config *defaults)
{
	unsigned int i;
	int found;

	for (i = 0; i < ARRAY_SIZE(kmsgpipe_params); i++) {
		struct kmsgpipe_range range = kmsgpipe_params[i].range;
		unsigned int value = *kmsgpipe_params[i].value;

		if (!kmsgpipe_within(value, range)) {
			pr_err("%s=%u is out of range (%u..%u)\n",
			       kmsgpipe_params[i].name, value, range.min,
			       range.max);
			return -EINVAL;
		}
	}
	if (devices > max_devices) {
		pr_err("devices=%u is out of range (1..max_devices=%u)\n",
		       devices, max_devices);
		return -EINVAL;
	}
	found = match_string(kmsgpipe_modes, ARRAY_SIZE(kmsgpipe_modes), mode);
	if (found < 0) {
		pr_err("mode=%s is neither message nor stream\n", mode);
		return -EINVAL;
	}

	*defaults = (struct kmsgpipe_config) {
		.size = sizeof(*defaults),
		.mode = found,
		.max_msgs = max_msgs,
		.msg_size = msg_size,
		.max_bytes = max_bytes,
		.ttl_ms = ttl_ms,
		.uid = ~0U,
		.gid = ~0U,
	};
	return 0;
}

static int __init kmsgpipe_init(void)
{
	struct kmsgpipe_config config;
	unsigned int i;
	int err;

	err = kmsgpipe_check_params(&config);
	if (err)
		return err;
	kmsgpipe_total_bytes = total_bytes;
	kmsgpipe_host.defaults = config;
	kmsgpipe_host.max_devices = max_devices;
	kmsgpipe_host.cleanup_interval_ms = cleanup_interval_ms;

	err = kmsgpipe_expiry_init();
	if (err)
		return err;

	err = alloc_chrdev_region(&kmsgpipe_host.base, 0, KMSGPIPE_DEVICES_MAX,
				  "kmsgpipe");
	if (err)
		goto exit_expiry;

	err = class_register(&kmsgpipe_class);
	if (err)
		goto unregister_region;

	kmsgpipe_debugfs_init();
	kmsgpipe_pipes_init(&kmsgpipe_host);
	for (i = 0; i < devices; i++) {
		err = kmsgpipe_pipe_create(&config);
		if (err)
			goto exit_pipes;
	}

	err = kmsgpipe_control_init();
	if (err)
		goto exit_pipes;

	pr_info("loaded, version %s, %u pipe%s\n", KMSGPIPE_VERSION, devices,
		devices == 1 ? "" : "s");
	return 0;

exit_pipes:
	kmsgpipe_pipes_exit();
	kmsgpipe_debugfs_exit();
	class_unregister(&kmsgpipe_class);
unregister_region:
	unregister_chrdev_region(kmsgpipe_host.base, KMSGPIPE_DEVICES_MAX);
exit_expiry:
	kmsgpipe_expiry_exit();
	return err;
}

static void __exit kmsgpipe_exit(void)
{
	kmsgpipe_control_exit();
	kmsgpipe_pipes_exit();
	kmsgpipe_debugfs_exit();
	class_unregister(&kmsgpipe_class);
	unregister_chrdev_region(kmsgpipe_host.base, KMSGPIPE_DEVICES_MAX);
	kmsgpipe_expiry_exit();

	WARN(kmsgpipe_msg_memory(), "%ld bytes of messages leaked",
	     kmsgpipe_msg_memory());
	pr_info("unloaded\n");
}

module_init(kmsgpipe_init);
module_exit(kmsgpipe_exit);

MODULE_DESCRIPTION("Message queues behind character devices");
MODULE_AUTHOR("The kmsgpipe maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION(KMSGPIPE_VERSION);
