"""V8 with the prelude and the bundled modules: what every child is a copy of."""

import ctypes
import os

from functions.code_executor.engine.scripts import (
    ENTROPY_BYTES,
    MODULES,
    Limits,
    module_source,
    prelude,
)
from functions.code_executor.engine.v8 import V8, JavaScriptError

# Never run: where the code is no function body, V8 says where (the engine's own compiler, within
# JavaScript, does not). A body that closes the function by itself passes here.
_CHECK_BEFORE = b'throw 0;(async function(input){"use strict";'
_CHECK_AFTER = b"\n})"


class Isolate:
    """One isolate: made and loaded in the zygote, run once in a copy."""

    def __init__(self, limits: Limits) -> None:
        self.v8 = V8(limits.heap_mb)
        make = self.v8.evaluate(prelude(limits))
        engine = self.v8.call(make, self.v8.hook(self._fill_entropy))
        self._entropy = self.v8.buffer_of(self.v8.member(engine, b"entropy"))
        self._start, self._poll, self._tick, self._deliver, self._load = (
            self.v8.member(engine, name)
            for name in (b"start", b"poll", b"tick", b"deliver", b"loadModule")
        )
        self._nothing = self.v8.array()
        self._arguments = self.v8.array()
        register = self.v8.member(engine, b"registerModule")
        for name in MODULES:
            source = module_source(name)
            self.v8.call(register, self.v8.text(name.encode()), self.v8.text(source))
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
            self.v8.collect()

    def start(self, code: bytes, input_json: bytes) -> bytes:
        """Start the execution; returns as `poll`."""
        self.v8.push(self._arguments, self.v8.text(code))
        self.v8.push(self._arguments, self.v8.text(input_json))
        self.v8.call_with(self._start, self._arguments)
        return self.poll()

    def poll(self) -> bytes:
        """Where the execution stands (js/run.js)."""
        return self.v8.bytes_of(self.v8.call_with(self._poll, self._nothing))

    def tick(self) -> bytes:
        """Run the timer that is due; returns as `poll`."""
        self.v8.call_with(self._tick, self._nothing)
        return self.poll()

    def deliver(self, answer: bytes, body: bytes) -> bytes:
        """Hand over the answer to a request; returns as `poll`."""
        self.v8.call(self._deliver, self.v8.text(answer), self.v8.text(body))
        return self.poll()

    def report(self, code: bytes) -> bytes:
        """V8's report of why the code cannot be parsed, with its place; empty if it can."""
        try:
            self.v8.evaluate(_CHECK_BEFORE + code + _CHECK_AFTER)
        except JavaScriptError as error:
            return b"" if error.parsed else error.text
        return b""
