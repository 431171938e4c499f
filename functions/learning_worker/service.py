"""The steps of a job's attempt: plan, work, give_up, finish. Each can be delivered twice."""

from typing import Literal, TypedDict

from shared.core.threads import in_thread
from shared.data.jobs import Part, find_part, find_parts, store_part
from shared.data.tasks import Task
from shared.learning.errors import PartFailed
from shared.learning.work import work_of
from shared.tasks.changes import begin_job, complete_task, fail_task
from shared.tasks.steps import StepEvent, Steps

State = Literal["running", "ended"]
# By the name of the error that a step ended with after its retries.
_CODES = {"ModelUnavailable": ("SERVICE_UNAVAILABLE", "model_unavailable")}
_OTHER = ("INTERNAL_ERROR", "internal")


class Answer(TypedDict):
    """`ended` is final; `parts` are what is to be worked on."""

    state: State
    parts: list[int]


async def _plan(task: Task, _: StepEvent) -> Answer:
    begun = await in_thread(begin_job, task)
    if begun is None:
        return ENDED
    return {"state": "running", "parts": list(range(work_of(begun).count(begun.input)))}


async def _work(task: Task, event: StepEvent) -> Answer:
    """Raises ModelUnavailable: the part can be tried again later."""
    number = event["part"]
    if await in_thread(find_part, task.id, task.attempt, number) is None:
        try:
            part = Part(number, await work_of(task).work(task, number))
        except PartFailed as error:
            part = Part(number, None, {"code": error.code, "reason": error.reason})
        await in_thread(store_part, task.id, task.attempt, part)
    return _RUNNING


async def _give_up(task: Task, event: StepEvent) -> Answer:
    """A part whose retries are used up; the others go on."""
    code, reason = _CODES.get(event["error"], _OTHER)
    part = Part(event["part"], None, {"code": code, "reason": reason})
    await in_thread(store_part, task.id, task.attempt, part)
    return _RUNNING


async def _finish(task: Task, event: StepEvent) -> Answer:
    """Completed with what the parts came to; failed where that is nothing at all."""
    if stopped := event.get("error"):
        await in_thread(fail_task, task, *_CODES.get(stopped, _OTHER))
        return ENDED
    parts = await in_thread(find_parts, task.id, task.attempt)
    if not any(part.result for part in parts):
        error = next((part.error for part in parts if part.error), None)
        code, reason = (error["code"], error["reason"]) if error else _OTHER
        await in_thread(fail_task, task, code, reason)
        return ENDED
    result = await work_of(task).merge(task, parts)
    await in_thread(complete_task, task, result, None)
    return ENDED


_RUNNING: Answer = {"state": "running", "parts": []}
ENDED: Answer = {"state": "ended", "parts": []}
STEPS: Steps[Answer] = {
    "plan": _plan,
    "work": _work,
    "give_up": _give_up,
    "finish": _finish,
}
