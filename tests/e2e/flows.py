"""What a client does, in one call each."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.waiting import until

# A test tells "soon" from "never": what comes in a second on an idle machine may take a hundred
# times as long where others work.
PATIENCE_SECONDS = 180


def eventually(
    read: Callable[[], Any],
    seconds: float = PATIENCE_SECONDS,
    enough: Callable[[Any], bool] = bool,
) -> Any:
    """As `until`, at the pace of a client: ten that wait side by side stay below its limit."""
    return until(read, seconds, pause=0.1, longest_pause=1.0, enough=enough)


def data(answer: httpx.Response, status: int = 200) -> Any:
    """The data of a success envelope with that status."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["success"] is True
    assert body["request_id"] == answer.headers["x-request-id"]
    return body["data"]


def error(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of a failure envelope with that status and code."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert (body["success"], body["error"]["code"]) == (False, code)
    found: dict[str, Any] = body["error"]
    return found


def final(
    client: httpx.Client,
    path: str,
    ends: tuple[str, ...] = ("completed", "failed", "cancelled"),
    seconds: float = PATIENCE_SECONDS,
) -> dict[str, Any]:
    """What is at a path once its status is one that stays."""
    found: dict[str, Any] = eventually(
        lambda: data(client.get(path)), seconds, lambda found: found["status"] in ends
    )
    return found


def finished_document(client: httpx.Client, document_id: str) -> dict[str, Any]:
    """The document once it is completed or failed."""
    return final(client, f"/documents/{document_id}")


def uploaded(client: httpx.Client, name: str, content: bytes, **fields: str) -> str:
    answer = client.post("/documents", files={"file": (name, content)}, data=fields)
    return str(data(answer, 201)["id"])


def role_knowing(client: httpx.Client, knowledge_bases: list[str], model: str = "builtin") -> str:
    body = {
        "name": "助手",
        "system_prompt": "你依据资料回答问题。",
        "knowledge_bases": knowledge_bases,
        "model_config": {"model": model},
    }
    return str(data(client.post("/roles", json=body), 201)["id"])


def session_with(client: httpx.Client, role_id: str) -> str:
    return str(data(client.post("/chat-sessions", json={"role_id": role_id}), 201)["id"])


def holds_within(seconds: float, holds: Callable[[], bool]) -> None:
    """Each call that begins so many seconds from now finds that it holds, however long it takes."""
    end = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        if holds():
            return
        assert begun < end, f"still not so after {seconds} s"
        time.sleep(0.5)


@dataclass
class Heard:
    """Everything one stream said."""

    ids: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def content(self) -> str:
        return "".join(event.get("content", "") for event in self.events)

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


def events_of(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The (id, data) pairs of server-sent events; comments are passed over."""
    number = -1
    for line in lines:
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("data: "):
            yield number, json.loads(line[6:])


def listen(
    client: httpx.Client, method: str, path: str, *, stop_after: int | None = None, **options: Any
) -> Heard:
    """Follow a stream to its end, or leave after `stop_after` events."""
    heard = Heard()
    with client.stream(method, path, **options) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        for number, event in events_of(answer.iter_lines()):
            heard.ids.append(number)
            heard.events.append(event)
            if stop_after is not None and len(heard.events) >= stop_after:
                break
    return heard


def ask(client: httpx.Client, session_id: str, message: str, **options: Any) -> Heard:
    path = f"/chat/{session_id}/stream"
    return listen(client, "POST", path, json={"message": message}, **options)
