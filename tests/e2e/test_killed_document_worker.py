"""A worker whose process is killed in the middle: its document is completed all the same, once.

What a kill around each single call leaves is tested in tests/integration/document_worker; here
the process, the queue and its clock are real.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from infra.local.aws import LocalAws
from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.processes import ports_of, workers

pytestmark = pytest.mark.takes(60)

WORKER = "rolecraft-local-document-worker"
# The least with which a worker begins a document is 30 s; its message comes back 15 s after it.
SECONDS = 34
LONG = "".join(f"第{n}条：型号 ZX-{n} 的额定电压是 48 伏。\n" for n in range(60_000)).encode()
SHORT = "紧急联系人是王小明，电话分机 7788。".encode()


@pytest.fixture
def client(system: System) -> httpx.Client:
    return system.new_user()


@contextmanager
def short_deadline(system: System) -> Iterator[None]:
    """The worker's time, a tenth of what is deployed."""
    functions = LocalAws(ports_of(system)["emulator"]).client("lambda")
    before = functions.get_function_configuration(FunctionName=WORKER)["Timeout"]
    functions.update_function_configuration(FunctionName=WORKER, Timeout=SECONDS)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=WORKER, Timeout=before)


def reading(system: System) -> list[int]:
    """Workers whose child is reading a file."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "ppid=,args="], check=True, capture_output=True, text=True
    )
    rows = (line.split(None, 1) for line in listed.stdout.splitlines())
    busy = {int(parent) for parent, command in rows if "extraction.child" in command}
    return [pid for pid in workers(system, "document_worker") if pid in busy]


def kill(at_work: Callable[[], list[int]]) -> None:
    """Kill the workers that do something, as soon as they do it."""
    deadline = time.monotonic() + flows.PATIENCE_SECONDS
    while not (found := at_work()):
        assert time.monotonic() < deadline, "no worker was at work"
        time.sleep(0.005)
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def killed_while_reading(system: System, client: httpx.Client) -> str:
    document = flows.uploaded(client, "长.txt", LONG)
    kill(lambda: reading(system))
    return document


def killed_while_embedding(system: System, client: httpx.Client) -> str:
    control = f"{system.simulator}/_control"
    httpx.post(control, json={"mode": "silence", "times": 1}, trust_env=False)

    def asked() -> bool:
        return bool(httpx.get(control, trust_env=False).json()["scripted"] == 0)

    document = flows.uploaded(client, "短.txt", SHORT)
    kill(lambda: workers(system, "document_worker") if asked() else [])
    return document


def positions(client: httpx.Client, document: Any) -> list[int]:
    path, size = f"/documents/{document['id']}/chunks", 100
    pages = -(-document["chunk_count"] // size)
    wanted = ({"page": page + 1, "page_size": size} for page in range(pages))
    return [
        chunk["position"]
        for query in wanted
        for chunk in flows.data(client.get(path, params=query))["items"]
    ]


def test_a_killed_worker_leaves_no_document_stuck_and_no_chunk_doubled(
    system: System, client: httpx.Client
) -> None:
    killed = []
    with short_deadline(system):
        for kill_one in (killed_while_reading, killed_while_embedding):
            document = kill_one(system, client)
            assert flows.data(client.get(f"/documents/{document}"))["status"] == "processing"
            killed.append(document)
    # The second try has all the time that is deployed.
    found = [flows.finished_document(client, document) for document in killed]
    assert [document["status"] for document in found] == ["completed", "completed"]
    for document in found:
        assert positions(client, document) == list(range(document["chunk_count"]))
    (base,) = flows.data(client.get("/knowledge-bases"))["items"]
    chunks = sum(document["chunk_count"] for document in found)
    assert (base["document_count"], base["chunk_count"]) == (2, chunks)
