// SPDX-License-Identifier: GPL-2.0
/*
 * kmsgpipe: message queues behind character devices.
 *
 * Load and unload, module parameters, device numbers and the class. Where a
 * message goes is told in queue.h, io.h and pipe.h, from the bottom up.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "compat.h"
#include "control.h"
#include "debugfs.h"
#include "file.h"
#include "pipe.h"
#include "procfs.h"
#include "sysfs.h"

/* For the tracepoints, which know a pipe by its queue. */
static u32 kmsgpipe_queue_index(const struct kmsgpipe_queue *q)
{
	return container_of(q, struct kmsgpipe, queue)->index;
}

#define CREATE_TRACE_POINTS
#include "trace.h"

/*
 * Parameters. What is a default of pipes to come lies in kmsgpipe_host and may
 * be written at any time. Those given at load are taken as they come and checked
 * all together by kmsgpipe_init(), which says what is wrong; from then on each
 * is checked when it is written. kernel_param_lock() guards which it is.
 */
static bool kmsgpipe_params_checked;

static struct class kmsgpipe_class = {
	.name		= "kmsgpipe",
};

static struct kmsgpipe_host kmsgpipe_host = {
	.class		= &kmsgpipe_class,
	.fops		= &kmsgpipe_fops,
	.added		= kmsgpipe_debugfs_add,
	.leaving	= kmsgpipe_debugfs_remove,
	.lock		= __MUTEX_INITIALIZER(kmsgpipe_host.lock),
	.max_devices	= KMSGPIPE_DEVICES_MAX,
	.defaults	= {
		.mode		= KMSGPIPE_MODE_MESSAGE,
		.max_msgs	= 1024,
		.msg_size	= 4096,
		.max_bytes	= 1024 * 1024,
	},
	.cleanup_enabled = 1,
	.cleanup_interval_ms = 1000,
};

static u32 kmsgpipe_devices = 1;

/* A parameter that is a number. */
struct kmsgpipe_param {
	const char *name;
	u32 *value;
	struct kmsgpipe_range range;
};

static const struct kmsgpipe_param kmsgpipe_params[] = {
	{ "devices", &kmsgpipe_devices, { 1, KMSGPIPE_DEVICES_MAX } },
	{ "max_devices", &kmsgpipe_host.max_devices,
	  { 1, KMSGPIPE_DEVICES_MAX } },
	{ "max_msgs", &kmsgpipe_host.defaults.max_msgs,
	  KMSGPIPE_MAX_MSGS_RANGE },
	{ "msg_size", &kmsgpipe_host.defaults.msg_size,
	  KMSGPIPE_MSG_SIZE_RANGE },
	{ "max_bytes", &kmsgpipe_host.defaults.max_bytes,
	  KMSGPIPE_MAX_BYTES_RANGE },
	{ "total_bytes", &kmsgpipe_total_bytes, KMSGPIPE_TOTAL_BYTES_RANGE },
	{ "ttl_ms", &kmsgpipe_host.defaults.ttl_ms, { 0, U32_MAX } },
	{ "cleanup_interval_ms", &kmsgpipe_host.cleanup_interval_ms,
	  KMSGPIPE_INTERVAL_RANGE },
};

static const struct kmsgpipe_param *
kmsgpipe_param_find(const struct kernel_param *kp)
{
	const struct kmsgpipe_param *param = kmsgpipe_params;

	while (param->value != kp->arg)
		param++;
	return param;
}

/* How much of what was written, with a newline at the end, the log shows. */
static int kmsgpipe_param_shown(const char *val)
{
	return min_t(size_t, strcspn(val, "\n"), 32);
}

/* Changes a value that was found to be good. */
static int kmsgpipe_param_write(const char *name, u32 *where, u32 value)
{
	mutex_lock(&kmsgpipe_host.lock);
	WRITE_ONCE(*where, value);
	mutex_unlock(&kmsgpipe_host.lock);
	pr_debug("parameter %s=%u\n", name, value);
	return 0;
}

static int kmsgpipe_number_set(const char *val, const struct kernel_param *kp)
{
	const struct kmsgpipe_param *param = kmsgpipe_param_find(kp);
	u32 value;
	int err;

	err = kstrtou32(val, 0, &value);
	if (!kmsgpipe_params_checked) {
		/* The kernel says which parameter is no number. */
		if (err)
			return -EINVAL;
		*param->value = value;
		return 0;
	}

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (err || !kmsgpipe_within(value, param->range)) {
		pr_err("%s=%.*s is out of range (%u..%u)\n", param->name,
		       kmsgpipe_param_shown(val), val, param->range.min,
		       param->range.max);
		return -EINVAL;
	}
	return kmsgpipe_param_write(param->name, param->value, value);
}

static int kmsgpipe_number_get(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%u\n",
			 READ_ONCE(*kmsgpipe_param_find(kp)->value));
}

static const struct kernel_param_ops kmsgpipe_number_ops = {
	.set		= kmsgpipe_number_set,
	.get		= kmsgpipe_number_get,
};

