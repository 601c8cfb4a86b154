#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""chat: talk to others, each at a terminal of his own.

chat.py NAME MINE OTHER...

As chat.c: everybody has a pipe that only he reads, and writes to the others'.
"""

import os
import select
import sys

import kmsgpipe

LINE_MAX_BYTES = 4096


def tell(message, others):
    """One message to everybody. A chat does not wait for who does not read."""
    for path, fd in others:
        try:
            os.write(fd, message)
        except OSError as error:
            print(f"chat: {path}: not sent: {error.strerror}", file=sys.stderr)


def hear(message):
    """A message is a line, whatever is in it."""
    os.write(sys.stdout.fileno(), kmsgpipe.plain(message) + b"\n")


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: chat.py NAME MINE OTHER...")
    name, mine = sys.argv[1:3]
    others = [
        (path, os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        for path in sys.argv[3:]
    ]
    pipe = os.open(mine, os.O_RDONLY | os.O_NONBLOCK)
    poll = select.poll()
    poll.register(sys.stdin.fileno(), select.POLLIN)
    poll.register(pipe, select.POLLIN)
    typed = b""

    while True:
        ready = [fd for fd, _ in poll.poll()]
        if pipe in ready:
            # ENODEV: the pipe was removed.
            try:
                message = os.read(pipe, LINE_MAX_BYTES)
                if not message:
                    sys.exit(1)  # the end of the file, where the pipe has one
                hear(message)
            except BlockingIOError:
                pass
        if sys.stdin.fileno() in ready:
            # poll() does not see what sys.stdin would read ahead.
            data = os.read(sys.stdin.fileno(), LINE_MAX_BYTES)
            if not data:
                return
            *lines, typed = (typed + data).split(b"\n")
            for line in lines:
                tell(name.encode() + b": " + line + b"\n", others)


try:
    main()
except OSError as e:
    sys.exit(f"chat: {e.filename or 'pipe'}: {e.strerror}")
