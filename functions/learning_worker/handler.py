"""Lambda entry: one step of the workflow learning_job."""

from functions.learning_worker.service import ENDED, STEPS, Answer
from shared.tasks.steps import StepEvent, run_step


def handler(event: StepEvent, _: object) -> Answer:
    """`{"step", "task_id", "owner_id", "attempt", "request_id", …}` → `{"state", "parts"}`."""
    return run_step(event, STEPS, ended=ENDED)
