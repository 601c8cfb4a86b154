// SPDX-License-Identifier: GPL-2.0
/* Attributes of a pipe and of the class; sysfs.h tells the idea. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "pipe.h"
#include "settings.h"
#include "sysfs.h"

static struct kmsgpipe_host *kmsgpipe_host;

static struct kmsgpipe *kmsgpipe_of_dev(struct device *dev)
{
	return container_of(dev, struct kmsgpipe, dev);
}

/**
 * struct kmsgpipe_setting - what may be written, and what that does
 * @range: the numbers that are valid
 * @words: the words for them from 0 on, if it is written in words
 * @set: does it to one pipe; cannot fail for a number, if it is one of the class
 */
struct kmsgpipe_setting {
	struct kmsgpipe_range range;
	const char * const *words;
	int (*set)(struct kmsgpipe *pipe, u32 value);
};

static int kmsgpipe_set_max_msgs(struct kmsgpipe *pipe, u32 value)
{
	struct kmsgpipe_set_limits limits = { .max_msgs = value };

	return kmsgpipe_pipe_set_limits(pipe, &limits);
}

static int kmsgpipe_set_msg_size(struct kmsgpipe *pipe, u32 value)
{
	struct kmsgpipe_set_limits limits = { .msg_size = value };

	return kmsgpipe_pipe_set_limits(pipe, &limits);
}

static int kmsgpipe_set_max_bytes(struct kmsgpipe *pipe, u32 value)
{
	struct kmsgpipe_set_limits limits = { .max_bytes = value };

	return kmsgpipe_pipe_set_limits(pipe, &limits);
}

static int kmsgpipe_set_ttl_ms(struct kmsgpipe *pipe, u32 value)
{
	kmsgpipe_pipe_set_ttl(pipe, value);
	return 0;
}

static int kmsgpipe_set_cleanup_enabled(struct kmsgpipe *pipe, u32 value)
{
	return kmsgpipe_pipe_set_cleanup(pipe, value, 0);
}

static int kmsgpipe_do_clear(struct kmsgpipe *pipe, u32 value)
{
	kmsgpipe_pipe_clear(pipe);
	return 0;
}

static int kmsgpipe_do_trigger_cleanup(struct kmsgpipe *pipe, u32 value)
{
	kmsgpipe_expiry_run(&pipe->expiry);
	return 0;
}

static const struct kmsgpipe_setting kmsgpipe_mode = {
	{ 0, KMSGPIPE_MODES - 1 }, kmsgpipe_mode_names, kmsgpipe_pipe_set_mode
};

static const struct kmsgpipe_setting kmsgpipe_eof = {
	{ 0, KMSGPIPE_EOFS - 1 }, kmsgpipe_eof_names, kmsgpipe_pipe_set_eof
};

static const struct kmsgpipe_setting kmsgpipe_max_msgs = {
	KMSGPIPE_MAX_MSGS_RANGE, NULL, kmsgpipe_set_max_msgs
};

static const struct kmsgpipe_setting kmsgpipe_msg_size = {
	KMSGPIPE_MSG_SIZE_RANGE, NULL, kmsgpipe_set_msg_size
};

static const struct kmsgpipe_setting kmsgpipe_max_bytes = {
	KMSGPIPE_MAX_BYTES_RANGE, NULL, kmsgpipe_set_max_bytes
};

static const struct kmsgpipe_setting kmsgpipe_ttl_ms = {
	{ 0, U32_MAX }, NULL, kmsgpipe_set_ttl_ms
};

static const struct kmsgpipe_setting kmsgpipe_cleanup_enabled = {
	{ 0, 1 }, NULL, kmsgpipe_set_cleanup_enabled
};

static const struct kmsgpipe_setting kmsgpipe_cleanup_interval_ms = {
	KMSGPIPE_INTERVAL_RANGE, NULL, kmsgpipe_pipe_set_interval
};

static const struct kmsgpipe_setting kmsgpipe_clear = {
	{ 1, 1 }, NULL, kmsgpipe_do_clear
};

static const struct kmsgpipe_setting kmsgpipe_trigger_cleanup = {
	{ 1, 1 }, NULL, kmsgpipe_do_trigger_cleanup
};

