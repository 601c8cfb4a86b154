#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""workers: several processes share the jobs in one pipe.

workers.py PIPE NUMBER

As workers.c: each message is a job, and goes to one worker, whoever is free.
"""

import errno
import os
import select
import sys

import kmsgpipe

JOB_MAX = 4096


def do_job(worker, job):
    """The job of this example is to be printed."""
    line = f"worker {worker}: ".encode() + kmsgpipe.plain(job) + b"\n"
    os.write(sys.stdout.fileno(), line)


def work(worker, fd):
    # An epoll of his own, or the workers would share its events.
    epoll = select.epoll()
    epoll.register(fd, select.EPOLLIN | select.EPOLLEXCLUSIVE)
    while True:
        epoll.poll()
        try:
            job = os.read(fd, JOB_MAX)
        except BlockingIOError:
            continue  # somebody else was quicker
        except OSError as error:
            if error.errno == errno.ENODEV:
                return  # the pipe was removed
            raise
        if not job:
            return  # eof=hangup, and the last sender has gone
        do_job(worker, job)


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        sys.exit("usage: workers.py PIPE NUMBER")
    fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
    number = int(sys.argv[2])
    for worker in range(1, number + 1):
        if os.fork() == 0:
            work(worker, fd)
            os._exit(0)
    failed = [os.wait()[1] for _ in range(number)]
    sys.exit(1 if any(failed) else 0)


try:
    main()
except OSError as e:
    print(f"workers: {e.filename or 'pipe'}: {e.strerror}", file=sys.stderr)
    os._exit(1)
