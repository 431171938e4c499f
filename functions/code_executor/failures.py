"""Errors that the engine itself gives an execution, and what an ended child died of."""

import os
import re
import signal

from functions.code_executor.engine.child import EXHAUSTED_STATUS
from shared.code.models import MAX_CODE_BYTES, MAX_INPUT_BYTES, CodeError, CodeRequest

# V8 and the C++ around it give up with these where there is no memory.
_EXHAUSTION = {signal.SIGABRT, signal.SIGILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGTRAP}
_REPORT = re.compile(r"[^\n]*?:(\d+): \w*Error: ([^\n]*)\n(?:[^\n]*\n([ \t]*)\^)?")
# What stands before the caller's code on its first line, when V8 is asked for the place.
_BEFORE = len('throw 0;(async function(input){"use strict";')
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
_AFTER_THE_END = "Unexpected token ')'"
_CLOSED_ITSELF = "Single function literal required"


def timed_out(timeout_ms: int) -> CodeError:
    """The deadline came first."""
    text = f"执行超过 {timeout_ms} 毫秒 / the code ran longer than {timeout_ms} ms"
    return CodeError("TimeoutError", text)


def too_large(limit: int) -> CodeError:
    """The result has too many bytes."""
    text = f"结果超过 {limit:,} 字节 / the result has more than {limit:,} bytes"
    return CodeError("ValidationError", text)


def no_child_free() -> CodeError:
    """All are at work, and as many callers as may wait do."""
    return CodeError("ConcurrencyError", "并发执行过多，请稍后再试 / too many executions at once")


def engine_failed() -> CodeError:
    """The engine ended without a reason that the code could have given."""
    return CodeError("EngineError", "执行引擎异常退出 / the engine ended unexpectedly")


def refused(request: CodeRequest) -> CodeError | None:
    """Why a request is not run at all."""
    code_bytes, input_bytes = len(request.code.encode("utf-8", "replace")), len(request.input_json)
    if not request.code.strip():
        return CodeError("ValidationError", "代码为空 / the code is empty")
    if code_bytes > MAX_CODE_BYTES:
        text = f"代码超过 {MAX_CODE_BYTES:,} 字节 / the code has more than {MAX_CODE_BYTES:,} bytes"
        return CodeError("ValidationError", text)
    if input_bytes > MAX_INPUT_BYTES:
        text = f"输入超过 {MAX_INPUT_BYTES:,} 字节 / input has more than {MAX_INPUT_BYTES:,} bytes"
        return CodeError("ValidationError", text)
    return None


def cause_of_death(status: int, heap_mb: int) -> CodeError:
    """What a child with this wait status died of."""
    by_signal = os.WIFSIGNALED(status) and os.WTERMSIG(status) in _EXHAUSTION
    by_itself = os.WIFEXITED(status) and os.WEXITSTATUS(status) == EXHAUSTED_STATUS
    if by_signal or by_itself:
        text = f"内存超出限制（{heap_mb} MB） / out of memory ({heap_mb} MB)"
        return CodeError("MemoryError", text)
    return engine_failed()


def syntax_error(error: CodeError, report: str, code: str) -> CodeError:
    """The error of compiling with the place that V8's report names.

    `<file>:<line>: SyntaxError: <message>`, the line itself, and a caret below the place.
    """
    found = _REPORT.match(report)
    if found is None:
        # The body closed the function that it stands in, and went on.
        message = "Unexpected token '}'" if error.message == _CLOSED_ITSELF else error.message
        return CodeError(error.type, message)
    message, line, caret = found[2], int(found[1]), found[3]
    lines = _LINE_END.split(code)
    if line > len(lines):
        # What stands after the code was not expected: something in it was not closed.
        ended = "Unexpected end of input" if message == _AFTER_THE_END else message
        return CodeError(error.type, ended, len(lines), len(lines[-1]) + 1)
    column = None if caret is None else len(caret) + 1 - (_BEFORE if line == 1 else 0)
    return CodeError(error.type, message, line, column)
