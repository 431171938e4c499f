"""`rolecraft code run`: what it sends, prints and ends with."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from cli import code
from cli.code import access_of
from cli.main import rolecraft

Reply = Callable[[httpx.Request], httpx.Response]
TIMING = {"executionTime": 1.0, "totalTime": 2.0}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Runs the command on a file, against an answer."""
    monkeypatch.setenv("ROLECRAFT_URL", "https://api.test")
    monkeypatch.setenv("ROLECRAFT_CODE_TOKEN", "flow_x")
    real = code.execute

    def command(reply: Reply, source: str, *options: str) -> Result:
        def execute(*given: Any) -> dict[str, Any]:
            return real(*given, transport=httpx.MockTransport(reply))

        monkeypatch.setattr(code, "execute", execute)
        file = tmp_path / "block.js"
        file.write_text(source, "utf-8")
        return CliRunner().invoke(rolecraft, ["code", "run", str(file), *options])

    return command


def answers(status: int, **body: Any) -> Reply:
    return lambda _: httpx.Response(status, json={**body, "request_id": "r"})


def test_it_sends_code_and_input_and_prints_the_result(run: Callable[..., Result]) -> None:
    asked: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"success": True, "result": {"和": 2}, "timing": TIMING})

    done = run(reply, "return {'和': input.a + 1}", "--input", '{"a": 1}')

    assert (done.exit_code, json.loads(done.output)) == (0, {"和": 2})
    assert "和" in done.output
    (request,) = asked
    assert (request.url, request.headers["accesstoken"]) == (
        "https://api.test/flow/codeblock",
        "flow_x",
    )
    body = json.loads(request.content)
    assert body["input"] == {"a": 1}
    assert base64.b64decode(body["codebase64"]).decode() == "return {'和': input.a + 1}"


def test_failing_code_ends_with_one_and_its_place(run: Callable[..., Result]) -> None:
    error = {"type": "TypeError", "message": "no", "line": 3, "column": 7}
    done = run(answers(200, success=False, error=error, timing=TIMING), "x")

    assert done.exit_code == 1
    assert "block.js:3:7: TypeError: no" in done.output


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (answers(401, success=False, error="Token无效或已过期"), "401: Token无效或已过期"),
        (
            answers(429, success=False, error={"type": "RateLimitError", "message": "稍后再试"}),
            "429: 稍后再试",
        ),
        (lambda _: httpx.Response(502, text="<html>"), "answered 502 without JSON"),
    ],
)
def test_a_refusal_is_told_in_its_words(
    run: Callable[..., Result], reply: Reply, text: str
) -> None:
    done = run(reply, "x")

    assert done.exit_code == 1
    assert text in done.output


@pytest.mark.parametrize("given", ["[1]", "{", "@/no/such/file"])
def test_an_input_that_is_no_object_is_a_wrong_command(
    run: Callable[..., Result], given: str
) -> None:
    assert run(answers(200), "x", "--input", given).exit_code == 2


def test_the_local_run_has_a_token_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / ".rolecraft"
    folder.mkdir()
    demo = {"base_url": "http://localhost:8080", "flow_access_token": "flow_demo"}
    (folder / "demo.json").write_text(json.dumps(demo))

    assert access_of({}, tmp_path) == ("http://localhost:8080", "flow_demo")
    assert access_of({"ROLECRAFT_CODE_TOKEN": "flow_y"}, tmp_path)[1] == "flow_y"
    with pytest.raises(click.UsageError, match="no local run"):
        access_of({"STATE": "elsewhere"}, tmp_path)
    with pytest.raises(click.UsageError, match="ROLECRAFT_CODE_TOKEN"):
        access_of({"ROLECRAFT_URL": "https://api.test"}, tmp_path)
