"""Frames between the broker and a child: a length, a kind, bytes. Nothing else crosses."""

import socket
import struct
from enum import IntEnum

_HEAD = struct.Struct("!IB")
_LENGTHS = struct.Struct("!II")
# The longest is a result whose UTF-8 is three times its UTF-16 length.
MAX_FRAME_BYTES = 24 * 2**20


class Kind(IntEnum):
    """What a frame carries. To the child: EXECUTE, ANSWER; the others come from it."""

    EXECUTE = 1
    ANSWER = 2
    READY = 3
    STARTED = 4
    OPERATION = 5
    RESULT = 6
    ERROR = 7
    UNPARSED = 8
    TOO_LARGE = 9


class BrokenFrame(Exception):
    """The other side sent what is no frame, or ended within one."""


def send_frame(end: socket.socket, kind: Kind, *parts: bytes | memoryview) -> None:
    """Send one frame; it is written before this returns."""
    payload = b"".join(parts) if len(parts) != 1 else parts[0]
    head = _HEAD.pack(len(payload), kind)
    if len(payload) < 65_536:
        end.sendall(head + payload)
    else:
        end.sendall(head)
        end.sendall(payload)


def receive_frame(end: socket.socket) -> tuple[Kind, bytes] | None:
    """The next frame, or None where the other side has closed its end.

    Raises:
        BrokenFrame: it is none.
        TimeoutError: the socket's time is over.
    """
    head = _receive(end, _HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise BrokenFrame("ended within a head")
    length, number = _HEAD.unpack(head)
    if length > MAX_FRAME_BYTES or number not in Kind._value2member_map_:
        raise BrokenFrame("no such frame")
    payload = _receive(end, length) if length else b""
    if len(payload) < length:
        raise BrokenFrame("ended within a frame")
    return Kind(number), bytes(payload)


def _receive(end: socket.socket, length: int) -> bytes | bytearray:
    """`length` bytes, or fewer where the stream ends."""
    first = end.recv(min(length, 65_536))
    if len(first) == length or not first:
        return first
    whole = bytearray(length)
    whole[: len(first)] = first
    view, filled = memoryview(whole), len(first)
    while filled < length:
        count = end.recv_into(view[filled:])
        if count == 0:
            return whole[:filled]
        filled += count
    return whole


def pair(first: bytes, second: bytes) -> bytes:
    """Two byte strings as one payload."""
    return b"".join((_LENGTHS.pack(len(first), len(second)), first, second))


def unpair(payload: bytes) -> tuple[bytes, bytes]:
    """The two byte strings of a payload made by `pair`."""
    first, second = _LENGTHS.unpack_from(payload)
    start = _LENGTHS.size
    if len(payload) != start + first + second:
        raise BrokenFrame("not a pair")
    return payload[start : start + first], payload[start + first :]
