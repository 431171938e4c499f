"""An event's work, within what is left of the invocation."""

from dataclasses import replace
from typing import Any

from functions.code_executor.executor import Executor
from shared.code.models import CodeOutcome
from shared.code.wire import STATUS, from_event, status_to_answer, to_answer
from shared.core import context

# For writing the answer, and so that it is this code that ends an execution, not Lambda.
_RESERVE_MS = 2_000


def answer(executor: Executor, event: dict[str, Any], remaining_ms: int) -> dict[str, Any]:
    """The answer to an event of shared/code/client.py.

    Raises:
        KeyError, ValueError: the event is not of that form: a fault of this deployment.
    """
    if event["action"] == STATUS:
        return status_to_answer(executor.status())
    request = from_event(event)
    token = context.enter(context.RequestContext(request.request_id))
    try:
        available = max(1, min(request.timeout_ms, remaining_ms - _RESERVE_MS))
        outcome = executor.execute(replace(request, timeout_ms=available))
        _log(outcome)
        return to_answer(outcome)
    finally:
        context.leave(token)


def _log(outcome: CodeOutcome) -> None:
    from shared.core.observability import log_request

    log_request(
        kind="execution",
        error=outcome.error.type if outcome.error else "",
        execution_ms=outcome.timing.execution_ms,
        total_ms=outcome.timing.total_ms,
        fetches=outcome.usage.fetches,
        code_bytes=outcome.usage.code_bytes,
        input_bytes=outcome.usage.input_bytes,
        result_bytes=outcome.usage.result_bytes,
    )


def report_open_engine() -> None:
    """The kernel gave no filter: children are bounded by processes and limits alone."""
    from shared.core.observability import emit_metric, get_logger

    get_logger().warning("the kernel refuses the filter of system calls")
    emit_metric("CodeEngineUnfiltered")
