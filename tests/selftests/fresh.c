// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is there but not yet mapped in: the first copy to or from it
 * faults, and the call must work all the same. And memory that a fault cannot
 * mend: read-only, inaccessible, past the end of its file. EFAULT, nothing
 * lost, and no call that tries for ever.
 */
#include "selftest.h"

#define MAP_SIZE	(4 * page_size())

static int fd;
static unsigned char data[4096], got[4096];
static size_t size, offset;

/* A file of MAP_SIZE bytes, the message at its place in it. */
static int make_file(void)
{
	int file = memfd_create("selftest", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, MAP_SIZE) ||
	    pwrite(file, data, size, offset) != (ssize_t)size)
		die("memfd");
	return file;
}

static unsigned char *fresh(int prot, int flags, int file)
{
	return map_memory(MAP_SIZE, prot, flags, file);
}

/* Queue the message and read it to p; it arrives there. */
static void read_to(unsigned char *p)
{
	check_send(fd, data, size);
	check_ret(read(fd, p + offset, size), size);
	check_bytes(p + offset, data, size);
	munmap(p, MAP_SIZE);
}

/* Write what is at p; it is want. */
static void write_from(unsigned char *p, const void *want)
{
	check_ret(write(fd, p + offset, size), size);
	check_receive(fd, want, size);
	munmap(p, MAP_SIZE);
}

static void cannot_read_to(unsigned char *p)
{
	check_send(fd, data, size);
	check_send(fd, "next", 4);
	check_err(read(fd, p + offset, size), EFAULT);
	check_err(read(fd, p + offset, size), EFAULT);
	check_receive(fd, data, size);
	check_receive(fd, "next", 4);
	munmap(p, MAP_SIZE);
}

static void cannot_write_from(unsigned char *p)
{
	check_err(write(fd, p + offset, size), EFAULT);
	check_err(write(fd, p + offset, size), EFAULT);
	check_empty(fd);
	munmap(p, MAP_SIZE);
}

#define say(what) context("%s, size %zu, offset %zu", what, size, offset)

static void works(void)
{
	static const unsigned char zeros[4096];
	const int rw = PROT_READ | PROT_WRITE;
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	int file = make_file();
	unsigned char *p;

	say("anonymous");
	read_to(fresh(rw, anonymous, -1));
	write_from(fresh(rw, anonymous, -1), zeros);
	write_from(fresh(PROT_READ, anonymous, -1), zeros);

	say("shared file");
	write_from(fresh(rw, MAP_SHARED, file), data);
	write_from(fresh(PROT_READ, MAP_SHARED, file), data);
	ftruncate(file, 0);
	ftruncate(file, MAP_SIZE);
	read_to(fresh(rw, MAP_SHARED, file));
	check_ret(pread(file, got, size, offset), size);
	check_bytes(got, data, size);

	say("private file");
	write_from(fresh(rw, MAP_PRIVATE, file), data);
	pwrite(file, zeros, size, offset);
	read_to(fresh(rw, MAP_PRIVATE, file));
	check_ret(pread(file, got, size, offset), size);
	check_bytes(got, zeros, size);

	/* Mapped for reading already, so that only the write faults. */
	say("private file, read before");
	p = fresh(rw, MAP_PRIVATE, file);
	check_eq(*(volatile unsigned char *)(p + offset), 0);
	read_to(p);
	check_ret(pread(file, got, size, offset), size);
	check_bytes(got, zeros, size);
	close(file);
}

/* A page shared with a child since fork() is copied, not written for both. */
static void works_after_fork(void)
{
	unsigned char *p = fresh(PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int go[2];
	pid_t child;
	char c;

	say("after fork");
	memset(p, 0x5a, MAP_SIZE);
	if (pipe(go))
		die("pipe");
	child = fork_child();
	if (!child) {
		close(go[1]);
		read(go[0], &c, 1);
		memset(got, 0x5a, size);
		check_bytes(p + offset, got, size);
		_exit(0);
	}
	close(go[0]);
	read_to(p);
	close(go[1]);
	check_child(child, 0);
}

static void fails(void)
{
	int file = make_file();

	say("read-only");
	cannot_read_to(fresh(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1));
	cannot_read_to(fresh(PROT_READ, MAP_SHARED, file));
	say("inaccessible");
	cannot_read_to(fresh(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1));
	cannot_write_from(fresh(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1));
	say("past the end of the file");
	ftruncate(file, 0);
	cannot_read_to(fresh(PROT_READ | PROT_WRITE, MAP_SHARED, file));
	cannot_write_from(fresh(PROT_READ | PROT_WRITE, MAP_SHARED, file));
	close(file);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {
		1, 64, 255, 256, 257, 1000, 4000, 4096,
	};
	size_t i, j;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t offsets[] = {
			0,			/* one fresh page */
			page_size() - 1,	/* two, at odd places */
			2 * page_size() - sizes[i] / 2,
		};

		size = sizes[i];
		fill_bytes(data, size, size);
		for (j = 0; j < ARRAY_SIZE(offsets); j++) {
			offset = offsets[j];
			works();
			works_after_fork();
			fails();
		}
	}
	return 0;
}
