"""The buffer: every reader gets every event once, from any number on."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.chat.event_buffer import EventBuffer
from shared.chat.event_text import PING, content_event


async def _read(buffer: EventBuffer, after: int) -> bytes:
    return b"".join([piece async for piece in buffer.follow(after)])


def _numbers(stream: bytes) -> list[int]:
    return [int(line[4:]) for line in stream.decode().splitlines() if line.startswith("id: ")]


def _text(stream: bytes) -> str:
    data = [line[6:] for line in stream.decode().split("\n") if line.startswith("data: ")]
    return "".join(json.loads(event).get("content", "") for event in data)


async def test_what_is_at_hand_comes_in_one_piece() -> None:
    buffer = EventBuffer()
    for number in range(5):
        buffer.append(content_event(str(number)))
    buffer.close()
    pieces = [piece async for piece in buffer.follow(0)]
    assert len(pieces) == 1
    assert _text(pieces[0]) == "01234"


async def test_two_readers_follow_side_by_side_to_the_end() -> None:
    buffer = EventBuffer()
    readers = [asyncio.create_task(_read(buffer, 0)) for _ in range(2)]
    for number in range(20):
        buffer.append(content_event(str(number)))
        if number % 3 == 0:
            await asyncio.sleep(0)
    buffer.close()
    first, second = await asyncio.gather(*readers)
    assert first == second
    assert _numbers(first) == list(range(1, 21))


async def test_a_reader_that_leaves_does_not_disturb_the_other() -> None:
    buffer = EventBuffer()
    leaving = asyncio.create_task(_read(buffer, 0))
    staying = asyncio.create_task(_read(buffer, 0))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    buffer.append(content_event("still here"))
    buffer.close()
    assert _text(await staying) == "still here"


async def test_silence_has_comment_lines_in_it() -> None:
    buffer = EventBuffer()
    stream = buffer.follow(0, ping_seconds=0.001)
    assert await anext(stream) == PING
    buffer.append(content_event("a"))
    assert b"data" in await anext(stream)


@settings(deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=30))
def test_joined_from_any_cut_it_is_the_answer(pieces: list[str]) -> None:
    async def check() -> None:
        buffer = EventBuffer()
        for piece in pieces:
            buffer.append(content_event(piece))
        buffer.close()
        whole = await _read(buffer, 0)
        for cut in range(len(pieces) + 1):
            rest = await _read(buffer, cut)
            assert whole.endswith(rest)
            assert "".join(pieces[:cut]) + _text(rest) == "".join(pieces)

    asyncio.run(check())
