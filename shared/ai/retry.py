"""Calling again what may succeed the second time (contract retry.md).

Every attempt has its own time limit; delays double from one second to at most five, with jitter,
or are what the server asked for; `max_retries` retries mean at most `1 + max_retries` calls. The
last error is raised unchanged, with the number of calls made in its attribute `attempts`.

The loop is our own (docs/decisions/0041): on the success path it costs less than the libraries'.
"""

import asyncio
import functools
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NotRequired, ParamSpec, TypedDict, TypeVar, Unpack, cast, overload

from shared.ai.classify import backoff_for, is_retryable, retry_after_of
from shared.ai.counters import counters
from shared.ai.deadline import call_within
from shared.core.observability import get_logger

T = TypeVar("T")
P = ParamSpec("P")
OnRetry = Callable[[int, Exception], object]

ATTEMPT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Pause:
    """How waiting is done; tests put a clock of their own here."""

    sleep: Callable[[float], object] = time.sleep
    asleep: Callable[[float], Awaitable[object]] = asyncio.sleep


_REAL = Pause()


def _any_error(_: BaseException) -> bool:
    return True


class RetryOptions(TypedDict):
    """What all three functions take.

    operation_name: for logs and metrics.
    max_retries: further calls after the first; 1 by default.
    timeout: seconds for each attempt, 30 by default; None for no limit.
    on_retry: called with the number of the failed attempt and its error before each wait, and
        awaited where the operation is async; what it raises is logged and ignored.
    pause: how waiting is done.
    """

    operation_name: str
    max_retries: NotRequired[int]
    timeout: NotRequired[float | None]
    on_retry: NotRequired[OnRetry | None]
    pause: NotRequired[Pause]


class _Retrying:
    """One operation under way: what to do after an attempt failed."""

    __slots__ = ("attempt", "max_retries", "name", "on_retry", "pause", "retryable", "timeout")

    def __init__(
        self,
        retryable: Callable[[BaseException], bool],
        *,
        operation_name: str,
        max_retries: int = 1,
        timeout: float | None = ATTEMPT_SECONDS,
        on_retry: OnRetry | None = None,
        pause: Pause = _REAL,
    ) -> None:
        self.retryable = retryable
        self.name = operation_name
        self.max_retries = max_retries
        self.timeout = timeout
        self.on_retry = on_retry
        self.pause = pause
        self.attempt = 1

    async def run(self, func: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                if self.timeout is None:
                    result = await func()
                else:
                    async with asyncio.timeout(self.timeout):
                        result = await func()
            except Exception as error:
                delay = self._after(error)
                if delay is None:
                    raise
                await self._tell_async(error)
            else:
                self._succeeded()
                return result
            self.attempt += 1
            await self.pause.asleep(delay)

    def run_sync(self, func: Callable[[], T]) -> T:
        while True:
            try:
                result = func() if self.timeout is None else call_within(self.timeout, func)
            except Exception as error:
                delay = self._after(error)
                if delay is None:
                    raise
                self._tell(error)
            else:
                self._succeeded()
                return result
            self.attempt += 1
            self.pause.sleep(delay)

    def _succeeded(self) -> None:
        counters.add(self.name, "Calls")
        if self.attempt > 1:
            get_logger().info("succeeded after retry", extra=self._fields())

    def _after(self, error: Exception) -> float | None:
        """Seconds to wait before the next attempt; None when this was the last."""
        with suppress(AttributeError):  # an error class may have slots
            error.attempts = self.attempt  # type: ignore[attr-defined]
        if self.attempt > self.max_retries or not self.retryable(error):
            counters.add(self.name, "Calls")
            counters.add(self.name, "Failures")
            get_logger().warning("failed for good", extra=self._fields(error))
            return None
        delay = backoff_for(error).delay(self.attempt, retry_after_of(error))
        counters.add(self.name, "Retries")
        get_logger().warning("will retry", extra={**self._fields(error), "wait_s": round(delay, 3)})
        return delay

    def _tell(self, error: Exception) -> object:
        """What the hook gave; the caller's hook must not decide the outcome."""
        try:
            return self.on_retry(self.attempt, error) if self.on_retry else None
        except Exception:
            get_logger().exception("on_retry failed", extra=self._fields())
            return None

    async def _tell_async(self, error: Exception) -> None:
        """The same for a hook that may be a coroutine function."""
        told = self._tell(error)
        try:
            if inspect.isawaitable(told):
                await told
        except Exception:
            get_logger().exception("on_retry failed", extra=self._fields())

    def _fields(self, error: Exception | None = None) -> dict[str, object]:
        fields: dict[str, object] = {
            "operation": self.name,
            "attempt": self.attempt,
            "of": 1 + self.max_retries,
        }
        return {**fields, "error": f"{type(error).__name__}: {error}"} if error else fields


@overload
def execute_with_retry(
    func: Callable[[], Awaitable[T]], **options: Unpack[RetryOptions]
) -> Coroutine[Any, Any, T]: ...
@overload
def execute_with_retry(func: Callable[[], T], **options: Unpack[RetryOptions]) -> T: ...
def execute_with_retry(func: Callable[[], Any], **options: Unpack[RetryOptions]) -> Any:
    """The result of `func()`, tried again after any error.

    A coroutine function gives a coroutine to await; a plain function runs in a worker thread,
    where it goes on unseen after its time limit.

    Raises:
        TimeoutError: the last attempt took longer than `timeout`.
        Exception: the last attempt's own error, unchanged but for `attempts`.
    """
    return _start(func, _Retrying(_any_error, **options))


@overload
def execute_with_smart_retry(
    func: Callable[[], Awaitable[T]], **options: Unpack[RetryOptions]
) -> Coroutine[Any, Any, T]: ...
@overload
def execute_with_smart_retry(func: Callable[[], T], **options: Unpack[RetryOptions]) -> T: ...
def execute_with_smart_retry(func: Callable[[], Any], **options: Unpack[RetryOptions]) -> Any:
    """As `execute_with_retry`, but only after errors that a second try may mend.

    These are network errors, time-outs, 429 and 5xx (shared/ai/classify.py).
    """
    return _start(func, _Retrying(is_retryable, **options))


def with_retry(func: Callable[P, T], **options: Unpack[RetryOptions]) -> Callable[P, T]:
    """`func`, sync or async, with `execute_with_retry` around each of its calls."""

    @functools.wraps(func)
    def retrying(*args: P.args, **kwargs: P.kwargs) -> Any:
        return _start(functools.partial(func, *args, **kwargs), _Retrying(_any_error, **options))

    @functools.wraps(func)
    async def retrying_async(*args: P.args, **kwargs: P.kwargs) -> Any:
        return await retrying(*args, **kwargs)

    return cast("Callable[P, T]", retrying_async if _is_async(func) else retrying)


def _start(func: Callable[[], Any], retrying: _Retrying) -> Any:
    if _is_async(func):
        return retrying.run(func)
    result = retrying.run_sync(func)
    return _continue(func, result, retrying) if inspect.isawaitable(result) else result


def _continue(func: Callable[[], Any], first: Awaitable[T], retrying: _Retrying) -> Any:
    """A plain function (a lambda, often) that gave an awaitable: its first call is made."""
    waiting = [first]
    return retrying.run(lambda: waiting.pop() if waiting else func())


def _is_async(func: Callable[..., Any]) -> bool:
    if inspect.iscoroutinefunction(func):
        return True
    return inspect.iscoroutinefunction(getattr(func, "__call__", None))  # noqa: B004
