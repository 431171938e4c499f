"""The examples as a client runs them, against a server that answers as the contract says."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

_FOLDER = Path(__file__).parents[3] / "docs" / "examples"
SHELL = ["bash", str(_FOLDER / "generate_image.sh")]
PYTHON = [sys.executable, str(_FOLDER / "generate_image.py")]
PENDING = {"task_id": "task_1", "status": "pending", "message": "处理中"}
DONE = {
    "task_id": "task_1",
    "status": "completed",
    "message": "完成",
    "result": {"image_url": "https://h/1.png", "image_urls": ["https://h/1.png"]},
}
FAILED = {**PENDING, "status": "failed", "error": {"code": "TIMEOUT", "message": "超时"}}


@dataclass
class Api:
    """The three answers a client needs; `results` are given one after the other."""

    url: str = ""
    results: list[dict[str, Any]] = field(default_factory=lambda: [DONE])
    created: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    refuse: bool = False

    async def create(self, request: web.Request) -> web.Response:
        self.created.append((dict(request.headers), await request.json()))
        if self.refuse:
            error = {"code": "INVALID_REQUEST", "message": "请求参数错误"}
            body = {"success": False, "error": error, "request_id": "r-1"}
            return web.json_response(body, status=400)
        return web.json_response({"success": True, "data": PENDING}, status=201)

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response({"success": True, "data": self.results.pop(0)})


@pytest_asyncio.fixture
async def api() -> AsyncIterator[Api]:
    made = Api()
    app = web.Application()
    app.router.add_post("/api/v1/ai/image/task", made.create)
    app.router.add_get("/api/v1/ai/image/result/task_1", made.show)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture(autouse=True)
def aws() -> None:
    """These tests touch no AWS."""


async def run(api: Api, command: list[str], *arguments: str) -> tuple[int, str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "ROLECRAFT_URL": api.url,
        "ROLECRAFT_TOKEN": "t-1",
        "PYTHONUTF8": "1",
        "NO_PROXY": "127.0.0.1",
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, *arguments, env=environment, stdout=pipe, stderr=pipe
    )
    out, told = await process.communicate()
    return process.returncode or 0, out.decode(), told.decode()


@pytest.mark.parametrize("command", [SHELL, PYTHON])
async def test_the_link_is_printed_once_the_picture_is_there(api: Api, command: list[str]):
    api.results = [PENDING, DONE]

    code, out, told = await run(api, command, "一只猫")

    assert (code, out) == (0, "https://h/1.png\n")
    assert "task_1" in told
    headers, body = api.created[0]
    assert headers["Authorization"] == "Bearer t-1"
    assert headers["Idempotency-Key"]
    assert (body["prompt"], body["size"]) == ("一只猫", "1024x1024")


@pytest.mark.parametrize("command", [SHELL, PYTHON])
async def test_a_failed_task_ends_with_its_reason(api: Api, command: list[str]):
    api.results = [FAILED]

    code, out, told = await run(api, command, "一只猫")

    assert (code, out) == (1, "")
    assert "TIMEOUT 超时" in told


@pytest.mark.parametrize("command", [SHELL, PYTHON])
async def test_a_refusal_is_shown_in_the_servers_words(api: Api, command: list[str]):
    api.refuse = True

    code, _, told = await run(api, command, "一只猫")

    assert code == 1
    assert "INVALID_REQUEST: 请求参数错误 (request r-1)" in told
