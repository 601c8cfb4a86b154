// SPDX-License-Identifier: GPL-2.0
/*
 * What a pipe is not: it has no positions, no mapping, and each file does what
 * it was opened for and no more.
 */
#include <sys/ioctl.h>

#include "selftest.h"

int main(int argc, char **argv)
{
	int both, in, out;
	char buf[64];
	struct iovec part = { buf, sizeof(buf) };

	test_start(argc, argv);
	both = open_pipe(O_RDWR | O_NONBLOCK);
	in = open_pipe(O_WRONLY | O_NONBLOCK);
	out = open_pipe(O_RDONLY | O_NONBLOCK);
	memset(buf, 'x', sizeof(buf));
	check_send(both, "stays", 5);

	check_err(lseek(both, 0, SEEK_SET), ESPIPE);
	check_err(lseek(both, 0, SEEK_CUR), ESPIPE);
	check_err(lseek(both, 0, SEEK_END), ESPIPE);
	check_err(pread(both, buf, sizeof(buf), 0), ESPIPE);
	check_err(pwrite(both, buf, sizeof(buf), 0), ESPIPE);
	check_err(preadv(both, &part, 1, 0), ESPIPE);
	check_err(pwritev(both, &part, 1, 0), ESPIPE);
	check_err(pread(both, buf, sizeof(buf), 4096), ESPIPE);

	check_err(write(out, "x", 1), EBADF);
	check_err(read(in, buf, sizeof(buf)), EBADF);
	check_err(writev(out, &part, 1), EBADF);
	check_err(readv(in, &part, 1), EBADF);

	check_true(mmap(NULL, 4096, PROT_READ, MAP_SHARED, both, 0) ==
		   MAP_FAILED);
	check_eq(errno, ENODEV);
	check_err(ioctl(both, _IO(0, 255), 0), ENOTTY);

	/* And none of that touched what was queued. */
	check_receive(both, "stays", 5);
	check_empty(both);
	return 0;
}
