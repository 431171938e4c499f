"""Lambda entry: one step of the workflow task."""

from functions.media_worker.service import ENDED, STEPS, Answer
from shared.tasks.steps import StepEvent, run_step


def handler(event: StepEvent, _: object) -> Answer:
    """`{"step", "task_id", "owner_id", "attempt", "request_id", …}` → `{"state", "wait_s"}`."""
    return run_step(event, STEPS, ended=ENDED)
