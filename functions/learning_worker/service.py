"""The steps of a job's attempt: plan, work, give_up, finish. Each can be delivered twice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypedDict

from functions.learning_worker.errors import UnknownStep
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.jobs import Part, find_part, find_parts, store_part
from shared.data.tasks import Task, find_task
from shared.learning.errors import PartFailed
from shared.learning.work import work_of
from shared.tasks.changes import begin_job, complete_task, fail_task

State = Literal["running", "ended"]
# By the name of the error that a step ended with after its retries.
_CODES = {"ModelUnavailable": ("SERVICE_UNAVAILABLE", "model_unavailable")}
_OTHER = ("INTERNAL_ERROR", "internal")


@dataclass(frozen=True, slots=True)
class Work:
    """What a step is asked about: one attempt of a task, one part of it."""

    task_id: str
    owner_id: str
    attempt: int
    part: int = 0
    error: str = ""


class Answer(TypedDict):
    """`ended` is final; `parts` are what is to be worked on."""

    state: State
    parts: list[int]


async def run_step(step: str, work: Work) -> Answer:
    """Run a step of the attempt, unless it has ended.

    Raises:
        UnknownStep: no such step.
        ModelUnavailable: the part can be tried again later.
    """
    if step not in _STEPS:
        raise UnknownStep(step)
    task = await in_thread(find_task, work.owner_id, work.task_id)
    if task is None or task.is_final or task.attempt != work.attempt:
        return _ENDED
    answer = await _STEPS[step](task, work)
    extra = {"step": step, "task_id": task.id, "attempt": task.attempt, "part": work.part}
    get_logger().info("job step", extra=extra)
    return answer


async def _plan(task: Task, _: Work) -> Answer:
    begun = await in_thread(begin_job, task)
    if begun is None:
        return _ENDED
    return {"state": "running", "parts": list(range(work_of(begun).count(begun.input)))}


async def _work(task: Task, work: Work) -> Answer:
    if await in_thread(find_part, task.id, task.attempt, work.part) is None:
        try:
            result = await work_of(task).work(task, work.part)
            part = Part(work.part, result)
        except PartFailed as error:
            part = Part(work.part, None, {"code": error.code, "reason": error.reason})
        await in_thread(store_part, task.id, task.attempt, part)
    return _RUNNING


async def _give_up(task: Task, work: Work) -> Answer:
    """A part whose retries are used up; the others go on."""
    code, reason = _CODES.get(work.error, _OTHER)
    part = Part(work.part, None, {"code": code, "reason": reason})
    await in_thread(store_part, task.id, task.attempt, part)
    return _RUNNING


async def _finish(task: Task, work: Work) -> Answer:
    """Completed with what the parts came to; failed where that is nothing at all."""
    if work.error:
        await in_thread(fail_task, task, *_CODES.get(work.error, _OTHER))
        return _ENDED
    parts = await in_thread(find_parts, task.id, task.attempt)
    if not any(part.result for part in parts):
        error = next((part.error for part in parts if part.error), None)
        code, reason = (error["code"], error["reason"]) if error else _OTHER
        await in_thread(fail_task, task, code, reason)
        return _ENDED
    result = await work_of(task).merge(task, parts)
    await in_thread(complete_task, task, result, None)
    return _ENDED


_RUNNING: Answer = {"state": "running", "parts": []}
_ENDED: Answer = {"state": "ended", "parts": []}
_STEPS: dict[str, Callable[[Task, Work], Awaitable[Answer]]] = {
    "plan": _plan,
    "work": _work,
    "give_up": _give_up,
    "finish": _finish,
}
