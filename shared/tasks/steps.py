"""A step of a task's workflow: run for one attempt, unless that has ended.

Step Functions may deliver a step twice, so each finds out what is still to be done.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NotRequired, TypedDict, TypeVar

from shared.aws.workflows import UnknownStep
from shared.core import context
from shared.core.loop import run_in_loop
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.tasks import Task, find_task


class StepEvent(TypedDict):
    """What a workflow sends: which step of which attempt.

    `part` is the one of a job to work on, `wait_s` the wait before this poll, `error` the name of
    the error that a step before ended with.
    """

    step: str
    task_id: str
    owner_id: str
    attempt: int
    request_id: str
    part: NotRequired[int]
    wait_s: NotRequired[int]
    error: NotRequired[str]


A = TypeVar("A", bound=Mapping[str, object])
Steps = Mapping[str, Callable[[Task, StepEvent], Awaitable[A]]]


def run_step(event: StepEvent, steps: Steps[A], *, ended: A) -> A:
    """The answer of the step, or `ended` where its attempt has.

    Raises:
        UnknownStep: no such step.
    """
    with context.entered(event["request_id"]):
        return run_in_loop(_run(event, steps, ended))


async def _run(event: StepEvent, steps: Steps[A], ended: A) -> A:
    step = event["step"]
    if step not in steps:
        raise UnknownStep(step)
    task = await in_thread(find_task, event["owner_id"], event["task_id"])
    if task is None or task.is_final or task.attempt != event["attempt"]:
        return ended
    answer = await steps[step](task, event)
    extra = {"step": step, "task_id": task.id, "attempt": task.attempt, **answer}
    if "part" in event:
        extra["part"] = event["part"]
    get_logger().info("task step", extra=extra)
    return answer
