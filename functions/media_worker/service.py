"""The steps of a task's attempt: submit, poll, collect, finish. Each can be delivered twice."""

import asyncio
from typing import Literal, TypedDict

from functions.media_worker.errors import LeaseHeld
from shared.ai.errors import AIServiceError, CircuitOpen, KeyExhausted
from shared.core import clock
from shared.core.errors import AppError
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.ledger_lines import Line
from shared.data.tasks import Task
from shared.media.port import JobState
from shared.tasks.changes import complete_task, fail_task, keep_provider_id, lease_task
from shared.tasks.port import CannotCollect, CannotPrepare, Collected, ProviderTaskType
from shared.tasks.registry import provider_type_of
from shared.tasks.steps import StepEvent, Steps

FIRST_WAIT_S = 3
LONGEST_WAIT_S = 15
# The function has 120 s; what is cut off here is told, what Lambda cuts off is not. Preparing,
# which is repeated when it took too long, and submitting are one step (docs/decisions/0110).
PREPARE_SECONDS = 20.0
COLLECT_SECONDS = 110.0
State = Literal["running", "done", "ended"]
_LATE = ("TIMEOUT", "deadline")
# By the name of the error that a step ended with, as the workflow caught it.
_CODES = {
    "CannotCollect": ("RESULT_UNAVAILABLE", "the provider's result could not be copied"),
    "LeaseHeld": ("ATTEMPT_UNKNOWN", "attempt_unknown"),
}


class Answer(TypedDict):
    """`ended` is final; `running` asks to be polled after `wait_s` seconds."""

    state: State
    wait_s: int


async def _submit(task: Task, _: StepEvent) -> Answer:
    """Raises LeaseHeld: another worker may be submitting."""
    if task.attempt_state == "submitted":
        return _answer("running", FIRST_WAIT_S)
    if task.attempt_state == "submitting":
        return await _give_up_dead(task)
    if _is_late(task):
        await in_thread(fail_task, task, *_LATE)
        return _answer("ended")
    try:
        async with asyncio.timeout(PREPARE_SECONDS):
            await provider_type_of(task).prepare(task)
    except CannotPrepare as error:
        await in_thread(fail_task, task, "INPUT_UNUSABLE", error.reason)
        return _answer("ended")
    leased = await in_thread(lease_task, task)
    if leased is None:
        raise LeaseHeld(task.id)
    try:
        provider_task_id = await provider_type_of(leased).submit(leased)
    except AIServiceError as error:
        # Without a clear answer the provider may have the job all the same.
        await in_thread(fail_task, leased, error.code, error.reason, refused=not error.outage)
        return _answer("ended")
    except AppError as error:
        reason = str(error.details.get("reason", ""))
        await in_thread(fail_task, leased, error.code, reason, refused=True)
        return _answer("ended")
    kept = await in_thread(keep_provider_id, leased, provider_task_id)
    return _answer("running", FIRST_WAIT_S) if kept else _answer("ended")


async def _give_up_dead(task: Task) -> Answer:
    """Somebody was submitting: when the lease is over, nobody can tell what came of it."""
    if (task.lease_until or "") > clock.iso_ms(clock.now()):
        raise LeaseHeld(task.id)
    await in_thread(fail_task, task, *_CODES["LeaseHeld"])
    return _answer("ended")


async def _poll(task: Task, event: StepEvent) -> Answer:
    if _is_late(task):
        await in_thread(fail_task, task, *_LATE)
        return _answer("ended")
    job = await _asked(task)
    if job is None or job.status == "running":
        longer = max(FIRST_WAIT_S, 2 * event.get("wait_s", 0))
        return _answer("running", min(LONGEST_WAIT_S, longer))
    if job.status == "done" and job.urls:
        return _answer("done")
    await in_thread(fail_task, task, "UPSTREAM_ERROR", job.error_code or "no_result")
    return _answer("ended")


async def _asked(task: Task) -> JobState | None:
    """Where the job stands; None where the question failed but may be asked again."""
    try:
        return await provider_type_of(task).poll(task)
    except AIServiceError as error:
        # A refused key is replaced; the job, which is paid, waits until the deadline.
        if not (error.retryable or isinstance(error, CircuitOpen | KeyExhausted)):
            return JobState("failed", error_code=error.reason)
        get_logger().warning("poll failed", extra={"task_id": task.id, "reason": error.reason})
        return None


async def _collect(task: Task, _: StepEvent) -> Answer:
    """Raises CannotCollect: the results cannot be copied now."""
    kind = provider_type_of(task)
    try:
        async with asyncio.timeout(COLLECT_SECONDS):
            collected = await _copied(kind, task)
    except TimeoutError as error:
        raise CannotCollect("not copied in time") from error
    now = clock.now()
    line = Line(
        feature=kind.feature,
        provider=task.provider,
        model=task.model,
        prompt_tokens=0,
        completion_tokens=0,
        cost_micro=min(collected.cost_micro, task.price_micro),
        price_version=task.price_version,
        started_at=clock.parse(task.started_at or task.created_at),
        ended_at=now,
    )
    await in_thread(complete_task, task, collected.result, line)
    return _answer("ended")


async def _copied(kind: ProviderTaskType, task: Task) -> Collected:
    # Asked again: links given with the last answer may have died while this waited.
    job = await _asked(task)
    if job is None or not job.urls:
        raise CannotCollect("no links")
    return await kind.collect(task, job)


def _is_late(task: Task) -> bool:
    return task.deadline <= clock.iso_ms(clock.now())


async def _finish(task: Task, event: StepEvent) -> Answer:
    code, reason = _CODES.get(event.get("error", ""), ("INTERNAL_ERROR", "internal"))
    await in_thread(fail_task, task, code, reason)
    return _answer("ended")


def _answer(state: State, wait_s: int = 0) -> Answer:
    return {"state": state, "wait_s": wait_s}


ENDED = _answer("ended")
STEPS: Steps[Answer] = {
    "submit": _submit,
    "poll": _poll,
    "collect": _collect,
    "finish": _finish,
}