/* A mode given at load that there is not. */
static char kmsgpipe_bad_mode[33];

static int kmsgpipe_mode_set(const char *val, const struct kernel_param *kp)
{
	u32 *mode = &kmsgpipe_host.defaults.mode;
	int found = sysfs_match_string(kmsgpipe_mode_names, val);

	if (!kmsgpipe_params_checked) {
		*mode = found < 0 ? KMSGPIPE_MODES : found;
		strscpy(kmsgpipe_bad_mode, val, sizeof(kmsgpipe_bad_mode));
		return 0;
	}

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (found < 0) {
		pr_err("mode=%.*s is neither message nor stream\n",
		       kmsgpipe_param_shown(val), val);
		return -EINVAL;
	}
	return kmsgpipe_param_write("mode", mode, found);
}

static int kmsgpipe_mode_get(char *buffer, const struct kernel_param *kp)
{
	u32 mode = READ_ONCE(kmsgpipe_host.defaults.mode);

	return scnprintf(buffer, PAGE_SIZE, "%s\n",
			 mode < KMSGPIPE_MODES ? kmsgpipe_mode_names[mode] :
						 kmsgpipe_bad_mode);
}

static const struct kernel_param_ops kmsgpipe_mode_ops = {
	.set		= kmsgpipe_mode_set,
	.get		= kmsgpipe_mode_get,
};

/* Permissions, in octal with or without a 0 in front. */
static int kmsgpipe_perm_set(const char *val, const struct kernel_param *kp)
{
	return kstrtou32(val, 8, kp->arg) ? -EINVAL : 0;
}

static int kmsgpipe_perm_get(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%04o\n", *(u32 *)kp->arg);
}

static const struct kernel_param_ops kmsgpipe_perm_ops = {
	.set		= kmsgpipe_perm_set,
	.get		= kmsgpipe_perm_get,
};

module_param_cb(devices, &kmsgpipe_number_ops, &kmsgpipe_devices, 0444);
__MODULE_PARM_TYPE(devices, "uint");
MODULE_PARM_DESC(devices, "pipes made at load, 1 to 256 (default 1)");

module_param_cb(max_devices, &kmsgpipe_number_ops,
		&kmsgpipe_host.max_devices, 0644);
__MODULE_PARM_TYPE(max_devices, "uint");
MODULE_PARM_DESC(max_devices,
		 "pipes there may be at a time, 1 to 256 (default 256)");

module_param_cb(mode, &kmsgpipe_mode_ops, NULL, 0644);
__MODULE_PARM_TYPE(mode, "charp");
MODULE_PARM_DESC(mode,
		 "what new pipes carry, message or stream (default message)");

module_param_cb(max_msgs, &kmsgpipe_number_ops,
		&kmsgpipe_host.defaults.max_msgs, 0644);
__MODULE_PARM_TYPE(max_msgs, "uint");
MODULE_PARM_DESC(max_msgs,
		 "messages a new pipe holds, 1 to 65536 (default 1024)");

module_param_cb(msg_size, &kmsgpipe_number_ops,
		&kmsgpipe_host.defaults.msg_size, 0644);
__MODULE_PARM_TYPE(msg_size, "uint");
MODULE_PARM_DESC(msg_size,
		 "bytes in one message of a new pipe, 1 to 1048576 (default 4096)");

module_param_cb(max_bytes, &kmsgpipe_number_ops,
		&kmsgpipe_host.defaults.max_bytes, 0644);
__MODULE_PARM_TYPE(max_bytes, "uint");
MODULE_PARM_DESC(max_bytes,
		 "bytes a new pipe holds, 1 to 268435456 (default 1048576)");

module_param_cb(total_bytes, &kmsgpipe_number_ops, &kmsgpipe_total_bytes, 0644);
__MODULE_PARM_TYPE(total_bytes, "uint");
MODULE_PARM_DESC(total_bytes,
		 "bytes of memory all pipes may use, 65536 to 1073741824 (default 67108864)");

module_param_cb(ttl_ms, &kmsgpipe_number_ops,
		&kmsgpipe_host.defaults.ttl_ms, 0644);
__MODULE_PARM_TYPE(ttl_ms, "uint");
MODULE_PARM_DESC(ttl_ms,
		 "life of a message of a new pipe in milliseconds, 0: for ever, 0 to 4294967295 (default 0)");

module_param_cb(cleanup_interval_ms, &kmsgpipe_number_ops,
		&kmsgpipe_host.cleanup_interval_ms, 0644);
__MODULE_PARM_TYPE(cleanup_interval_ms, "uint");
MODULE_PARM_DESC(cleanup_interval_ms,
		 "how often a new pipe is rid of expired messages, in milliseconds, 10 to 3600000 (default 1000)");

static char *proc_queue = "";
module_param(proc_queue, charp, 0444);
MODULE_PARM_DESC(proc_queue,
		 "name in /proc of pipe 0 as a text queue, up to 31 letters, digits, '.', '_' and '-' (default: none)");

