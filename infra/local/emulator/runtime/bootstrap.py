"""Runs one function in a process of its own: events in on stdin, answers out, a line each.

Started as a plain file with `-I -S`: only the standard library, the function's code and its
layers can be imported, so a dependency missing from a layer is missed here as on AWS.
"""

import importlib
import io
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]

# Written to stderr after an invocation's last log line, followed by its request id.
LOG_END = "\x00end "


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    identity = None
    client_context = None

    def __init__(self, call: dict[str, Any], timeout: float) -> None:
        self._deadline = time.monotonic() + timeout
        self.aws_request_id = call["request_id"]
        self.invoked_function_arn = call["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    answers = io.FileIO(os.dup(1), "w")
    os.dup2(2, 1)  # what the function prints, at whatever level, is its log
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    calls = _calls()
    start = calls.get()
    sys.path[:0] = start["paths"]
    try:
        handler = _load(start["handler"])
    except Exception as error:
        _send(answers, _failure(error, ""))
        return
    _send(answers, {"status": "ready"})
    while True:
        call = calls.get()
        _send(answers, _run(handler, call, start["timeout"]))


def _calls() -> "queue.SimpleQueue[dict[str, Any]]":
    """Lines from the emulator. When it is gone, so is this process and all it started."""
    calls: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            calls.put(json.loads(line))
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=read, daemon=True).start()
    return calls


def _load(path: str) -> Callable[[Any, Context], Any]:
    module, _, name = path.rpartition(".")
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        text = f"Unable to import module '{module}': {error}"
        raise RuntimeFault("Runtime.ImportModuleError", text) from error
    return getattr(loaded, name)  # type: ignore[no-any-return]


def _run(handler: Callable[[Any, Context], Any], call: dict[str, Any], timeout: float) -> Answer:
    _set_trace(call.get("trace_id"))
    try:
        result = handler(call["event"], Context(call, timeout))
        answer = {"status": "ok", "result": _checked(result)}
    except Exception as error:
        answer = _failure(error, str(call["request_id"]))
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(2, f"{LOG_END}{call['request_id']}\n".encode())
    return answer


def _checked(result: Any) -> Any:
    try:
        json.dumps(result)
    except (TypeError, ValueError) as error:
        text = f"Unable to marshal response: {error}"
        raise RuntimeFault("Runtime.MarshalError", text) from error
    return result


class RuntimeFault(Exception):
    """A failure that Lambda's runtime names itself, not by its class."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def _failure(error: Exception, request_id: str) -> Answer:
    """`request_id` is empty before the first call."""
    kind = error.kind if isinstance(error, RuntimeFault) else type(error).__name__
    stack = [
        line
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and not frame.filename.startswith("<frozen ")
        for line in traceback.format_list([frame])
    ]
    # As Lambda's runtime logs it in JSON format.
    told = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "log_level": "ERROR",
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": stack,
    }
    print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
    return {"status": "error", "error": str(error), "error_type": kind, "stack": stack}


def _set_trace(trace_id: str | None) -> None:
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def _send(answers: io.FileIO, answer: Answer) -> None:
    view = memoryview(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
    while view:
        view = view[answers.write(view) :]


if __name__ == "__main__":
    main()
