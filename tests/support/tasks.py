"""A provider of pictures under a test's control, and the workflow run by hand."""

import json
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from functions.media_worker.handler import handler as worker
from functions.tasks.handler import handler as tasks
from shared.ai.errors import ModelNotAvailable
from shared.ai.registry import registry
from shared.core import clock
from shared.core.settings import forget_settings
from shared.data.tasks import Task, find_task
from shared.ledger import ledger
from shared.media.port import ImageJob, JobState, VideoJob
from shared.tasks.types import pictures, video
from tests.support.http import Answer, Client

IMAGE_TASK = "/api/v1/ai/image/task"
TASKS = "/api/v1/tasks"
PRICE_MICRO = 259_000
"""Of one picture of the default model, shared/ai/data/models.json."""

_PROVIDERS = [
    {
        "name": "volcengine",
        "kind": "volcengine",
        "base_url": "http://127.0.0.1:9",
        "models": [
            "doubao-seedream-3.0-t2i",
            "doubao-seedance-1.0-pro",
            "jimeng-t2i-4.0",
            "jimeng-i2i-3.0",
        ],
    }
]


@dataclass
class FakeProvider:
    """Counts its jobs; `state` is what it answers, `on_submit` happens within a submit."""

    state: JobState = field(default_factory=lambda: JobState("running"))
    on_submit: Callable[[], None] = lambda: None
    on_poll: Callable[[], None] = lambda: None
    jobs: list[ImageJob | VideoJob] = field(default_factory=list)
    name: str = "volcengine"

    async def submit(self, job: ImageJob | VideoJob) -> str:
        self.jobs.append(job)
        self.on_submit()
        return f"job-{len(self.jobs)}"

    async def poll(self, provider_task_id: str) -> JobState:
        assert provider_task_id == f"job-{len(self.jobs)}"
        self.on_poll()
        return self.state


@contextmanager
def fake_provider(patch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """The provider that every image task of the test asks."""
    patch.setenv("PROVIDERS", json.dumps(_PROVIDERS))
    forget_settings()
    provider = FakeProvider()
    patch.setattr(pictures, "image_provider", _provider_of(provider, "image"))
    patch.setattr(video, "video_provider", _provider_of(provider, "video"))
    yield provider


def _provider_of(provider: FakeProvider, kind: str) -> Callable[[str], FakeProvider]:
    def find(model_id: str) -> FakeProvider:
        if registry().find(model_id)[1].kind != kind:
            raise ModelNotAvailable("volcengine", model_id)
        return provider

    return find


def png(width: int = 4, height: int = 3) -> bytes:
    """A picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x7f" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@dataclass
class ResultServer:
    """Serves results as a provider does; the links of `dead` numbers answer 403."""

    url: str = ""
    content: bytes = field(default_factory=png)
    dead: set[int] = field(default_factory=set)

    def links(self, count: int = 1) -> tuple[str, ...]:
        return tuple(f"{self.url}/{number}" for number in range(count))


@contextmanager
def result_server() -> Iterator[ResultServer]:
    """A server on a free port of this machine."""
    state = ResultServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            alive = int(self.path[1:]) not in state.dead
            self.send_response(200 if alive else 403)
            self.send_header("Content-Length", str(len(state.content) if alive else 0))
            self.end_headers()
            if alive:
                self.wfile.write(state.content)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def post_image(client: Client, *, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    """POST /api/v1/ai/image/task."""
    body = {"prompt": "一只戴帽子的猫", **fields}
    return client.call("POST", IMAGE_TASK, body=body, headers=headers)


def new_task(credential: str, owner_id: str, **fields: Any) -> Task:
    """A task that was accepted."""
    answer = post_image(Client(tasks, credential), **fields)
    assert answer.status == 201, answer.text
    return stored(owner_id, answer.data["task_id"])


def stored(owner_id: str, task_id: str) -> Task:
    """The task as it is stored."""
    task = find_task(owner_id, task_id)
    assert task is not None
    return task


def run(step: str, task: Task, **more: Any) -> str:
    """One step, as the workflow calls it; the state it answers."""
    event = {
        "step": step,
        "task_id": task.id,
        "owner_id": task.owner_id,
        "attempt": task.attempt,
        "request_id": "request-1",
        **more,
    }
    state: str = worker(event, None)["state"]
    return state


def run_workflow(task: Task) -> Task:
    """Submit, poll until it is done, collect."""
    state = run("submit", task)
    for _ in range(100):
        if state != "running":
            break
        state = run("poll", task, wait_s=3)
    if state == "done":
        run("collect", task)
    return stored(task.owner_id, task.id)


@contextmanager
def later(seconds: float) -> Iterator[None]:
    """The clock so many seconds further."""
    then = clock.timestamp() + seconds
    with clock.travelling(lambda: then):
        yield


def started(owner_id: str) -> list[dict[str, Any]]:
    """The bodies of promised executions of an owner's tasks."""
    found = boto3.client("dynamodb").query(
        TableName="rolecraft-test-tasks",
        IndexName="gsi1",
        KeyConditionExpression="gsi1pk = :p",
        ExpressionAttributeValues={":p": {"S": "OUTBOX"}},
    )
    bodies = [json.loads(item["body"]["S"]) for item in found["Items"]]
    return [body for body in bodies if body["owner_id"] == owner_id]


def set_limit(user_id: str, tasks_paid: int) -> None:
    """A budget that covers so many one-picture tasks."""
    ledger.set_budget(user_id, tasks_paid * PRICE_MICRO, "block")


def failed_task(credential: str, owner_id: str) -> Task:
    """A task that has failed by a fault of ours."""
    task = new_task(credential, owner_id)
    run("finish", task, error="KeyError")
    return stored(owner_id, task.id)