static u32 proc_queue_mode = 0660;
module_param_cb(proc_queue_mode, &kmsgpipe_perm_ops, &proc_queue_mode, 0444);
__MODULE_PARM_TYPE(proc_queue_mode, "octal");
MODULE_PARM_DESC(proc_queue_mode,
		 "permissions of proc_queue, in octal, 1 to 0777 (default 0660)");

/* Checks all parameters; the first that is wrong is told. */
static int __init kmsgpipe_params_check(void)
{
	const struct kmsgpipe_range perms = { 1, 0777 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kmsgpipe_params); i++) {
		struct kmsgpipe_range range = kmsgpipe_params[i].range;
		u32 value = *kmsgpipe_params[i].value;

		if (!kmsgpipe_within(value, range)) {
			pr_err("%s=%u is out of range (%u..%u)\n",
			       kmsgpipe_params[i].name, value, range.min,
			       range.max);
			return -EINVAL;
		}
	}
	if (kmsgpipe_devices > kmsgpipe_host.max_devices) {
		pr_err("devices=%u is out of range (1..max_devices=%u)\n",
		       kmsgpipe_devices, kmsgpipe_host.max_devices);
		return -EINVAL;
	}
	if (kmsgpipe_host.defaults.mode >= KMSGPIPE_MODES) {
		pr_err("mode=%s is neither message nor stream\n",
		       kmsgpipe_bad_mode);
		return -EINVAL;
	}
	/* What begins with a digit is a process there. */
	if (!kmsgpipe_name_valid(proc_queue) || isdigit(proc_queue[0])) {
		pr_err("proc_queue=%.32s is not up to 31 letters, digits, '.', '_' and '-', beginning with no '.', '-', digit or kmsgpipe and a digit\n",
		       proc_queue);
		return -EINVAL;
	}
	if (!kmsgpipe_within(proc_queue_mode, perms)) {
		pr_err("proc_queue_mode=%04o is out of range (%04o..%04o)\n",
		       proc_queue_mode, perms.min, perms.max);
		return -EINVAL;
	}
	return 0;
}

/* Makes a pipe with all the defaults. */
static int __init kmsgpipe_create_default(void)
{
	struct kmsgpipe_config config = {
		.size = sizeof(config),
		.mode = ~0U,
		.uid = ~0U,
		.gid = ~0U,
	};

	return kmsgpipe_pipe_create(&config);
}

/*
 * A load that fails frees the module without asking who uses it. The load itself
 * does, and whoever was about to open a pipe, sees that it is gone, and leaves.
 * Only a user of the tracepoints may take longer.
 */
static void __init kmsgpipe_wait_unused(void)
{
	unsigned int i;

	for (i = 0; kmsgpipe_module_users() > 1; i++) {
		if (i == 250)
			pr_warn("the load has failed, and ends when nobody uses the tracepoints any more\n");
		msleep(20);
	}
}

static int __init kmsgpipe_init(void)
{
	unsigned int i;
	int err;

	kernel_param_lock(THIS_MODULE);
	err = kmsgpipe_params_check();
	kmsgpipe_params_checked = !err;
	kernel_param_unlock(THIS_MODULE);
	if (err)
		return err;

	if (proc_queue[0] && kmsgpipe_procfs_taken(proc_queue)) {
		pr_err("proc_queue=%s is taken in /proc\n", proc_queue);
		/* For modprobe, EEXIST means that the module is loaded. */
		return -EINVAL;
	}

	err = kmsgpipe_expiry_init();
	if (err)
		return err;

	err = alloc_chrdev_region(&kmsgpipe_host.base, 0, KMSGPIPE_DEVICES_MAX,
				  "kmsgpipe");
	if (err)
		goto exit_expiry;

	kmsgpipe_pipes_init(&kmsgpipe_host);
	kmsgpipe_sysfs_init(&kmsgpipe_host);
	err = class_register(&kmsgpipe_class);
	if (err)
		goto unregister_region;

	for (i = 0; i < kmsgpipe_devices; i++) {
		err = kmsgpipe_create_default();
		if (err)
			goto exit_pipes;
	}

	err = kmsgpipe_procfs_init(proc_queue, proc_queue_mode);
	if (err)
		goto exit_pipes;

	/* The last that can fail: who has it open could not be waited for. */
	err = kmsgpipe_control_init();
	if (err)
		goto exit_procfs;

	/* From here on files may be open: a load that fails closes none. */
	kmsgpipe_debugfs_init();
	kmsgpipe_pipes_ready();
	pr_info("loaded, version %s, %u pipe%s\n", KMSGPIPE_VERSION,
		kmsgpipe_devices, kmsgpipe_devices == 1 ? "" : "s");
	return 0;

exit_procfs:
	kmsgpipe_procfs_exit();
exit_pipes:
	kmsgpipe_pipes_exit();
	kmsgpipe_wait_unused();
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
	kmsgpipe_procfs_exit();
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
