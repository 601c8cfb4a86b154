#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""collector: a log that many write to and none waits for.

collector.py send PIPE TTL_MS    each line of standard input is a message
collector.py print PIPE          prints them, with time, process and user

As collector.c: a full pipe drops a line, and a line that nobody has collected
within TTL_MS goes by itself.
"""

import os
import sys
import time

import kmsgpipe


def send_lines(path, ttl_ms):
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    dropped = 0
    for line in sys.stdin.buffer:
        line = line.rstrip(b"\n")
        if not line:
            continue  # there are no empty messages
        try:
            kmsgpipe.send(fd, line, ttl_ms=ttl_ms)
        except BlockingIOError:
            dropped += 1
    if dropped:
        sys.exit(f"collector: {path}: full, {dropped} lines dropped")


def print_lines(path):
    fd = os.open(path, os.O_RDONLY)
    while True:
        data, message = kmsgpipe.recv(fd)
        if not data:
            return  # the end of the file, where the pipe has one: see eof
        seconds, ns = divmod(message.sent_ns, 1000000000)
        date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        head = f"{date}.{ns // 1000000:03}Z pid={message.pid} uid={message.uid} "
        os.write(sys.stdout.fileno(), head.encode() + kmsgpipe.plain(data) + b"\n")


try:
    if len(sys.argv) == 4 and sys.argv[1] == "send":
        send_lines(sys.argv[2], int(sys.argv[3]))
    elif len(sys.argv) == 3 and sys.argv[1] == "print":
        print_lines(sys.argv[2])
    else:
        sys.exit("usage: collector.py send PIPE TTL_MS | print PIPE")
except OSError as e:
    sys.exit(f"collector: {sys.argv[2]}: {e.strerror}")
