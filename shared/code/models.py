"""A code block's execution: request, outcome, and the state of the engine that ran it."""

from dataclasses import dataclass

MAX_CODE_BYTES = 65_535
MAX_INPUT_BYTES = 2_097_152
MAX_RESULT_BYTES = 5_242_880
MAX_TIMEOUT_MS = 300_000
MAX_FETCHES = 20
# Of a request's body, and of an answer's, as decoded.
MAX_FETCH_BYTES = 5_242_880


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """One execution.

    Attributes:
        code: the body of an async function with `input` in scope, at most 65,535 UTF-8 bytes.
        input_json: UTF-8 JSON text of an object, at most 2 MiB. It is passed through unparsed.
        timeout_ms: the execution's own limit, counted from when a child has it, 1–300,000; the
            executor cuts it to what is left of its invocation less two seconds.
        request_id: for the executor's log lines.
    """

    code: str
    input_json: bytes
    timeout_ms: int
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class CodeError:
    """Why the code has no result: `line` and `column` count from 1 in the caller's own code.

    Both are None where no line of the code was on the stack (a thrown text, a limit).
    """

    type: str
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class CodeTiming:
    """Milliseconds: of the code alone, of all inside the executor, of waiting for a free child."""

    execution_ms: float
    total_ms: float
    queue_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class CodeUsage:
    """What an execution took: bytes of code, input and result, requests it sent.

    `is_async` says whether it waited for anything (a timer, a request).
    """

    code_bytes: int
    input_bytes: int
    result_bytes: int = 0
    fetches: int = 0
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class CodeOutcome:
    """How it ended: `result_json` (UTF-8 JSON text, at most 5 MiB) or `error`, never both."""

    timing: CodeTiming
    usage: CodeUsage
    result_json: bytes | None = None
    error: CodeError | None = None

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The copy of the executor that answers.

    Attributes:
        modules: names that `require` knows, loaded ahead of every execution.
        warm_ms: from the copy's start until the first child was ready.
        warmed_at: ISO time of that moment.
        ready: children waiting for work; `running`: those at work; `pool_size`: how many are
            kept waiting; `max_concurrent`: how many may work at once.
        executions: since this copy started; `deaths`: children that ended by themselves;
            `zygotes`: how often their parent was started.
        sandboxed: whether the kernel took the system call filter.
    """

    modules: tuple[str, ...]
    warm_ms: float
    warmed_at: str
    ready: int
    running: int
    pool_size: int
    max_concurrent: int
    executions: int
    deaths: int
    zygotes: int
    sandboxed: bool