/* Reads what was written. Return: 0, -EPERM, or -EINVAL whatever is wrong. */
static int kmsgpipe_setting_parse(const struct kmsgpipe_setting *setting,
				  const char *buf, u32 *value)
{
	int found;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (setting->words) {
		found = __sysfs_match_string(setting->words,
					     setting->range.max + 1, buf);
		*value = found;
		return found < 0 ? -EINVAL : 0;
	}
	if (kstrtou32(buf, 10, value) ||
	    !kmsgpipe_within(*value, setting->range))
		return -EINVAL;
	return 0;
}

static ssize_t kmsgpipe_pipe_store(struct device *dev,
				   struct device_attribute *attr,
				   const struct kmsgpipe_setting *setting,
				   const char *buf, size_t count)
{
	u32 value;
	int err;

	err = kmsgpipe_setting_parse(setting, buf, &value);
	if (err)
		return err;
	err = setting->set(kmsgpipe_of_dev(dev), value);
	pr_debug("%s: sysfs: %s=%.*s: %d\n", dev_name(dev), attr->attr.name,
		 (int)strcspn(buf, "\n"), buf, err);
	return err ?: count;
}

/* A number of struct kmsgpipe_info. */
#define KMSGPIPE_SHOW(field, format)					\
static ssize_t field##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct kmsgpipe_info info;					\
									\
	kmsgpipe_pipe_get_info(kmsgpipe_of_dev(dev), &info);		\
	return sysfs_emit(buf, format "\n", info.field);		\
}

/* The same, for what stands for it in words. */
#define KMSGPIPE_SHOW_WORD(field)					\
static ssize_t field##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct kmsgpipe_info info;					\
									\
	kmsgpipe_pipe_get_info(kmsgpipe_of_dev(dev), &info);		\
	return sysfs_emit(buf, "%s\n",					\
			  kmsgpipe_##field##_names[info.field]);	\
}

#define KMSGPIPE_STORE(field)						\
static ssize_t field##_store(struct device *dev,			\
			     struct device_attribute *attr,		\
			     const char *buf, size_t count)		\
{									\
	return kmsgpipe_pipe_store(dev, attr, &kmsgpipe_##field, buf,	\
				   count);				\
}

KMSGPIPE_SHOW_WORD(mode)
KMSGPIPE_STORE(mode)
static DEVICE_ATTR_RW(mode);

KMSGPIPE_SHOW_WORD(eof)
KMSGPIPE_STORE(eof)
static DEVICE_ATTR_RW(eof);

KMSGPIPE_SHOW(max_msgs, "%u")
KMSGPIPE_STORE(max_msgs)
static DEVICE_ATTR_RW(max_msgs);

KMSGPIPE_SHOW(msg_size, "%u")
KMSGPIPE_STORE(msg_size)
static DEVICE_ATTR_RW(msg_size);

KMSGPIPE_SHOW(max_bytes, "%u")
KMSGPIPE_STORE(max_bytes)
static DEVICE_ATTR_RW(max_bytes);

KMSGPIPE_SHOW(ttl_ms, "%u")
KMSGPIPE_STORE(ttl_ms)
static DEVICE_ATTR_RW(ttl_ms);

KMSGPIPE_SHOW(cleanup_enabled, "%u")
KMSGPIPE_STORE(cleanup_enabled)
static DEVICE_ATTR_RW(cleanup_enabled);

KMSGPIPE_SHOW(cleanup_interval_ms, "%u")
KMSGPIPE_STORE(cleanup_interval_ms)
static DEVICE_ATTR_RW(cleanup_interval_ms);

KMSGPIPE_SHOW(name, "%s")
static DEVICE_ATTR_RO(name);

KMSGPIPE_SHOW(messages, "%u")
static DEVICE_ATTR_RO(messages);

KMSGPIPE_SHOW(bytes, "%u")
static DEVICE_ATTR_RO(bytes);

KMSGPIPE_SHOW(readers, "%u")
static DEVICE_ATTR_RO(readers);

KMSGPIPE_SHOW(writers, "%u")
static DEVICE_ATTR_RO(writers);

