"""Events: JSON texts, frames on the wire, gaps and overlaps of their groups."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.chat.event_text import (
    content_event,
    content_of,
    done_event,
    error_event,
    events_after,
    frames,
    is_last,
    opening_event,
    tool_event,
)
from shared.core.errors import UpstreamError
from shared.data.chat_events import EventGroup
from shared.data.chat_messages import Message, Source, TurnUsage

ANSWER = Message(
    id="msg_1",
    session_id="session_1",
    owner_id="user_1",
    author="assistant",
    content="好",
    status="complete",
    created_at="2026-02-27T10:00:00.000Z",
    sources=(Source("doc_1", "制度.pdf", "chunk_1_0", 3, 0.9, "请假需要提前三天"),),
    usage=TurnUsage(10, 2, 1_234_567),
)


def test_chinese_is_not_escaped_and_line_breaks_stay_inside_one_line() -> None:
    event = content_event("你好\n\r\u2028“世界”")
    assert "你好" in event
    assert "\n" not in event
    assert "\r" not in event
    assert json.loads(event) == {"content": "你好\n\r\u2028“世界”"}


@settings(deadline=None)
@given(st.text())
def test_any_text_comes_back_from_its_event(text: str) -> None:
    assert content_of(content_event(text)) == text


def test_only_content_events_have_content() -> None:
    assert content_of(opening_event("msg_1", "session_1")) == ""
    assert content_of(tool_event("web_search", "running")) == ""


def test_done_names_the_message_its_sources_and_its_usage() -> None:
    event = json.loads(done_event(ANSWER))
    assert event == {
        "done": True,
        "message_id": "msg_1",
        "sources": [
            {
                "document_id": "doc_1",
                "document_name": "制度.pdf",
                "chunk_id": "chunk_1_0",
                "page": 3,
                "score": 0.9,
                "snippet": "请假需要提前三天",
            }
        ],
        "usage": {
            "tokens": 12,
            "prompt_tokens": 10,
            "completion_tokens": 2,
            "cost": 1.234567,
        },
    }


def test_a_stopped_answer_says_so() -> None:
    assert json.loads(done_event(ANSWER, stopped=True))["stopped"] is True


def test_done_and_error_are_last() -> None:
    assert is_last(done_event(ANSWER, stopped=True))
    assert is_last(error_event(UpstreamError.code, UpstreamError.text))
    assert not is_last(content_event('{"done"'))


def test_frames_are_numbered_server_sent_events() -> None:
    assert frames(7, ['{"content": "a"}', '{"content": "b"}']) == (
        b'id: 7\ndata: {"content": "a"}\n\nid: 8\ndata: {"content": "b"}\n\n'
    )


def test_groups_that_overlap_give_each_event_once() -> None:
    groups = [EventGroup(1, ("a", "b")), EventGroup(1, ("a", "b", "c")), EventGroup(4, ("d",))]
    assert events_after(groups, 0) == ["a", "b", "c", "d"]
    assert events_after(groups, 2) == ["c", "d"]
    assert events_after(groups, 4) == []


def test_events_behind_a_gap_wait_for_what_is_missing() -> None:
    groups = [EventGroup(1, ("a",)), EventGroup(3, ("c",))]
    assert events_after(groups, 0) == ["a"]
    assert events_after(groups, 1) == []


@settings(deadline=None)
@given(
    st.lists(st.text(), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(1, 15)), max_size=20),
)
def test_however_a_log_was_written_it_is_joined_from_any_cut(
    pieces: list[str], writes: list[tuple[int, int]]
) -> None:
    """Writes may overlap: one whose answer was lost is made again, and longer."""
    whole = [content_event(piece) for piece in pieces]
    groups, written = [], 0
    for back, length in writes:
        first = max(0, written - back)
        last = min(len(whole), written + length)
        if last > written:
            groups.append(EventGroup(first + 1, tuple(whole[first:last])))
            written = last
    groups.append(EventGroup(written + 1, tuple(whole[written:]) or (whole[-1],)))
    for cut in range(len(whole) + 1):
        later = [group for group in groups if group.last > cut]  # what the query gives
        assert [*whole[:cut], *events_after(later, cut)][: len(whole)] == whole
