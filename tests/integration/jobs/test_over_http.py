"""The whole worker against a provider over HTTP: repair, refusal, and questions of one meaning."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aiohttp import web

from infra.local.simulators.openai.server import make_app
from shared.ai.http_client import close_http_client
from shared.ai.registry import registry
from shared.core.loop import run_in_loop
from shared.core.settings import forget_settings
from tests.integration.ai.conftest import put_keys
from tests.support.jobs import ESSAY, RUBRIC, new_job, run_job
from tests.support.ledger import stored_lines

TEACHER = {"id": "sim", "kind": "chat", "rates": [{"input": "1", "output": "2"}]}
VECTORS = {"id": "sim-embedding", "kind": "embedding", "rates": [{"input": "1", "output": "0"}]}
ANALYSIS = {
    "summary": "整体可读。",
    "errors": [{"text": "He like", "correction": "He likes", "reason": "主谓一致"}],
    "suggestions": [],
    "rubric": [
        {"line": 1, "points": 6, "quote": RUBRIC[0]["line"]},
        {"line": 2, "points": 3, "quote": RUBRIC[1]["line"]},
    ],
}
SOUND = {"sound": True, "problems": []}


class Provider:
    """The simulator on a thread of its own, told what to say next."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._runner = web.AppRunner(make_app(), access_log=None, shutdown_timeout=0.1)
        self._wait(self._runner.setup())
        self._wait(web.TCPSite(self._runner, "127.0.0.1", 0).start())
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def says(self, *contents: Any) -> None:
        texts = [each if isinstance(each, str) else json.dumps(each) for each in contents]
        order = {"reset": True, "contents": texts}
        httpx.post(f"{self.url}/_control", json=order, trust_env=False).raise_for_status()

    def asked(self) -> dict[str, int]:
        seen = httpx.get(f"{self.url}/_control", trust_env=False).json()["requests"]
        return {path.rpartition("/")[2]: count for path, count in seen.items()}

    def end(self) -> None:
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@pytest.fixture
def provider() -> Iterator[Provider]:
    running = Provider()
    yield running
    run_in_loop(close_http_client())
    running.end()


@pytest.fixture(autouse=True)
def configured(aws: None, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    server = {
        "name": "sim",
        "kind": "openai-compatible",
        "base_url": f"{provider.url}/v1",
        "models": [TEACHER, VECTORS],
    }
    monkeypatch.setenv("PROVIDERS", json.dumps([server]))
    monkeypatch.setenv("DEFAULT_MODEL", "sim")
    put_keys("sim-key")
    forget_settings()
    registry()


def questions(*stems: str) -> dict[str, Any]:
    options = ["abandon", "achieve", "acquire", "adapt"]
    return {
        "questions": [
            {"stem": stem, "options": options, "answer": "B", "explanation": "词义"}
            for stem in stems
        ]
    }


def batch(client, caller, count: int):
    return new_job(client, caller.user_id, "question-batches", type="cloze", count=count)


def test_a_malformed_answer_is_repaired_by_the_next_one(client, caller, provider) -> None:
    provider.says("Sure! {not JSON", questions("I can ____ it."))
    task = run_job(batch(client, caller, 1))
    assert (task.status, task.result["produced"]) == ("completed", 1)
    assert task.result["questions"][0]["answer"] == "achieve"
    assert provider.asked()["completions"] == 2
    assert [line["model"] for line in stored_lines(caller.user_id)].count("sim") == 2


def test_two_malformed_answers_end_the_job_and_are_shown_to_nobody(
    client, caller, provider
) -> None:
    provider.says("nonsense one", "nonsense two", questions("I can ____ it."))
    task = run_job(batch(client, caller, 1))
    assert (task.status, task.error_code) == ("failed", "INVALID_MODEL_OUTPUT")
    shown = client.call("GET", f"/api/v1/tasks/{task.id}")
    assert shown.data["error"]["code"] == "INVALID_MODEL_OUTPUT"
    assert "nonsense" not in shown.text
    assert provider.asked()["completions"] == 2


def test_an_analysis_with_a_misquoted_rubric_is_repaired(client, caller, provider) -> None:
    misquoted = {**ANALYSIS, "rubric": [{**ANALYSIS["rubric"][0], "quote": "x"}]}
    provider.says(misquoted, ANALYSIS, SOUND)
    task = run_job(new_job(client, caller.user_id, "analyses", text=ESSAY, rubric=RUBRIC))
    assert (task.status, task.result["score"]) == ("completed", 60.0)
    assert provider.asked()["completions"] == 3


def test_questions_of_the_same_meaning_are_asked_once(client, caller, provider) -> None:
    provider.says(
        questions(
            "With hard work she will ____ her aim.",
            "She will ____ her aim with hard work.",
            "The two boys ____ a new dog yesterday.",
        )
    )
    result = run_job(batch(client, caller, 3)).result
    assert [each["stem"][:8] for each in result["questions"]] == ["With har", "The two "]
    assert (result["requested"], result["produced"]) == (3, 2)
    assert result["errors"] == [{"code": "QUESTIONS_LEFT_OUT", "reason": "duplicate", "count": 1}]
    assert provider.asked() == {"completions": 1, "embeddings": 1}
    lines = {line["model"]: line["feature"] for line in stored_lines(caller.user_id)}
    assert lines == {"sim": "learning", "sim-embedding": "learning"}
