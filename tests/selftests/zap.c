// SPDX-License-Identifier: GPL-2.0
/*
 * Memory whose pages are taken away all the time: another thread drops the
 * mapping of the buffer again and again while messages go through it. Each
 * call must get through in the end, with the right bytes.
 */
#include <pthread.h>

#include "selftest.h"

#define ROUNDS	3000

static unsigned char *p;
static size_t room;
static int stop;

static void *zap(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		madvise(p, room, MADV_DONTNEED);
		/* Let the other thread run where there is only one CPU. */
		sched_yield();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 64, 256, 257, 4000 };
	unsigned char *in, *out;
	pthread_t zapper;
	int fd, file, i;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	/* The bytes live in the file, so that dropping pages loses none. */
	room = 4 * page_size();
	file = memfd_create("selftest", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, room))
		die("memfd");
	p = map_memory(room, PROT_READ | PROT_WRITE, MAP_SHARED, file);
	if (pthread_create(&zapper, NULL, zap, NULL))
		die("pthread_create");

	for (i = 0; i < ROUNDS; i++) {
		size_t size = sizes[i % ARRAY_SIZE(sizes)];

		context("round %d, size %zu", i, size);
		/* Both lie across the border of two pages. */
		in = p + page_size() - size / 2;
		out = p + 3 * page_size() - size / 2;
		fill_bytes(in, size, i);
		memset(out, 0, size);
		check_ret(write(fd, in, size), size);
		check_ret(read(fd, out, size), size);
		check_bytes(out, in, size);
	}
	end_context();
	check_empty(fd);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(zapper, NULL);
	return 0;
}
