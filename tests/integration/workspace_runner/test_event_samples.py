"""The sample events under events/ are events the runner takes."""

import json
from pathlib import Path

import pytest

from functions.workspace_runner.handler import handler
from tests.support.workspaces import Runtime

SAMPLES = sorted(Path("events/sqs").glob("workspace_runner.*.json"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_runner_takes_the_sample(world, path: Path) -> None:
    event = json.loads(path.read_text("utf-8"))
    assert handler(event, Runtime()) == {"batchItemFailures": []}


def test_there_is_a_sample_of_each_kind() -> None:
    kinds = {json.loads(json.loads(p.read_text())["Records"][0]["body"])["kind"] for p in SAMPLES}
    assert kinds == {"firing", "run", "workspace_deleted", "company_deleted", "reconcile"}


def test_what_there_is_no_time_for_comes_again(world) -> None:
    event = json.loads(SAMPLES[0].read_text("utf-8"))
    failed = handler(event, Runtime(10_000))["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failed] == [event["Records"][0]["messageId"]]
