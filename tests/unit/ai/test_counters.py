"""Counts are kept in memory and written seldom, at once when something went wrong."""

import json

import pytest

from shared.ai.counters import Counters, emit_metrics
from tests.unit.ai.fakes import FakeClock


class Written:
    """What was written, line by line."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, int]]] = []

    def __call__(self, operation: str, counts: dict[str, int]) -> None:
        self.lines.append((operation, counts))


def test_successes_are_gathered_for_ten_seconds():
    clock, written = FakeClock(), Written()
    counters = Counters(written, clock)
    for _ in range(5):
        counters.add("a", "Calls")
    assert written.lines == [("a", {"Calls": 1})]

    clock.now += 10
    counters.add("a", "Calls")

    assert written.lines[1:] == [("a", {"Calls": 5})]


def test_a_failure_is_written_at_once_with_all_that_waited():
    written = Written()
    counters = Counters(written, FakeClock())
    for operation in ("a", "a", "b"):
        counters.add(operation, "Calls")
    counters.add("a", "Failures")

    assert written.lines[1:] == [("a", {"Calls": 1, "Failures": 1}), ("b", {"Calls": 1})]


def test_a_line_is_embedded_metrics_by_operation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "RoleCraft")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "chat")
    monkeypatch.setenv("STAGE", "prod")

    emit_metrics("openai.complete", {"Calls": 3, "Retries": 1})

    line = json.loads(capsys.readouterr().out)
    assert (line["operation"], line["AICalls"], line["AIRetries"]) == ("openai.complete", [3], [1])
    metrics = line["_aws"]["CloudWatchMetrics"][0]
    assert metrics["Namespace"] == "RoleCraft"
    assert metrics["Dimensions"] == [["operation", "service"], ["stage"]]
    assert line["stage"] == "prod"


def test_without_a_namespace_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)

    emit_metrics("openai.complete", {"Calls": 3})

    assert capsys.readouterr().out == ""
