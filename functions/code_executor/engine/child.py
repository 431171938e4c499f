"""A copy of the zygote: takes one execution from its socket, and never a second one."""

import os
import select
import socket
import struct
import time

from functions.code_executor.engine.confinement import Confinement
from functions.code_executor.engine.frames import Channel, Content, Kind
from functions.code_executor.engine.isolate import Isolate
from functions.code_executor.engine.scripts import WARM_UP
from functions.code_executor.engine.v8 import JavaScriptError, OutOfMemory

# Exit statuses beyond those that an interpreter ends with by itself.
EXHAUSTED_STATUS = 86
# Seconds, and whether it waited for anything.
MEASURED = struct.Struct("!d?")
_ENDS = {
    b"R": Kind.RESULT,
    b"T": Kind.RESULT,
    b"E": Kind.ERROR,
    b"S": Kind.UNPARSED,
    b"L": Kind.TOO_LARGE,
}


def serve(isolate: Isolate, end: socket.socket, confinement: Confinement, limit: int) -> None:
    """Run on a thread of its own, beside V8's; ends the process.

    Args:
        end: this child's end of the socket to the broker.
        limit: bytes of UTF-8 that a result may have.
    """
    try:
        isolate.v8.skip_answer()
        channel = Channel(end)
        if isolate.loaded:
            isolate.rehearse(WARM_UP)
        channel.send((Kind.READY, b"1" if confinement.close() else b"0"))
        _Execution(isolate, channel, limit).run()
    except (MemoryError, OutOfMemory):
        os._exit(EXHAUSTED_STATUS)
    except OSError:
        # The broker has gone, or cut this execution: there is nobody to tell.
        os._exit(0)
    finally:
        os._exit(1)


class _Execution:
    def __init__(self, isolate: Isolate, channel: Channel, limit: int) -> None:
        self._isolate = isolate
        self._channel = channel
        self._limit = limit
        self._readable = select.poll()
        self._readable.register(channel.end, select.POLLIN)

    def run(self) -> None:
        code, input_json = self._expect(Kind.CODE), self._expect(Kind.INPUT)
        self._channel.send((Kind.STARTED, b""))
        started = time.perf_counter()
        state, waited = self._isolate.start(code, input_json), False
        while state[:1] == b"W":
            state, waited = self._next(state), True
        measured = MEASURED.pack(time.perf_counter() - started, waited)
        self._finish(state, measured, code)
        # The broker ends this process; without it nothing is left to do either.
        self._channel.receive()
        os._exit(0)

    def _expect(self, kind: Kind) -> bytes:
        content = self._channel.expect(kind)
        if content is None:
            os._exit(0)
        return content

    def _next(self, state: bytes) -> bytes:
        """Hand on new operations, then wait for an answer or the next timer."""
        wait, _, operations = state[1:].partition(b"\n")
        self._channel.send(*((Kind.OPERATION, line) for line in operations.splitlines()))
        milliseconds = int(wait)
        more = self._channel.has_more
        if not more and not self._readable.poll(None if milliseconds < 0 else milliseconds):
            return self._isolate.tick()
        return self._isolate.deliver(self._expect(Kind.ANSWER))

    def _finish(self, state: bytes, measured: bytes, code: bytes) -> None:
        kind = _ENDS[state[:1]]
        content: Content = self._isolate.take_long() if state == b"T" else state[1:]
        if kind is Kind.RESULT and len(content) > self._limit:
            kind, content = Kind.TOO_LARGE, b""
        if kind is Kind.UNPARSED:
            self._channel.send((Kind.REPORT, self._report(code)))
        self._channel.send((Kind.MEASURED, measured), (kind, content))

    def _report(self, code: bytes) -> bytes:
        try:
            return self._isolate.report(code)
        except JavaScriptError:
            return b""
