"""Code blocks over the gateway: real engine, real limits, clients of three languages."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e import flows
from tests.e2e.conftest import ROOT, System

EXAMPLES = ROOT / "docs" / "examples"
AXIOS = ROOT / "layers/javascript/modules/node_modules/axios/index.js"


@pytest.fixture
def flow(system: System) -> httpx.Client:
    client = httpx.Client(base_url=system.url, timeout=120, trust_env=False)
    system.clients.append(client)
    return client


@pytest.fixture
def admin(system: System) -> dict[str, str]:
    return {"Authorization": f"Bearer {system.demo['flow_admin_token']}"}


@pytest.fixture
def new_token(flow: httpx.Client, admin: dict[str, str]) -> Callable[..., str]:
    def make(**fields: Any) -> str:
        body = {"ws_id": "e2e", "email": "e2e@example.com", "operation": "unlimited", **fields}
        answer = flow.post("/flow/tokens", json=body, headers=admin)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["access_token"])

    return make


def body(code: str, **given: Any) -> dict[str, Any]:
    return {"input": given, "codebase64": base64.b64encode(code.encode()).decode()}


def run(flow: httpx.Client, token: str, code: str, **given: Any) -> httpx.Response:
    return flow.post("/flow/codeblock", json=body(code, **given), headers={"accessToken": token})


COMMANDS: dict[str, list[str]] = {
    "curl": ["sh", str(EXAMPLES / "run_code.sh")],
    "python requests": [sys.executable, str(EXAMPLES / "run_code.py")],
    "node axios": ["node", str(EXAMPLES / "run_code.mjs")],
}


@pytest.mark.parametrize("client", COMMANDS)
def test_the_examples_run_unchanged(
    system: System, new_token: Callable[..., str], client: str
) -> None:
    environment = {**os.environ, "ROLECRAFT_URL": system.url, "FLOW_TOKEN": new_token()}
    if AXIOS.exists():
        environment["AXIOS"] = str(AXIOS)
    done = subprocess.run(
        COMMANDS[client],
        env=environment,
        capture_output=True,
        text=True,
        timeout=flows.PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["success"], answer["result"]) == (True, {"total": 6})
    assert set(answer["timing"]) == {"executionTime", "totalTime"}


def test_the_language_and_its_errors(flow: httpx.Client, new_token: Callable[..., str]) -> None:
    token = new_token(rate_limit_burst=100)
    code = "const _ = require('lodash'); return {k: _.kebabCase(input.name), 和: await 1};"
    assert run(flow, token, code, name="Foo Bar").json()["result"] == {"k": "foo-bar", "和": 1}
    failed = run(flow, token, "const a = 1;\nreturn nowhere.b;").json()
    assert (failed["error"]["type"], failed["error"]["line"]) == ("ReferenceError", 2)
    assert run(flow, token, "console.log(1)").json()["success"] is False
    bomb = "const a = []; for (;;) a.push(new Array(1e6).fill(7));"
    assert run(flow, token, bomb).json()["error"]["type"] in ("MemoryError", "RangeError")
    assert run(flow, token, "return 7").json()["result"] == 7
    blocked = run(flow, token, "return (await fetch('http://169.254.169.254/')).status")
    assert blocked.json()["success"] is False


def test_two_mebibytes_go_in_and_out(flow: httpx.Client, new_token: Callable[..., str]) -> None:
    text = "中" * (2_097_152 // 3 - 10)
    answer = run(flow, new_token(), "return input.text", text=text)
    # httpx sends Chinese as it is, so these are the bytes of the input.
    assert answer.json()["result"] == text


def test_a_token_of_burst_ten_passes_ten_of_forty_at_once(
    system: System, new_token: Callable[..., str]
) -> None:
    token = new_token(rate_limit_per_minute=1)

    async def all_at_once() -> Counter[int]:
        async with httpx.AsyncClient(base_url=system.url, timeout=120, trust_env=False) as client:
            calls = (
                client.post(
                    "/flow/codeblock", json=body("return 1"), headers={"accessToken": token}
                )
                for _ in range(40)
            )
            return Counter(answer.status_code for answer in await asyncio.gather(*calls))

    assert asyncio.run(all_at_once()) == {200: 10, 429: 30}


def test_a_deleted_token_is_refused_everywhere_within_ten_seconds(
    flow: httpx.Client, admin: dict[str, str], new_token: Callable[..., str]
) -> None:
    token = new_token(rate_limit_burst=100)
    assert run(flow, token, "return 1").status_code == 200
    assert flow.delete(f"/flow/tokens/{token}", headers=admin).status_code == 200
    flows.holds_within(10, lambda: run(flow, token, "return 1").status_code == 401)
    assert run(flow, token, "return 1").json()["error"] == "Token无效或已过期"


def test_the_figures_are_those_of_the_service(
    flow: httpx.Client, admin: dict[str, str], new_token: Callable[..., str]
) -> None:
    token = new_token(rate_limit_burst=100)
    before = flow.get("/flow/status", headers=admin).json()["data"]
    for code in ("return 1", "return await 2", "throw new Error('x')"):
        run(flow, token, code)
    after = flow.get("/flow/status", headers=admin).json()["data"]
    grown = {name: after[name] - before[name] for name in after if name.endswith("Executions")}
    assert (grown["totalExecutions"], grown["failedExecutions"]) == (3, 1)
    assert grown["currentExecutions"] == 0
    assert flow.get("/flow/health", headers=admin).json()["status"] == "healthy"


@pytest.mark.parametrize("path", ["/flow/codeblock", "/flow/tokens"])
def test_a_body_beyond_the_gateways_limit_has_the_groups_form(
    flow: httpx.Client, path: str
) -> None:
    answer = flow.post(path, content=b"x" * (6 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert isinstance(answer.json()["error"], str)


def test_the_command_runs_a_file(system: System, tmp_path: Path) -> None:
    file = tmp_path / "block.js"
    file.write_text("return {和: input.a + 1}", "utf-8")
    command = [sys.executable, "-m", "cli", "code", "run", str(file), "--input", '{"a": 1}']
    environment = {**os.environ, "STATE": str(system.state)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, {"和": 2}), done.stderr
