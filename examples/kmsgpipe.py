# SPDX-License-Identifier: GPL-2.0
"""The ioctls SEND and RECV for Python: what the examples need of
<linux/kmsgpipe.h>, which says what each field means; and plain.h.
"""

import ctypes
import fcntl
import re

SEND = 0xD520
RECV = 0xD521


class Message(ctypes.Structure):
    """struct kmsgpipe_message"""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("buf", ctypes.c_uint64),
        ("len", ctypes.c_uint32),
        ("prio", ctypes.c_uint32),
        ("ttl_ms", ctypes.c_uint32),
        ("pid", ctypes.c_uint32),
        ("uid", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("seq", ctypes.c_uint64),
        ("sent_ns", ctypes.c_uint64),
    ]


def send(fd, data, prio=0, ttl_ms=0):
    """Send bytes as a message. Return its number."""
    text = ctypes.create_string_buffer(data, len(data))
    message = Message(
        size=ctypes.sizeof(Message),
        buf=ctypes.addressof(text),
        len=len(data),
        prio=prio,
        ttl_ms=ttl_ms,
    )
    fcntl.ioctl(fd, SEND, message)
    return message.seq


def recv(fd, room=4096):
    """Receive a message. Return its bytes (none: the end of the file) and the
    Message with all that it carries.
    """
    text = ctypes.create_string_buffer(room)
    message = Message(
        size=ctypes.sizeof(Message), buf=ctypes.addressof(text), len=room
    )
    fcntl.ioctl(fd, RECV, message)
    return text.raw[: message.len], message


def plain(data):
    """What others have sent, made fit to be printed on a line: ? stands for each
    byte of a control character, of which UTF-8 has 32 with two bytes. A newline
    at the end is left out.
    """
    if data.endswith(b"\n"):
        data = data[:-1]
    c1 = rb"\xc2(?=[\x80-\x9f])|(?<=\xc2)[\x80-\x9f]"
    return re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]|" + c1, b"?", data)
