"""Streams over the gateway: cut anywhere, stopped, left alone; the answer survives."""

from typing import Any

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System

LONG = "第一条：请假需要提前三天申请。第二条：加班需要主管批准。第三条：报销需要发票。" * 20


@pytest.fixture(scope="module")
def client(system: System) -> httpx.Client:
    return system.new_user()


@pytest.fixture(scope="module")
def slow_session(client: httpx.Client) -> str:
    return flows.session_with(client, flows.role_knowing(client, [], "sim-slow"))


def _finished(client: httpx.Client, session: str, message: str) -> Any:
    ends = ("complete", "incomplete", "failed")
    return flows.final(client, f"/chat/{session}/messages/{message}", ends)


def test_a_stream_cut_anywhere_is_joined_byte_for_byte(client: httpx.Client) -> None:
    session = flows.session_with(client, flows.role_knowing(client, [], "builtin"))
    whole = flows.ask(client, session, LONG[:200])
    message = whole.events[0]["message_id"]
    path = f"/chat/{session}/messages/{message}/stream"
    for cut in range(0, len(whole.ids), max(1, len(whole.ids) // 7)):
        headers = {"Last-Event-ID": str(whole.ids[cut])}
        rest = flows.listen(client, "GET", path, headers=headers)
        assert whole.events[: cut + 1] + rest.events == whole.events


def test_an_answer_survives_a_client_that_leaves(client: httpx.Client, slow_session: str) -> None:
    left = flows.ask(client, slow_session, "慢慢说", stop_after=2)
    message = left.events[0]["message_id"]
    path = f"/chat/{slow_session}/messages/{message}/stream"
    rest = flows.listen(client, "GET", path, headers={"Last-Event-ID": str(left.ids[-1])})
    saved = _finished(client, slow_session, message)
    assert saved["status"] == "complete"
    assert left.content + rest.content == saved["content"]


def test_a_stop_stops(client: httpx.Client, slow_session: str) -> None:
    path = f"/chat/{slow_session}/stream"
    heard = flows.Heard()
    with client.stream("POST", path, json={"message": "慢慢说"}) as answer:
        for number, event in flows.events_of(answer.iter_lines()):
            heard.ids.append(number)
            heard.events.append(event)
            if len(heard.events) == 3:
                message = heard.events[0]["message_id"]
                stop = f"/chat/{slow_session}/messages/{message}/stop"
                flows.data(client.post(stop))
    assert heard.last["done"] is True
    assert heard.last["stopped"] is True
    saved = _finished(client, slow_session, message)
    assert saved["status"] == "incomplete"
    assert saved["content"] == heard.content


def test_errors_known_before_the_first_event_use_the_envelope(client: httpx.Client) -> None:
    answer = client.post("/chat/session_01ARZ3NDEKTSV4RRFFQ69G5FAV/stream", json={"message": "x"})
    flows.error(answer, 404, "NOT_FOUND")


def test_somebody_elses_stream_does_not_exist(system: System, client: httpx.Client) -> None:
    session = flows.session_with(client, flows.role_knowing(client, [], "builtin"))
    message = flows.ask(client, session, "你好").events[0]["message_id"]
    other = system.new_user()
    path = f"/chat/{session}/messages/{message}"
    flows.error(other.get(path), 404, "NOT_FOUND")
    flows.error(other.get(f"{path}/stream"), 404, "NOT_FOUND")
    flows.error(other.post(f"{path}/stop"), 404, "NOT_FOUND")
