"""The same events come out however the bytes are cut."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ai.sse import EventParser, EventTooLong

SAMPLES = json.loads(
    (Path(__file__).parents[2] / "support" / "vectors" / "openai_samples.json").read_text("utf-8")
)


def parsed(*chunks: bytes) -> list[bytes]:
    parser = EventParser()
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return events + parser.close()


def wire(events: list[object], end: str = "\n") -> bytes:
    texts = [f"data: {json.dumps(event, ensure_ascii=False)}{end}{end}" for event in events]
    return "".join([f": keep-alive{end}{end}", *texts, f"data: [DONE]{end}{end}"]).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["stream_text", "stream_tool_calls", "stream_deepseek_reasoning"])
def test_every_cut_gives_the_same_events(name: str, end: str):
    body = wire(SAMPLES[name], end)
    expected = [json.dumps(e, ensure_ascii=False).encode() for e in SAMPLES[name]] + [b"[DONE]"]

    assert parsed(body) == expected
    for cut in range(len(body) + 1):
        assert parsed(body[:cut], body[cut:]) == expected
    assert parsed(*(body[i : i + 1] for i in range(len(body)))) == expected


_LINES = st.lists(
    st.sampled_from([b"data: a", b"data:b", b"data", b"event: x", b": c", b"", b"data: \xe4\xbd"])
)
_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(lines=_LINES, end=_ENDS, mark=st.booleans(), cuts=st.lists(st.integers(0, 200)))
def test_cuts_never_change_what_is_read(
    lines: list[bytes], end: bytes, mark: bool, cuts: list[int]
):
    body = b"\xef\xbb\xbf" * mark + b"".join(line + end for line in lines)
    places = sorted({0, *(cut for cut in cuts if cut < len(body)), len(body)})
    chunks = [body[a:b] for a, b in pairwise(places)]

    assert parsed(*chunks) == parsed(body)


def test_several_data_lines_are_joined():
    assert parsed(b"data: a\ndata:b\ndata:\n\n") == [b"a\nb\n"]


def test_comments_blank_lines_and_other_fields_are_ignored():
    assert parsed(b": hi\n\n\n\nevent: x\nid: 1\nretry: 5\n\ndata: a\n\n") == [b"a"]


def test_a_last_event_without_its_blank_line_is_given_at_the_end():
    assert parsed(b"data: a\n\ndata: b") == [b"a", b"b"]


def test_an_endless_event_is_refused():
    parser = EventParser()
    parser.feed(b"data: ")

    for _ in range(7):
        parser.feed(b"x" * 1024 * 1024)

    with pytest.raises(EventTooLong):
        parser.feed(b"x" * 1024 * 1024)
