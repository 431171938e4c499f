"""One execution: past the breaker, through the engine, into the figures. It blocks."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import Final

from shared.code.client import CodeEngineUnavailable, run_code
from shared.code.models import CodeError, CodeOutcome, CodeRequest, CodeTiming, CodeUsage
from shared.core import clock, ids
from shared.core.errors import ServiceUnavailable
from shared.core.observability import get_logger
from shared.core.text import Text
from shared.data.flow_stats import SHARDS, Step, add_figures, add_step
from shared.flow.breaker import breaker
from shared.flow.figures import Figure, figures
from shared.flow.write_pool import write_pool

# How long after an execution's limit its outcome may still come: a cold start, the way back.
GRACE_S: Final = 2.5
_AT_ONCE = 64
_OVERDUE = "overdue"
# An execution that ends sooner is never seen as running, and saves the write that says so.
_SEEN_AFTER_S = 0.1


class EngineBusy(ServiceUnavailable):
    """Every copy of the executor is at work."""

    text = Text("执行引擎繁忙，请稍后再试", "The code engine is busy, please try again")


@cache
def copy_id() -> str:
    """What tells this copy from others in the service's figures."""
    return ids.new_ulid()


def execute(request: CodeRequest) -> CodeOutcome:
    """Run a code block; what its code does wrong is an outcome, also what kills the engine.

    Raises:
        BreakerOpen: the engine failed too often; nothing was run.
        EngineBusy: no copy was free; nothing was run.
    """
    trial = breaker().admit()
    mark = _Mark()
    begun = time.perf_counter()
    try:
        outcome = _answer_in_time(request)
    except CodeEngineUnavailable as error:
        get_logger().error("code engine", extra={"reason": error.reason, "cause": str(error)})
        outcome = _lost(request, time.perf_counter() - begun, error.reason)
        _finish(mark, outcome, trial, engine_failed=True)
        if error.reason == "busy":
            raise EngineBusy(retry_after=1) from error
        return outcome
    _finish(mark, outcome, trial, engine_failed=False)
    return outcome


def write_figures() -> None:
    """Write what waits, due or not."""
    _write(None)


@cache
def _callers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="code")


def _answer_in_time(request: CodeRequest) -> CodeOutcome:
    """The engine's outcome; one that is overdue is given up, so that the caller has an answer."""
    answer = _callers().submit(copy_context().run, run_code, request)
    try:
        return answer.result(request.timeout_ms / 1000 + GRACE_S)
    except TimeoutError as error:
        raise CodeEngineUnavailable(_OVERDUE) from error


def _lost(request: CodeRequest, seconds: float, reason: str) -> CodeOutcome:
    taken_ms = round(seconds * 1000, 3)
    error = CodeError("EngineError", "执行引擎异常终止，请重试 (the engine ended unexpectedly)")
    if reason == _OVERDUE:
        error = CodeError("TimeoutError", f"执行超时 (no result within {request.timeout_ms} ms)")
    usage = CodeUsage(len(request.code.encode()), len(request.input_json))
    return CodeOutcome(CodeTiming(taken_ms, taken_ms), usage, error=error)


def _finish(mark: "_Mark", outcome: CodeOutcome, trial: int | None, *, engine_failed: bool) -> None:
    counts = figures()
    kinds: tuple[Figure, ...] = (
        "executions",
        "successes" if outcome.ok else "failures",
        "async" if outcome.usage.is_async else "sync",
    )
    for kind in kinds:
        counts.count(kind)
    counts.count("execution_us", round(outcome.timing.execution_ms * 1000))
    mark.end(engine_failed=engine_failed)
    breaker().report(trial, failed=engine_failed)


class _Mark:
    """That an execution is running, for all to see once it has taken a while."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._minute: int | None = None
        self._begin: Future[None] | None = write_pool().submit(self._tell)

    def _tell(self) -> None:
        if not self._over.wait(_SEEN_AFTER_S):
            minute = _minute()
            add_step(_shard(), Step(minute, running=1), {})
            self._minute = minute

    def end(self, *, engine_failed: bool) -> None:
        """Take it back, and write all figures that wait."""
        self._over.set()
        pool = write_pool()
        pool.settle([self._begin])
        running = 0 if self._minute is None else -1
        minute = _minute() if self._minute is None else self._minute
        step = Step(minute, running, ended=1, failed=int(engine_failed))
        pool.settle([pool.submit(lambda: _write(step))])


def _write(step: Step | None) -> None:
    taken = figures().take()
    try:
        if step is None:
            add_figures(_shard(), taken)
        else:
            add_step(_shard(), step, taken)
    except BaseException:
        figures().give_back(taken)
        raise


def _minute() -> int:
    return int(clock.timestamp()) // 60


def _shard() -> int:
    # A copy keeps to one item: each further one would cost a write of its own every minute.
    return sum(copy_id().encode()) % SHARDS
