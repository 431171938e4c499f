"""Runs a code block in the executor, a function that has no rights and no secrets."""

import zlib
from typing import Any

from pydantic_core import from_json, to_json

from shared.aws.functions import FunctionFailed, FunctionThrottled, invoke
from shared.code.models import CodeOutcome, CodeRequest, EngineStatus
from shared.code.settings import CodeSettings
from shared.code.wire import STATUS, from_answer, status_from_answer, to_event

# What an answer may need beyond the execution's own limit: a cold start, the way back.
_MARGIN_S = 10.0


class CodeEngineUnavailable(Exception):
    """The executor gave no outcome: no copy is free, it died, or it cannot be reached.

    Attributes:
        reason: `busy` (every copy is at work), `failed` (this execution's copy died).
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        super().__init__(f"{reason}: {detail}" if detail else reason)


def run_code(request: CodeRequest) -> CodeOutcome:
    """One execution; it blocks until the outcome is there, at most its limit and ten seconds.

    A failure of the code is an outcome. Nothing is tried twice: code may have had effects.

    Raises:
        CodeEngineUnavailable: there is no outcome.
    """
    try:
        answer = _ask(to_event(request), request.timeout_ms / 1000 + _MARGIN_S)
        return from_answer(answer)
    except (AttributeError, KeyError, OSError, TypeError, ValueError, zlib.error) as error:
        raise CodeEngineUnavailable("failed", "not an answer of the executor") from error


def engine_status() -> EngineStatus:
    """The state of the copy that answers.

    Raises:
        CodeEngineUnavailable: none does.
    """
    try:
        return status_from_answer(_ask({"action": STATUS}, _MARGIN_S))
    except (KeyError, TypeError, ValueError) as error:
        raise CodeEngineUnavailable("failed", "not an answer of the executor") from error


def _ask(event: dict[str, Any], seconds: float) -> dict[str, Any]:
    payload = to_json(event)
    name = CodeSettings.from_env().code_executor_function
    try:
        answer: dict[str, Any] = from_json(invoke(name, payload, read_timeout_s=seconds))
    except FunctionThrottled as error:
        raise CodeEngineUnavailable("busy") from error
    except FunctionFailed as error:
        raise CodeEngineUnavailable("failed", str(error)) from error
    return answer
