"""Frames: whole, in order, within their limits, and within the time that is left."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from functions.code_executor.engine.frames import MAX_FRAME_BYTES, BrokenFrame, Channel, Kind

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Pair]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


@pytest.mark.parametrize("left", [None, lambda: 5.0])
def test_frames_of_all_sizes_arrive_in_their_order(ends: Pair, left: Callable[[], float] | None):
    frames = [(Kind.CODE, b"a"), (Kind.INPUT, b"x" * 300_000), (Kind.STARTED, b""),
              (Kind.ANSWER, b"y" * 70_000), (Kind.RESULT, b"z" * 3_000_000)]  # fmt: skip
    sender = threading.Thread(target=lambda: Channel(ends[0]).send(*frames))
    sender.start()
    receiver = Channel(ends[1], left)

    assert [receiver.receive() for _ in frames] == frames
    sender.join()
    ends[0].close()
    assert receiver.receive() is None
    assert not receiver.has_more


def test_small_frames_that_came_together_are_there_without_asking(ends: Pair):
    Channel(ends[0]).send((Kind.READY, b"1"), (Kind.STARTED, b""))
    receiver = Channel(ends[1])

    assert receiver.receive() == (Kind.READY, b"1")
    assert receiver.has_more
    assert receiver.receive() == (Kind.STARTED, b"")
    assert not receiver.has_more


@pytest.mark.parametrize(
    "sent",
    [
        b"\0\0",
        b"\0\0\0\5\1abc",
        b"\0\0\0\1\xffa",
        (MAX_FRAME_BYTES + 1).to_bytes(4, "big") + b"\1",
        (100_000).to_bytes(4, "big") + b"\1" + b"x" * 99_000,
    ],
)
def test_what_is_no_frame_is_told(ends: Pair, sent: bytes):
    ends[0].sendall(sent)
    ends[0].close()

    with pytest.raises(BrokenFrame):
        Channel(ends[1]).receive()


def test_a_frame_of_another_kind_than_the_one_due_is_told(ends: Pair):
    Channel(ends[0]).send((Kind.CODE, b"a"), (Kind.CODE, b"b"))
    receiver = Channel(ends[1])

    assert receiver.expect(Kind.CODE) == b"a"
    with pytest.raises(BrokenFrame):
        receiver.expect(Kind.INPUT)


def test_who_sends_a_byte_now_and_then_gets_no_more_time(ends: Pair):
    left = iter([1.0, 1.0])

    def remaining() -> float:
        seconds = next(left, 0.0)
        if not seconds:
            raise TimeoutError
        return seconds

    for _ in range(3):
        ends[0].send(b"\0")
    ends[0].send(b"\2")
    receiver = Channel(ends[1], remaining)
    with pytest.raises(TimeoutError):
        receiver.receive()
