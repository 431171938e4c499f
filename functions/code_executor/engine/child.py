"""A copy of the zygote: takes one execution from its socket, and never a second one."""

import os
import select
import socket
import struct
import time

from functions.code_executor.engine.confinement import Confinement
from functions.code_executor.engine.frames import Kind, pair, receive_frame, send_frame, unpair
from functions.code_executor.engine.isolate import Isolate
from functions.code_executor.engine.v8 import JavaScriptError, OutOfMemory

# Exit statuses beyond those that an interpreter ends with by itself.
EXHAUSTED_STATUS = 86
# Before the content of a last frame: seconds, and whether it waited for anything.
MEASURED = struct.Struct("!d?")
_ENDS = {b"R": Kind.RESULT, b"E": Kind.ERROR, b"S": Kind.UNPARSED, b"L": Kind.TOO_LARGE}


def serve(isolate: Isolate, end: socket.socket, confinement: Confinement, limit: int) -> None:
    """Run on a thread of its own, beside V8's; ends the process.

    Args:
        end: this child's end of the socket to the broker.
        limit: bytes of UTF-8 that a result may have.
    """
    try:
        isolate.v8.skip_answer()
        send_frame(end, Kind.READY, b"1" if confinement.close() else b"0")
        _Execution(isolate, end, limit).run()
    except (MemoryError, OutOfMemory):
        os._exit(EXHAUSTED_STATUS)
    except OSError:
        # The broker has gone, or cut this execution: there is nobody to tell.
        os._exit(0)
    finally:
        os._exit(1)


class _Execution:
    def __init__(self, isolate: Isolate, end: socket.socket, limit: int) -> None:
        self._isolate = isolate
        self._end = end
        self._limit = limit
        self._readable = select.poll()
        self._readable.register(end, select.POLLIN)

    def run(self) -> None:
        frame = receive_frame(self._end)
        if frame is None:
            os._exit(0)
        code, input_json = unpair(frame[1])
        send_frame(self._end, Kind.STARTED)
        started = time.perf_counter()
        state, waited = self._isolate.start(code, input_json), False
        while state[:1] == b"W":
            state, waited = self._next(state), True
        measured = MEASURED.pack(time.perf_counter() - started, waited)
        self._finish(state, measured, code)
        # The broker ends this process; without it nothing is left to do either.
        receive_frame(self._end)
        os._exit(0)

    def _next(self, state: bytes) -> bytes:
        """Hand on new operations, then wait for an answer or the next timer."""
        wait, _, operations = state[1:].partition(b"\n")
        for operation in operations.splitlines():
            send_frame(self._end, Kind.OPERATION, operation)
        milliseconds = int(wait)
        if not self._readable.poll(None if milliseconds < 0 else milliseconds):
            return self._isolate.tick()
        frame = receive_frame(self._end)
        if frame is None:
            os._exit(0)
        return self._isolate.deliver(*unpair(frame[1]))

    def _finish(self, state: bytes, measured: bytes, code: bytes) -> None:
        kind, content = _ENDS[state[:1]], memoryview(state)[1:]
        if kind is Kind.RESULT and len(content) > self._limit:
            kind, content = Kind.TOO_LARGE, memoryview(b"")
        if kind is Kind.UNPARSED:
            content = memoryview(pair(bytes(content), self._report(code)))
        send_frame(self._end, kind, measured, content)

    def _report(self, code: bytes) -> bytes:
        try:
            return self._isolate.report(code)
        except JavaScriptError:
            return b""
