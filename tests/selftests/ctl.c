// SPDX-License-Identifier: GPL-2.0
/*
 * A tool for the shell tests: make, set and look at pipes.
 *
 *	ctl create [SETTING=VALUE]...	prints the new pipe's node
 *	ctl remove NODE
 *	ctl set NODE SETTING=VALUE...	eof, mode, ttl_ms, max_msgs, msg_size,
 *					max_bytes, uid, gid, perm
 *	ctl get NODE FIELD		of struct kmsgpipe_info or _stats
 */
#include "own.h"

static const struct {
	const char *name;
	uint32_t value;
} words[] = {
	{ "message", KMSGPIPE_MODE_MESSAGE },
	{ "stream", KMSGPIPE_MODE_STREAM },
	{ "never", KMSGPIPE_EOF_NEVER },
	{ "empty", KMSGPIPE_EOF_EMPTY },
	{ "hangup", KMSGPIPE_EOF_HANGUP },
};

static uint32_t number(const char *text)
{
	char *end;
	uint32_t value = strtoul(text, &end, 0);
	size_t i;

	if (*text && !*end)
		return value;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].name, text))
			return words[i].value;
	fprintf(stderr, "ctl: what is '%s'?\n", text);
	exit(2);
}

static int failed(const char *what)
{
	fprintf(stderr, "ctl: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Takes SETTING=VALUE apart: its value, and the name ends where '=' was. */
static char *value_of(char *setting)
{
	char *value = strchr(setting, '=');

	if (!value) {
		fprintf(stderr, "ctl: '%s' has no value\n", setting);
		exit(2);
	}
	*value = 0;
	return value + 1;
}

static int create(char **settings)
{
	struct kmsgpipe_config config = CONFIG();
	const struct {
		const char *name;
		uint32_t *field;
	} fields[] = {
		{ "mode", &config.mode },
		{ "eof", &config.eof },
		{ "max_msgs", &config.max_msgs },
		{ "msg_size", &config.msg_size },
		{ "max_bytes", &config.max_bytes },
		{ "ttl_ms", &config.ttl_ms },
		{ "uid", &config.uid },
		{ "gid", &config.gid },
		{ "perm", &config.perm },
	};
	size_t i;

	for (; *settings; settings++) {
		char *value = value_of(*settings);

		if (!strcmp(*settings, "name")) {
			memcpy(config.name, value,
			       strnlen(value, sizeof(config.name)));
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(fields); i++)
			if (!strcmp(*settings, fields[i].name))
				break;
		if (i == ARRAY_SIZE(fields)) {
			fprintf(stderr, "ctl: no setting '%s'\n", *settings);
			return 2;
		}
		*fields[i].field = number(value);
	}
	if (try_create(&config))
		return failed("create");
	printf("/dev/kmsgpipe%u\n", config.index);
	return 0;
}

static int set(int fd, char **settings)
{
	uint32_t max_msgs = 0, msg_size = 0, max_bytes = 0;
	struct kmsgpipe_set_node node = { sizeof(node), ~0U, ~0U, 0 };
	int of_node = 0;

	for (; *settings; settings++) {
		uint32_t value = number(value_of(*settings));
		unsigned long cmd = 0;

		if (!strcmp(*settings, "eof"))
			cmd = KMSGPIPE_SET_EOF;
		else if (!strcmp(*settings, "mode"))
			cmd = KMSGPIPE_SET_MODE;
		else if (!strcmp(*settings, "ttl_ms"))
			cmd = KMSGPIPE_SET_TTL;
		else if (!strcmp(*settings, "max_msgs"))
			max_msgs = value;
		else if (!strcmp(*settings, "msg_size"))
			msg_size = value;
		else if (!strcmp(*settings, "max_bytes"))
			max_bytes = value;
		else if (++of_node && !strcmp(*settings, "uid"))
			node.uid = value;
		else if (!strcmp(*settings, "gid"))
			node.gid = value;
		else if (!strcmp(*settings, "perm"))
			node.perm = value;
		else
			return 2;
		if (cmd && set_value(fd, cmd, value))
			return failed(*settings);
	}
	if ((max_msgs || msg_size || max_bytes) &&
	    set_limits(fd, 0, max_msgs, msg_size, max_bytes) < 0)
		return failed("limits");
	if (of_node && ioctl(fd, KMSGPIPE_SET_NODE, &node))
		return failed("node");
	return 0;
}

static int get(int fd, const char *name)
{
	struct kmsgpipe_info info = get_info(fd);
	struct kmsgpipe_stats stats = get_stats(fd);
	const struct {
		const char *name;
		unsigned long long value;
	} fields[] = {
		{ "messages", info.messages },
		{ "bytes", info.bytes },
		{ "readers", info.readers },
		{ "writers", info.writers },
		{ "mode", info.mode },
		{ "eof", info.eof },
		{ "max_msgs", info.max_msgs },
		{ "msg_size", info.msg_size },
		{ "max_bytes", info.max_bytes },
		{ "ttl_ms", info.ttl_ms },
		{ "cleanup_enabled", info.cleanup_enabled },
		{ "cleanup_interval_ms", info.cleanup_interval_ms },
		{ "last_cleanup_ns", info.last_cleanup_ns },
		{ "sent", stats.sent },
		{ "received", stats.received },
		{ "expired", stats.expired },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!strcmp(name, fields[i].name)) {
			printf("%llu\n", fields[i].value);
			return 0;
		}
	}
	fprintf(stderr, "ctl: no field '%s'\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	int fd;

	test_alarm_start();
	if (argc >= 2 && !strcmp(argv[1], "create"))
		return create(argv + 2);
	if (argc < 3) {
		fprintf(stderr, "usage: ctl create|remove|set|get ...\n");
		return 2;
	}
	if (!strcmp(argv[1], "remove"))
		return try_remove(atoi(argv[2] + strlen("/dev/kmsgpipe"))) ?
			failed(argv[2]) : 0;

	/* Whatever the eof policy, this does not wait for the other side. */
	fd = open(argv[2], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return failed(argv[2]);
	if (!strcmp(argv[1], "set"))
		return set(fd, argv + 3);
	return get(fd, argc > 3 ? argv[3] : "");
}
