"""A failed invocation names its exception class, which Step Functions' Retry and Catch match."""

import threading
from typing import Any

from ministack.services import lambda_svc

from infra.local.emulator.runtime.worker import FunctionWorker

# The worker's answer passes through the emulator without its error type; both run in one thread.
_current = threading.local()


def apply() -> None:
    invoke, execute = FunctionWorker.invoke, lambda_svc._execute_function_warm

    def noting(self: FunctionWorker, event: Any, request_id: str, **more: Any) -> dict[str, Any]:
        answer = _current.answer = invoke(self, event, request_id, **more)
        return answer

    def mended(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        _current.answer = {}
        result: dict[str, Any] = execute(func, event, request_id)
        error_type = _current.answer.get("error_type")
        if result.get("error") and error_type:
            result["body"]["errorType"] = error_type
            result["body"]["requestId"] = request_id
            result["body"]["stackTrace"] = _current.answer.get("stack", [])
        return result

    FunctionWorker.invoke = noting  # type: ignore[method-assign]
    lambda_svc._execute_function_warm = mended
