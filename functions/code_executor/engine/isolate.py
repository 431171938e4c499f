"""V8 with the prelude and the bundled modules: what every child is a copy of."""

import ctypes
import os

from functions.code_executor.engine.scripts import (
    ENTROPY_BYTES,
    MODULES,
    REHEARSAL,
    RESPONSE,
    Limits,
    module_source,
    prelude,
)
from functions.code_executor.engine.v8 import V8, JavaScriptError

# Never run: where the code is no function body, V8 says where (the engine's own compiler, within
# JavaScript, does not). A body that closes the function by itself passes here.
_CHECK_BEFORE = b'throw 0;(async function(input){"use strict";'
_CHECK_AFTER = b"\n})"
# Code and input up to here go to V8 as one text: a way to its thread less for each of them.
_TOGETHER_BYTES = 32 * 1024
# In UTF-8: bytes within a sign, bytes of signs that UTF-16 has one unit for.
_WITHIN, _OF_ONE_UNIT = bytes(range(0x80, 0xC0)), bytes(range(0xF0))


class Isolate:
    """One isolate: made and loaded in the zygote, run once in a copy."""

    def __init__(self, limits: Limits) -> None:
        self.v8 = V8(limits.heap_mb)
        make = self.v8.evaluate(prelude(limits))
        engine = self.v8.call(make, self.v8.hook(self._fill_entropy))
        self._entropy = self.v8.buffer_of(self.v8.member(engine, b"entropy"))
        self._start, self._poll, self._tick, self._deliver, self._take_long, self._load = (
            self.v8.member(engine, name)
            for name in (b"start", b"poll", b"tick", b"deliver", b"takeLong", b"loadModule")
        )
        self._nothing, self._arguments = self.v8.array(), self.v8.array()
        register = self.v8.member(engine, b"registerModule")
        for name in MODULES:
            texts = self.v8.text(name.encode()), self.v8.text(module_source(name))
            self.v8.call(register, *texts)
            for text in texts:
                self.v8.free(text)
        self._waiting = list(MODULES)

    def _fill_entropy(self) -> None:
        ctypes.memmove(self._entropy.address, os.urandom(ENTROPY_BYTES), ENTROPY_BYTES)

    @property
    def loaded(self) -> bool:
        """Whether all modules are loaded; until then a child loads what it uses."""
        return not self._waiting

    def load_next(self) -> None:
        """Load one more module; after the last one tidy up, so that copies share what is left."""
        self.v8.call(self._load, self.v8.text(self._waiting.pop(0).encode()))
        if self.loaded:
            self.rehearse(REHEARSAL)
            self.v8.collect()

    def rehearse(self, code: bytes) -> bytes:
        """Run code of our own on the way that all take, and return its outcome as `poll` does.

        `start` forgets what is left of it.

        In the zygote this compiles and binds what copies would compile and bind each for itself,
        in a copy it makes the memory that an execution writes to its own: both in idle time.
        """
        state, sent = self.start(code, b"{}"), 0
        while state[:1] == b"W":
            if state.partition(b"\n")[2]:
                sent += 1
                state = self.deliver(RESPONSE % sent)
            else:
                state = self.tick()
        return state

    def start(self, code: bytes, input_json: bytes) -> bytes:
        """Start the execution; returns as `poll`."""
        if len(code) + len(input_json) <= _TOGETHER_BYTES:
            both = self.v8.text(b"".join((b"%05d" % _units(code), code, input_json)))
            self.v8.call_with(self._start, self._nothing, both)
        else:
            self.v8.push(self._arguments, self.v8.text(input_json))
            self.v8.call_with(self._start, self._arguments, self.v8.text(code))
        return self.poll()

    def poll(self) -> bytes:
        """Where the execution stands (js/run.js)."""
        return self.v8.bytes_of(self.v8.call_with(self._poll, self._nothing))

    def take_long(self) -> memoryview:
        """The result where `poll` says that it is long."""
        return self.v8.view_of(self.v8.call_with(self._take_long, self._nothing))

    def tick(self) -> bytes:
        """Run the timer that is due; returns as `poll`."""
        self.v8.call_with(self._tick, self._nothing)
        return self.poll()

    def deliver(self, answer: bytes) -> bytes:
        """Hand over the answer to a request, JSON and Base64 in a line each; returns as `poll`."""
        self.v8.call_with(self._deliver, self._nothing, self.v8.text(answer))
        return self.poll()

    def report(self, code: bytes) -> bytes:
        """V8's report of why the code cannot be parsed, with its place; empty if it can."""
        try:
            self.v8.evaluate(_CHECK_BEFORE + code + _CHECK_AFTER)
        except JavaScriptError as error:
            return b"" if error.parsed else error.text
        return b""


def _units(text: bytes) -> int:
    """How long a text is in JavaScript, by its UTF-8."""
    return len(text.translate(None, _WITHIN)) + len(text.translate(None, _OF_ONE_UNIT))