KMSGPIPE_SHOW(files, "%u")
static DEVICE_ATTR_RO(files);

KMSGPIPE_SHOW(waiting_readers, "%u")
static DEVICE_ATTR_RO(waiting_readers);

KMSGPIPE_SHOW(waiting_writers, "%u")
static DEVICE_ATTR_RO(waiting_writers);

KMSGPIPE_SHOW(last_cleanup_ns, "%llu")
static DEVICE_ATTR_RO(last_cleanup_ns);

KMSGPIPE_STORE(clear)
static DEVICE_ATTR_WO(clear);

KMSGPIPE_STORE(trigger_cleanup)
static DEVICE_ATTR_WO(trigger_cleanup);

static struct attribute *kmsgpipe_pipe_attrs[] = {
	&dev_attr_mode.attr,
	&dev_attr_eof.attr,
	&dev_attr_max_msgs.attr,
	&dev_attr_msg_size.attr,
	&dev_attr_max_bytes.attr,
	&dev_attr_ttl_ms.attr,
	&dev_attr_cleanup_enabled.attr,
	&dev_attr_cleanup_interval_ms.attr,
	&dev_attr_name.attr,
	&dev_attr_messages.attr,
	&dev_attr_bytes.attr,
	&dev_attr_readers.attr,
	&dev_attr_writers.attr,
	&dev_attr_files.attr,
	&dev_attr_waiting_readers.attr,
	&dev_attr_waiting_writers.attr,
	&dev_attr_last_cleanup_ns.attr,
	&dev_attr_clear.attr,
	&dev_attr_trigger_cleanup.attr,
	NULL
};

static const struct attribute_group kmsgpipe_pipe_group = {
	.attrs		= kmsgpipe_pipe_attrs,
};

/* A number of struct kmsgpipe_stats. */
#define KMSGPIPE_STATISTIC(field)					\
static ssize_t stats_##field##_show(struct device *dev,			\
				    struct device_attribute *attr,	\
				    char *buf)				\
{									\
	struct kmsgpipe_stats stats;					\
									\
	kmsgpipe_pipe_get_stats(kmsgpipe_of_dev(dev), &stats);		\
	return sysfs_emit(buf, "%llu\n", stats.field);			\
}									\
static struct device_attribute stats_attr_##field =			\
	__ATTR(field, 0444, stats_##field##_show, NULL)

KMSGPIPE_STATISTIC(sent);
KMSGPIPE_STATISTIC(received);
KMSGPIPE_STATISTIC(bytes_sent);
KMSGPIPE_STATISTIC(bytes_received);
KMSGPIPE_STATISTIC(expired);
KMSGPIPE_STATISTIC(truncated);
KMSGPIPE_STATISTIC(cleared);
KMSGPIPE_STATISTIC(reader_wakeups);
KMSGPIPE_STATISTIC(writer_wakeups);
KMSGPIPE_STATISTIC(faults);
KMSGPIPE_STATISTIC(max_messages);
KMSGPIPE_STATISTIC(max_bytes);

static struct attribute *kmsgpipe_stats_attrs[] = {
	&stats_attr_sent.attr,
	&stats_attr_received.attr,
	&stats_attr_bytes_sent.attr,
	&stats_attr_bytes_received.attr,
	&stats_attr_expired.attr,
	&stats_attr_truncated.attr,
	&stats_attr_cleared.attr,
	&stats_attr_reader_wakeups.attr,
	&stats_attr_writer_wakeups.attr,
	&stats_attr_faults.attr,
	&stats_attr_max_messages.attr,
	&stats_attr_max_bytes.attr,
	NULL
};

static const struct attribute_group kmsgpipe_stats_group = {
	.name		= "statistics",
	.attrs		= kmsgpipe_stats_attrs,
};

static const struct attribute_group *kmsgpipe_pipe_groups[] = {
	&kmsgpipe_pipe_group,
	&kmsgpipe_stats_group,
	NULL
};

/**
 * struct kmsgpipe_class_attr - an attribute of the class
 * @attr: what sysfs knows of it
 * @setting: what a write sets in every pipe
 * @def: where in struct kmsgpipe_host its default is, which pipes to come get
 *	and which is shown; 0: it has none
 */
struct kmsgpipe_class_attr {
	struct class_attribute attr;
	const struct kmsgpipe_setting *setting;
	size_t def;
};

static u32 *
kmsgpipe_class_default(KMSGPIPE_CLASS_CONST struct kmsgpipe_class_attr *attr)
{
	return attr->def ? (void *)kmsgpipe_host + attr->def : NULL;
}

static ssize_t
kmsgpipe_class_show(KMSGPIPE_CLASS_CONST struct class *class,
		    KMSGPIPE_CLASS_CONST struct class_attribute *attr,
		    char *buf)
{
	KMSGPIPE_CLASS_CONST struct kmsgpipe_class_attr *class_attr =
		container_of(attr, struct kmsgpipe_class_attr, attr);

	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(*kmsgpipe_class_default(class_attr)));
}

