"""Frames between the broker and a child: a length, a kind, bytes. Nothing else crosses."""

import socket
import struct
from collections.abc import Callable
from enum import IntEnum
from io import BytesIO

_HEAD = struct.Struct("!IB")
# The longest is a result whose UTF-8 is three times its UTF-16 length.
MAX_FRAME_BYTES = 24 * 2**20
# Smaller ones are gathered into one call of the system, on both sides; larger ones are not copied.
_SMALL_BYTES = 65_536

Content = bytes | memoryview


class Kind(IntEnum):
    """What a frame carries. To the child: CODE and INPUT, ANSWER; others are from it.

    MEASURED stands before the last frame of an execution, REPORT before an UNPARSED.
    """

    CODE = 1
    INPUT = 2
    ANSWER = 3
    READY = 4
    STARTED = 5
    OPERATION = 6
    MEASURED = 7
    RESULT = 8
    ERROR = 9
    REPORT = 10
    UNPARSED = 11
    TOO_LARGE = 12


class BrokenFrame(Exception):
    """The other side sent what is no frame, or ended within one."""


class Channel:
    """Frames through one end of a socket, for one thread.

    Args:
        left: the seconds that a call may wait; it raises TimeoutError when there are none.
            Without it calls wait for ever.
    """

    def __init__(self, end: socket.socket, left: Callable[[], float] | None = None) -> None:
        self.end = end
        self._left = left
        self._received = b""

    @property
    def has_more(self) -> bool:
        """Whether there are bytes that `end` need not be asked for."""
        return bool(self._received)

    def send(self, *frames: tuple[Kind, Content]) -> None:
        """Send frames; they are written before this returns."""
        small: list[Content] = []
        for kind, content in frames:
            small.append(_HEAD.pack(len(content), kind))
            if len(content) < _SMALL_BYTES:
                small.append(content)
                continue
            self._write(b"".join(small))
            self._write(content)
            small.clear()
        if small:
            self._write(b"".join(small))

    def receive(self) -> tuple[Kind, bytes] | None:
        """The next frame, or None where the other side has closed its end.

        Raises:
            BrokenFrame: it is none.
            TimeoutError: there is no time left.
        """
        head = self._take(_HEAD.size)
        if not head:
            return None
        if len(head) < _HEAD.size:
            raise BrokenFrame("ended within a head")
        length, number = _HEAD.unpack(head)
        if length > MAX_FRAME_BYTES or number not in Kind._value2member_map_:
            raise BrokenFrame("no such frame")
        content = self._take(length) if length else b""
        if len(content) < length:
            raise BrokenFrame("ended within a frame")
        return Kind(number), content

    def expect(self, kind: Kind) -> bytes | None:
        """The content of the next frame; None as `receive`.

        Raises:
            BrokenFrame, TimeoutError: as `receive`, also where it is of another kind.
        """
        frame = self.receive()
        if frame is None:
            return None
        if frame[0] is not kind:
            raise BrokenFrame("another frame was due")
        return frame[1]

    def _write(self, content: Content) -> None:
        if self._left is not None:
            self.end.settimeout(self._left())
        self.end.sendall(content)

    def _read(self) -> bytes:
        if self._left is not None:
            self.end.settimeout(self._left())
        return self.end.recv(_SMALL_BYTES)

    def _read_into(self, place: memoryview) -> int:
        if self._left is not None:
            self.end.settimeout(self._left())
        # Without a time limit the kernel waits until all of it is there.
        return self.end.recv_into(place, 0, socket.MSG_WAITALL)

    def _take(self, length: int) -> bytes:
        """`length` bytes, or fewer where the stream ends."""
        if len(self._received) < length < _SMALL_BYTES:
            self._fill(length)
        if len(self._received) >= length:
            taken, self._received = self._received[:length], self._received[length:]
            return taken
        return self._take_long(length)

    def _take_long(self, length: int) -> bytes:
        """As `_take`; the system writes them where they stay, so that nothing is joined."""
        taken = BytesIO(bytes(length))
        done = taken.write(self._received)
        self._received = b""
        with taken.getbuffer() as view:
            while done < length and (more := self._read_into(view[done:])):
                done += more
        taken.truncate(done)
        return taken.getvalue()

    def _fill(self, length: int) -> None:
        while len(self._received) < length:
            part = self._read()
            if not part:
                return
            self._received += part
