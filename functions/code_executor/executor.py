"""Runs executions: a child each, a deadline each, and an outcome always."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from functions.code_executor import failures
from functions.code_executor.engine.frames import Kind
from functions.code_executor.engine.scripts import MODULES
from functions.code_executor.execution import ChildEnded, DeadlineReached, Ended, Run
from functions.code_executor.nursery import Child, NoChild, Nursery
from functions.code_executor.settings import EngineSettings
from shared.code.models import (
    CodeError,
    CodeOutcome,
    CodeRequest,
    CodeTiming,
    CodeUsage,
    EngineStatus,
)

if TYPE_CHECKING:
    from functions.code_executor.fetching.client import FetchClient
    from functions.code_executor.fetching.session import FetchLoop, FetchSession

# A child, or its zygote, that died before the code could have any effect is replaced so often.
_ATTEMPTS = 3
_SHOWN_MODULES = tuple(sorted({*MODULES} - {"date-fns-locale", "web"}))


class _Busy(Exception):
    """No child is free, and none will be in time."""


class Executor:
    """Thread-safe. `close` ends all it has started.

    Args:
        make_client: makes what sends the requests of code; tests give one that may call a
            server of their own.
        on_open: called once when the kernel refuses the filter of system calls.
    """

    def __init__(
        self,
        settings: EngineSettings,
        *,
        make_client: "Callable[[], FetchClient] | None" = None,
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._make_client = make_client or self._default_client
        self._on_open = on_open
        self._nursery = Nursery(settings)
        self._slots = threading.Semaphore(settings.max_concurrent)
        self._lock = threading.Lock()
        self._fetch_loop: FetchLoop | None = None
        self._figures = _Figures()

    def execute(self, request: CodeRequest) -> CodeOutcome:
        """The outcome of one execution; failures of code and engine are outcomes, too."""
        begun = time.monotonic()
        error = failures.refused(request)
        if error is not None:
            return _Account(request, begun).failed(error)
        try:
            with self._slot():
                account = _Account(request, begun, queue_s=time.monotonic() - begun)
                return self._attempt(request, account)
        except _Busy:
            return _Account(request, begun).failed(failures.no_child_free())

    @contextmanager
    def _slot(self) -> Iterator[None]:
        with self._lock:
            if self._figures.waiting >= self._settings.max_queued:
                raise _Busy
            self._figures.waiting += 1
        try:
            free = self._slots.acquire(timeout=self._settings.queue_s)
        finally:
            with self._lock:
                self._figures.waiting -= 1
        if not free:
            raise _Busy
        try:
            with self._lock:
                self._figures.running += 1
            yield
        finally:
            with self._lock:
                self._figures.running -= 1
                self._figures.executions += 1
            self._slots.release()

    def _attempt(self, request: CodeRequest, account: "_Account") -> CodeOutcome:
        for _ in range(_ATTEMPTS):
            try:
                child = self._nursery.take()
            except NoChild:
                break
            try:
                outcome = self._run(child, request, account)
            finally:
                self._nursery.bury(child)
                self._nursery.replenish()
            if outcome is not None:
                return outcome
        return account.failed(failures.engine_failed())

    def _run(self, child: Child, request: CodeRequest, account: "_Account") -> CodeOutcome | None:
        """The outcome; None where the child died without the code having had any effect."""
        run = Run(child, self._open_session)
        account.started()
        try:
            code = request.code.encode("utf-8", "replace")
            ended = run.finish(code, request.input_json, request.timeout_ms / 1000)
            self._note_sandbox(run.sandboxed)
            return account.ended(ended, self._settings.limits.result_bytes, run.fetch_count)
        except DeadlineReached:
            return account.failed(failures.timed_out(request.timeout_ms), run.fetch_count)
        except ChildEnded:
            return self._after_death(child, run, account)
        finally:
            run.close()

    def _after_death(self, child: Child, run: Run, account: "_Account") -> CodeOutcome | None:
        status = self._nursery.autopsy(child)
        with self._lock:
            self._figures.deaths += 1
        if not run.started or (status is None and run.fetch_count == 0):
            return None
        if status is None:
            return account.failed(failures.engine_failed(), run.fetch_count)
        cause = failures.cause_of_death(status, self._settings.limits.heap_mb)
        return account.failed(cause, run.fetch_count)

    def _note_sandbox(self, sandboxed: bool) -> None:
        with self._lock:
            first = self._figures.sandboxed is None
            self._figures.sandboxed = sandboxed
            if first:
                self._figures.first_child()
        if first and not sandboxed:
            self._on_open()

    def _open_session(self) -> "FetchSession":
        from functions.code_executor.fetching.session import FetchLoop, FetchSession

        with self._lock:
            if self._fetch_loop is None:
                self._fetch_loop = FetchLoop(self._make_client())
        return FetchSession(self._fetch_loop, self._settings.limits.fetches)

    def _default_client(self) -> "FetchClient":
        from functions.code_executor.fetching.client import FetchClient

        settings = self._settings
        return FetchClient(settings.fetch_s, settings.limits.body_bytes, settings.max_redirects)

    @property
    def is_warm(self) -> bool:
        """Whether the children that wait have all modules loaded."""
        return self._nursery.is_warm

    def status(self) -> EngineStatus:
        """The state of this executor; it starts the engine where nothing has."""
        self._nursery.replenish()
        figures = self._figures
        return EngineStatus(
            modules=_SHOWN_MODULES,
            warm_ms=round(figures.warm_ms, 1),
            warmed_at=figures.warmed_at,
            ready=self._nursery.ready,
            running=figures.running,
            pool_size=self._settings.pool_size,
            max_concurrent=self._settings.max_concurrent,
            executions=figures.executions,
            deaths=figures.deaths,
            zygotes=self._nursery.generation,
            sandboxed=bool(figures.sandboxed),
        )

    def close(self) -> None:
        """End all processes and threads."""
        self._nursery.close()
        if self._fetch_loop is not None:
            self._fetch_loop.close()


class _Figures:
    """What happened in this process."""

    def __init__(self) -> None:
        self.waiting = self.running = self.executions = self.deaths = 0
        self.sandboxed: bool | None = None
        self._begun = time.monotonic()
        self.warm_ms = 0.0
        self.warmed_at = ""

    def first_child(self) -> None:
        self.warm_ms = (time.monotonic() - self._begun) * 1000
        self.warmed_at = datetime.now(UTC).isoformat(timespec="milliseconds")


class _Account:
    """Times and sizes of one execution, and its outcome from them."""

    def __init__(self, request: CodeRequest, begun: float, queue_s: float = 0.0) -> None:
        self._code = request.code
        self._code_bytes = len(request.code.encode("utf-8", "replace"))
        self._input_bytes = len(request.input_json)
        self._begun = begun
        self._queue_s = queue_s
        self._started = 0.0

    def started(self) -> None:
        self._started = time.monotonic()

    def ended(self, end: Ended, limit: int, fetches: int) -> CodeOutcome:
        """The outcome that the child tells."""
        if end.kind is Kind.RESULT:
            timing, usage = self._timing(end.seconds), self._usage(end, fetches)
            return CodeOutcome(timing, usage, result_json=end.content)
        error = _told(end, limit, self._code)
        return CodeOutcome(self._timing(end.seconds), self._usage(end, fetches), error=error)

    def failed(self, error: CodeError, fetches: int = 0) -> CodeOutcome:
        """The outcome of an execution that could not tell its own."""
        seconds = time.monotonic() - self._started if self._started else 0.0
        usage = CodeUsage(self._code_bytes, self._input_bytes, fetches=fetches)
        return CodeOutcome(self._timing(seconds), usage, error=error)

    def _timing(self, seconds: float) -> CodeTiming:
        total = (time.monotonic() - self._begun) * 1000
        return CodeTiming(round(seconds * 1000, 3), round(total, 3), round(self._queue_s * 1000, 3))

    def _usage(self, end: Ended, fetches: int) -> CodeUsage:
        result_bytes = len(end.content) if end.kind is Kind.RESULT else 0
        return CodeUsage(self._code_bytes, self._input_bytes, result_bytes, fetches, end.waited)


def _told(end: Ended, limit: int, code: str) -> CodeError:
    """The error in a child's last frame, which may hold anything."""
    if end.kind is Kind.TOO_LARGE:
        return failures.too_large(limit)
    try:
        if end.kind is Kind.UNPARSED:
            text = end.report.decode("utf-8", "replace")
            return failures.syntax_error(_error(end.content), text, code)
        return _error(end.content)
    except (ValueError, TypeError, KeyError, RecursionError):
        return failures.engine_failed()


def _error(about: bytes) -> CodeError:
    data = json.loads(about)
    line, column = data["line"], data["column"]
    return CodeError(
        str(data["type"])[:100],
        str(data["message"]).encode("utf-8", "replace").decode(),
        None if line is None else int(line),
        None if column is None else int(column),
    )