static ssize_t
kmsgpipe_class_store(KMSGPIPE_CLASS_CONST struct class *class,
		     KMSGPIPE_CLASS_CONST struct class_attribute *attr,
		     const char *buf, size_t count)
{
	KMSGPIPE_CLASS_CONST struct kmsgpipe_class_attr *class_attr =
		container_of(attr, struct kmsgpipe_class_attr, attr);
	const struct kmsgpipe_setting *setting = class_attr->setting;
	u32 *def = kmsgpipe_class_default(class_attr);
	struct kmsgpipe *pipe;
	u32 index, value;
	int err;

	err = kmsgpipe_setting_parse(setting, buf, &value);
	if (err)
		return err;

	/* No pipe is created meanwhile: none is left out. */
	mutex_lock(&kmsgpipe_host->lock);
	if (def)
		WRITE_ONCE(*def, value);
	for (index = 0; (pipe = kmsgpipe_pipe_next(&index)); index++) {
		setting->set(pipe, value);
		kmsgpipe_pipe_put(pipe);
	}
	mutex_unlock(&kmsgpipe_host->lock);
	pr_debug("sysfs: %s=%u\n", attr->attr.name, value);
	return count;
}

static struct kmsgpipe_class_attr class_attr_max_buf_size = {
	__ATTR(max_buf_size, 0644, kmsgpipe_class_show, kmsgpipe_class_store),
	&kmsgpipe_max_bytes,
	offsetof(struct kmsgpipe_host, defaults.max_bytes)
};

static struct kmsgpipe_class_attr class_attr_cleanup_enabled = {
	__ATTR(cleanup_enabled, 0644, kmsgpipe_class_show,
	       kmsgpipe_class_store),
	&kmsgpipe_cleanup_enabled,
	offsetof(struct kmsgpipe_host, cleanup_enabled)
};

static struct kmsgpipe_class_attr class_attr_cleanup_interval_ms = {
	__ATTR(cleanup_interval_ms, 0644, kmsgpipe_class_show,
	       kmsgpipe_class_store),
	&kmsgpipe_cleanup_interval_ms,
	offsetof(struct kmsgpipe_host, cleanup_interval_ms)
};

static struct kmsgpipe_class_attr class_attr_trigger_cleanup = {
	__ATTR(trigger_cleanup, 0200, NULL, kmsgpipe_class_store),
	&kmsgpipe_trigger_cleanup
};

static struct attribute *kmsgpipe_class_attrs[] = {
	&class_attr_max_buf_size.attr.attr,
	&class_attr_cleanup_enabled.attr.attr,
	&class_attr_cleanup_interval_ms.attr.attr,
	&class_attr_trigger_cleanup.attr.attr,
	NULL
};

static const struct attribute_group kmsgpipe_class_group = {
	.attrs		= kmsgpipe_class_attrs,
};

static const struct attribute_group *kmsgpipe_class_groups[] = {
	&kmsgpipe_class_group,
	NULL
};

/*
 * Tells the host which attributes its class and its pipes are to have; before
 * the class is registered.
 */
void kmsgpipe_sysfs_init(struct kmsgpipe_host *host)
{
	kmsgpipe_host = host;
	host->class->class_groups = kmsgpipe_class_groups;
	host->groups = kmsgpipe_pipe_groups;
}
