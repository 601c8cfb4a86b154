// SPDX-License-Identifier: GPL-2.0
/*
 * The control node: pipes are made and removed, and by whom.
 */
#include <sys/stat.h>

#include "own.h"

static void create(void)
{
	struct kmsgpipe_config config = CONFIG(.mode = KMSGPIPE_MODE_STREAM,
					       .eof = KMSGPIPE_EOF_EMPTY,
					       .max_msgs = 7,
					       .msg_size = 77,
					       .max_bytes = 7777,
					       .ttl_ms = 777777,
					       .name = "a-Name_0.x");
	struct kmsgpipe_info info;
	int fd;

	own_pipe(config);
	fd = open_pipe(O_RDWR);
	info = get_info(fd);
	check_eq(info.size, sizeof(info));
	check_eq(info.index, own.index);
	check_eq(info.mode, KMSGPIPE_MODE_STREAM);
	check_eq(info.eof, KMSGPIPE_EOF_EMPTY);
	check_eq(info.max_msgs, 7);
	check_eq(info.msg_size, 77);
	check_eq(info.max_bytes, 7777);
	check_eq(info.ttl_ms, 777777);
	check_eq(info.cleanup_enabled, 1);
	check_eq(info.cleanup_interval_ms, 1000);
	check_eq(info.messages, 0);
	check_eq(info.bytes, 0);
	check_eq(info.readers, 1);
	check_eq(info.writers, 1);
	check_eq(info.last_cleanup_ns, 0);
	check_true(!strcmp(info.name, "a-Name_0.x"));
	close(fd);

	context("defaults");
	own_pipe(CONFIG());
	fd = open_pipe(O_RDONLY);
	info = get_info(fd);
	check_eq(info.mode, KMSGPIPE_MODE_MESSAGE);
	check_eq(info.eof, KMSGPIPE_EOF_NEVER);
	check_eq(info.max_msgs, pipe_limit("max_msgs"));
	check_eq(info.msg_size, pipe_limit("msg_size"));
	check_eq(info.max_bytes, pipe_limit("max_bytes"));
	check_eq(info.ttl_ms, pipe_limit("ttl_ms"));
	check_eq(info.readers, 1);
	check_eq(info.writers, 0);
	check_true(!info.name[0]);
	close(fd);
}

static void check_refused(struct kmsgpipe_config config, int error)
{
	int line = test.line;

	test_check_err(try_create(&config), error);
	test.line = line;
}

