"""The sample events of the workers are events they take."""

import json
from pathlib import Path

from functions.media_worker.handler import handler as media_worker
from functions.webhook_worker.handler import handler as webhook_worker

EVENTS = Path("events/step_functions")


def test_a_step_of_a_task_that_is_gone_ends_its_execution() -> None:
    event = json.loads((EVENTS / "media_worker.poll_step.json").read_text("utf-8"))
    assert media_worker(event, None) == {"state": "ended", "wait_s": 0}


def test_a_webhook_of_a_task_that_is_gone_is_not_sent() -> None:
    event = json.loads((EVENTS / "webhook_worker.first_attempt.json").read_text("utf-8"))
    assert webhook_worker(event, None) == {"state": "ended", "wait_s": 0, "number": 1}
