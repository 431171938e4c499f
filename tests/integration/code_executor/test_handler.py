"""The Lambda entry: events in, answers out, within what is left of the invocation."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.code_executor import handler as entry
from functions.code_executor.service import report_open_engine
from shared.code.models import CodeOutcome, CodeRequest
from shared.code.wire import from_answer, status_from_answer, to_event
from tests.support.waiting import until


class Context:
    def __init__(self, remaining_ms: int = 60_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    yield
    entry._executor().close()
    entry._executor.cache_clear()


def invoke(event: dict[str, Any], remaining_ms: int = 60_000) -> dict[str, Any]:
    """As Lambda does: JSON on both sides."""
    answer = entry.handler(json.loads(json.dumps(event)), Context(remaining_ms))
    passed: dict[str, Any] = json.loads(json.dumps(answer))
    return passed


def execute(request: CodeRequest, remaining_ms: int = 60_000) -> CodeOutcome:
    return from_answer(invoke(to_event(request), remaining_ms))


def test_an_execution_is_answered():
    outcome = execute(CodeRequest("return [input.a, '中']", b'{"a":1.50}', 5_000, "req-1"))

    assert outcome.result_json == '[1.5,"中"]'.encode()
    assert outcome.usage.code_bytes == 23
    assert outcome.usage.result_bytes == 11
    assert 0 < outcome.timing.execution_ms <= outcome.timing.total_ms


def test_a_failure_of_the_code_is_an_answer_as_well():
    error = execute(CodeRequest("null.x", b"{}", 5_000)).error

    assert error is not None
    assert (error.type, error.line) == ("TypeError", 1)


def test_a_result_of_5_mib_comes_through_whole():
    code = "return 'é\"'.repeat(1048575)"

    outcome = execute(CodeRequest(code, b"{}", 20_000))

    assert outcome.result_json == ('"' + 'é\\"' * 1_048_575 + '"').encode()


def test_an_execution_ends_two_seconds_before_its_invocation():
    error = execute(CodeRequest("for(;;);", b"{}", 60_000), remaining_ms=2_400).error

    assert error is not None
    assert error.type == "TimeoutError"
    assert "400" in error.message


def test_an_invocation_without_time_left_is_answered():
    error = execute(CodeRequest("for(;;);", b"{}", 60_000), remaining_ms=100).error

    assert error is not None
    assert error.type == "TimeoutError"


def test_the_log_tells_sizes_and_times_and_nothing_of_the_code(
    capsys: pytest.CaptureFixture[str],
):
    execute(CodeRequest("throw new Error('a secret')", b'{"a":"secret"}', 5_000, "req-2"))

    printed = capsys.readouterr().out
    line = json.loads(printed.splitlines()[-1])
    assert (line["request_id"], line["error"], line["input_bytes"]) == ("req-2", "Error", 14)
    assert "secret" not in printed


def test_the_state_of_the_copy_is_told():
    execute(CodeRequest("return 1", b"{}", 5_000))
    until(lambda: status_from_answer(invoke({"action": "status"})).ready == 2)

    status = status_from_answer(invoke({"action": "status"}))

    assert {"axios", "lodash", "date-fns", "crypto-js", "qs", "uuid", "pinyin"} <= {*status.modules}
    assert status.warm_ms > 0
    assert status.warmed_at.endswith("+00:00")
    assert status.executions >= 1
    assert (status.running, status.pool_size, status.zygotes, status.deaths) == (0, 2, 1, 0)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"action": "execute"},
        {"action": "execute", "code": "", "input": "***", "packing": "zlib", "timeout_ms": 1},
    ],
)
def test_an_event_of_another_form_is_a_fault(event: dict[str, Any]):
    with pytest.raises((KeyError, ValueError)):
        entry.handler(event, Context())


def test_without_a_filter_there_is_a_line_and_a_metric(
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "RoleCraft")
    report_open_engine()

    assert "the kernel refuses the filter of system calls" in caplog.messages
    assert "CodeEngineUnfiltered" in capsys.readouterr().out