#define check_bad(...) \
	(test_at(__FILE__, __LINE__, "CREATE " #__VA_ARGS__), \
	 check_refused(CONFIG(__VA_ARGS__), EINVAL))

static void bad_settings(void)
{
	struct kmsgpipe_config config;

	check_bad(.flags = 1);
	check_bad(.mode = 2);
	check_bad(.eof = 3);
	check_bad(.max_msgs = 65537);
	check_bad(.msg_size = 1048577);
	check_bad(.max_bytes = 268435457);
	check_bad(.perm = 01000);
	check_bad(.perm = ~0U);
	check_bad(.name = ".hidden");
	check_bad(.name = "..");
	check_bad(.name = "-");
	check_bad(.name = "kmsgpipe7");
	check_bad(.name = "a/b");
	check_bad(.name = "a b");
	check_bad(.name = "\xc3\xa4");
	check_bad(.name = "new\nline");
	/* No end in sight. */
	config = CONFIG();
	memset(config.name, 'x', sizeof(config.name));
	test_at(__FILE__, __LINE__, "CREATE with a name without an end");
	check_refused(config, EINVAL);
	/* 31 bytes and the NUL are a name. */
	config.name[31] = 0;
	own_pipe(config);
}

static void names(void)
{
	struct kmsgpipe_config config = CONFIG(.name = "taken");
	uint32_t first, index;

	first = create_pipe(config);
	check_err(try_create(&config), EEXIST);
	/* The answer of one is nothing to the next. */
	config.index = ~0U;
	config.name[0] = 'T';
	check_ret(try_create(&config), 0);
	check_eq(config.index, first + 1);
	remove_pipe(config.index);
	config.name[0] = 't';
	/* No name is no name that could be taken. */
	index = create_pipe(CONFIG());
	remove_pipe(index);
	remove_pipe(first);
	first = create_pipe(config);
	remove_pipe(first);
}

/* With what bats has set: max_devices=3, of which one is there. */
static void too_many(void)
{
	struct kmsgpipe_config config = CONFIG();

	check_eq(create_pipe(CONFIG()), 1);
	check_eq(create_pipe(CONFIG()), 2);
	check_err(try_create(&config), ENOSPC);
	remove_pipe(1);
	check_eq(create_pipe(CONFIG()), 1);
	check_err(try_create(&config), ENOSPC);
	remove_pipe(2);
	remove_pipe(1);
	check_err(try_remove(1), ENODEV);
	check_err(try_remove(3), ENODEV);
	check_err(try_remove(~0U), ENODEV);
}

/* An inherited descriptor does not make an administrator. */
static void privilege(void)
{
	struct kmsgpipe_config config = CONFIG();
	struct kmsgpipe_remove rm = { .size = sizeof(rm) };
	struct kmsgpipe_set_node node = { sizeof(node), 65534, ~0U, 0 };
	struct kmsgpipe_message m;
	int control = open_control(), fd;
	char buf[8];
	pid_t pid;

	own_pipe(CONFIG());
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_send(fd, "stays", 5);
	pid = fork_child();
	if (!pid) {
		drop_privileges();
		rm.index = own.index;
		check_err(ioctl(control, KMSGPIPE_CREATE, &config), EPERM);
		check_err(ioctl(control, KMSGPIPE_REMOVE, &rm), EPERM);
		check_err(ioctl(control, KMSGPIPE_REMOVE, BAD_ADDRESS), EPERM);
		check_err(open(CONTROL, O_RDWR), EACCES);
		check_err(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), EPERM);
		check_err(drop_messages(fd, KMSGPIPE_TRIGGER_CLEANUP), EPERM);
		check_err(set_limits(fd, 0, 1, 0, 0), EPERM);
		check_err(set_limits(fd, KMSGPIPE_LIMITS_TRUNCATE, 1, 0, 0),
			  EPERM);
		check_err(set_value(fd, KMSGPIPE_SET_TTL, 1), EPERM);
		check_err(set_value(fd, KMSGPIPE_SET_EOF, 1), EPERM);
		check_err(set_value(fd, KMSGPIPE_SET_MODE, 1), EPERM);
		check_err(set_cleanup(fd, 0, 0), EPERM);
		check_err(ioctl(fd, KMSGPIPE_SET_NODE, &node), EPERM);
		/* What everybody may. */
		check_eq(get_info(fd).messages, 1);
		check_eq(get_info(fd).max_msgs, 1024);
		check_eq(get_info(fd).ttl_ms, 0);
		check_eq(get_info(fd).cleanup_enabled, 1);
		check_eq(get_stats(fd).sent, 1);
		check_eq(bytes_ready(fd), 5);
		m = MESSAGE("x", 1);
		check_ret(ioctl(fd, KMSGPIPE_SEND, &m), 0);
		m = MESSAGE(buf, sizeof(buf));
		check_ret(ioctl(fd, KMSGPIPE_RECV, &m), 0);
		check_bytes(buf, "stays", 5);
		_exit(0);
	}
	check_child(pid, 0);
	check_receive(fd, "x", 1);
	close(control);
}

/* The node itself takes nothing but its commands. */
static void node(void)
{
	int fd = open_control();
	unsigned int nr;
	char c;

	check_true(read(fd, &c, 1) < 0);
	check_true(write(fd, "x", 1) < 0);
	for (nr = 2; nr < 256; nr++) {
		context("number %u", nr);
		if (nr != _IOC_NR(KMSGPIPE_GET_VERSION))
			check_err(ioctl(fd, _IO(KMSGPIPE_IOC_MAGIC, nr), 0),
				  ENOTTY);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "create", create },
		{ "bad", bad_settings },
		{ "names", names },
		{ "too-many", too_many },
		{ "privilege", privilege },
		{ "node", node },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
