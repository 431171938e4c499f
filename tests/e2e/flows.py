"""What a client does, in one call each."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx


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


def finished_document(client: httpx.Client, document_id: str, seconds: float = 60) -> Any:
    """The document once it is completed or failed."""
    deadline = time.monotonic() + seconds
    while True:
        found = data(client.get(f"/documents/{document_id}"))
        if found["status"] in ("completed", "failed"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


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
