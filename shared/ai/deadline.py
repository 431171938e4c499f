"""A time limit for a blocking call.

Python cannot stop a running function, so the call runs in a thread of its own and the caller goes
on when the time is over; the thread is left to end by itself. `ThreadPoolExecutor` will not do: a
few stuck calls would starve it, and the interpreter would wait for them when it exits.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_MAX_IDLE = 8


class _Call:
    """A call on its way: `done` is locked until it has a result or an error."""

    __slots__ = ("context", "done", "error", "func", "result")

    def __init__(self, func: Callable[[], Any], context: Context) -> None:
        self.func = func
        self.context = context
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


_Inbox = SimpleQueue[_Call | None]
_idle: deque[_Inbox] = deque()


def call_within(seconds: float, func: Callable[[], T]) -> T:
    """The result of `func()`, which keeps the caller's context variables.

    Raises:
        TimeoutError: it took longer; it may still be running.
    """
    call = _Call(func, copy_context())
    _take_worker().put(call)
    if not call.done.acquire(timeout=seconds):
        raise TimeoutError(f"no result within {seconds:g} s")
    if call.error is not None:
        raise call.error
    result: T = call.result
    return result


def _take_worker() -> _Inbox:
    try:
        return _idle.pop()
    except IndexError:
        inbox = _Inbox()
        threading.Thread(target=_work, args=(inbox,), name="deadline", daemon=True).start()
        return inbox


def _work(inbox: _Inbox) -> None:
    while call := inbox.get():
        try:
            call.result = call.context.run(call.func)
        except BaseException as error:  # handed to the caller, whatever it is
            call.error = error
        keep = len(_idle) < _MAX_IDLE
        if keep:
            _idle.append(inbox)
        call.done.release()
        if not keep:
            return
        del call  # the result may be large, and the wait for the next call long
