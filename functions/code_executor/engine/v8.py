"""V8 by the C interface of mini-racer's library, in texts of UTF-8 only.

The package's own Python part is not used: it brings asyncio and threads, decodes every text, and
waits for ever for a text with a lone surrogate. The library runs JavaScript on a thread of its
own and calls back from there, which is what makes copies possible: a process that forks *inside*
a call from JavaScript keeps exactly that thread (docs/decisions/0121).
"""

import ctypes
import importlib.util
import queue
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# What was compiled stays compiled, as machine code, for all copies. In a copy code waits for its
# compilation, since there is one thread, and Turbofan's takes too long for that (decision 0181).
# Young objects have room for what 2 MiB of JSON become, without being moved on the way.
_FLAGS = (
    "--single-threaded --no-flush-bytecode --always-sparkplug --no-turbofan --min-semi-space-size=8"
)
_LIBRARY = "libmini_racer.dylib" if sys.platform == "darwin" else "libmini_racer.so"
_U64 = ctypes.c_uint64
_TEXT = 5
_SHARED_BUFFER = 101
_PARSE_ERROR = 201
_OUT_OF_MEMORY = 202
_FAILURES = range(200, 207)
_ANSWER = 0


class _Union(ctypes.Union):
    _fields_ = (("pointer", ctypes.c_void_p), ("number", ctypes.c_int64))


class _Value(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("value", _Union), ("length", ctypes.c_size_t), ("kind", ctypes.c_uint8))


_POINTER = ctypes.POINTER(_Value)
Handle = ctypes._Pointer
_CALLBACK = ctypes.CFUNCTYPE(None, _U64, _POINTER)
_SIGNATURES: Mapping[str, tuple[object, ...]] = {
    "mr_init_v8": (None, ctypes.c_char_p, ctypes.c_char_p),
    "mr_init_context": (_U64, _CALLBACK),
    "mr_eval": (_U64, _U64, _POINTER, _U64),
    "mr_alloc_string_val": (_POINTER, _U64, ctypes.c_char_p, _U64, ctypes.c_uint8),
    "mr_alloc_int_val": (_POINTER, _U64, ctypes.c_int64, ctypes.c_uint8),
    "mr_free_value": (None, _U64, _POINTER),
    "mr_make_js_callback": (_POINTER, _U64, _U64),
    "mr_call_function": (_U64, _U64, _POINTER, _POINTER, _POINTER, _U64),
    "mr_array_push": (_POINTER, _U64, _POINTER, _POINTER),
    "mr_get_object_item": (_POINTER, _U64, _POINTER, _POINTER),
    "mr_set_hard_memory_limit": (None, _U64, ctypes.c_size_t),
    "mr_hard_memory_limit_reached": (ctypes.c_bool, _U64),
    "mr_low_memory_notification": (None, _U64),
}


class JavaScriptError(Exception):
    """JavaScript threw, or could not be parsed; `text` is V8's report."""

    def __init__(self, text: bytes, *, parsed: bool) -> None:
        self.text = text
        self.parsed = parsed
        super().__init__(text.split(b"\n", 1)[0].decode("utf-8", "replace"))


class OutOfMemory(Exception):
    """The heap's limit was reached; the isolate is of no further use."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """Memory that JavaScript and the host share."""

    address: int
    length: int


class V8:
    """One isolate. Only one thread may call at a time.

    Args:
        heap_mb: the limit of the isolate: what is over it after a collection is ended at once. The
            engine's own limit is above it, since V8 collects for seconds before it gives up.
    """

    def __init__(self, heap_mb: int) -> None:
        folder = _library_folder()
        self._dll = ctypes.CDLL(str(folder / _LIBRARY))
        for name, (result, *arguments) in _SIGNATURES.items():
            function = getattr(self._dll, name)
            function.restype, function.argtypes = result, arguments
        flags = f"{_FLAGS} --max-old-space-size={heap_mb * 3 // 2}"
        self._dll.mr_init_v8(flags.encode(), str(folder / "icudtl.dat").encode())
        self._answers: queue.SimpleQueue[Handle[_Value]] = queue.SimpleQueue()
        self._hooks: dict[int, Callable[[], None]] = {}
        self._spent: list[Handle[_Value]] = []
        self._receive = _CALLBACK(self._on_call)
        self._context = self._dll.mr_init_context(self._receive)
        self._dll.mr_set_hard_memory_limit(self._context, heap_mb * 2**20)
        self._undefined = self._dll.mr_alloc_int_val(self._context, 0, 11)

    def _on_call(self, number: int, value: "Handle[_Value]") -> None:
        # On V8's thread: JavaScript waits until this returns, and nothing may be asked of V8.
        if number == _ANSWER:
            self._answers.put(value)
            return
        self._spent.append(value)
        self._hooks[number]()

    def forget_parent(self) -> None:
        """In a copy, before its first call: no thread of the parent waits for an answer here."""
        self._answers = queue.SimpleQueue()

    def skip_answer(self) -> None:
        """In a copy: the call that made it ends here as well."""
        self._answers.get()

    def hook(self, function: Callable[[], None]) -> "Handle[_Value]":
        """A JavaScript function that runs `function` on V8's thread, without arguments."""
        number = len(self._hooks) + 1
        self._hooks[number] = function
        return self._dll.mr_make_js_callback(self._context, number)  # type: ignore[no-any-return]

    def evaluate(self, source: bytes) -> "Handle[_Value]":
        """The value of a script.

        Raises:
            JavaScriptError, OutOfMemory: there is none.
        """
        self._dll.mr_eval(self._context, self.text(source), _ANSWER)
        return self._answer()

    def call(self, function: "Handle[_Value]", *arguments: "Handle[_Value]") -> "Handle[_Value]":
        """What a function returns, after the promises that can settle have settled.

        Raises:
            JavaScriptError, OutOfMemory: it returns nothing.
        """
        return self.call_with(function, self.array(*arguments))

    def array(self, *values: "Handle[_Value]") -> "Handle[_Value]":
        """An array of these values, as the arguments of a call."""
        made = self.evaluate(b"[]")
        for value in values:
            self.push(made, value)
        return made

    def push(self, array: "Handle[_Value]", value: "Handle[_Value]") -> None:
        """Put a value at the end of an array."""
        self._dll.mr_array_push(self._context, array, value)

    def call_with(
        self,
        function: "Handle[_Value]",
        arguments: "Handle[_Value]",
        this: "Handle[_Value] | None" = None,
    ) -> "Handle[_Value]":
        """As `call`, with an array made before: one way to V8's thread instead of several."""
        on = this or self._undefined
        self._dll.mr_call_function(self._context, function, on, arguments, _ANSWER)
        return self._answer()

    def _answer(self) -> "Handle[_Value]":
        handle = self._answers.get()
        while self._spent:
            self.free(self._spent.pop())
        kind = handle.contents.kind
        # At the limit some calls end with the exception `null` instead; in a promise's callback
        # V8 just stops, and the call seems to have gone well.
        if kind == _OUT_OF_MEMORY or self._dll.mr_hard_memory_limit_reached(self._context):
            raise OutOfMemory
        if kind in _FAILURES:
            raise JavaScriptError(self.bytes_of(handle), parsed=kind != _PARSE_ERROR)
        return handle

    def text(self, content: bytes) -> "Handle[_Value]":
        """A JavaScript text of UTF-8 bytes."""
        return self._dll.mr_alloc_string_val(  # type: ignore[no-any-return]
            self._context, content, len(content), _TEXT
        )

    def member(self, value: "Handle[_Value]", name: bytes) -> "Handle[_Value]":
        """A property of an object."""
        return self._dll.mr_get_object_item(  # type: ignore[no-any-return]
            self._context, value, self.text(name)
        )

    def bytes_of(self, handle: "Handle[_Value]") -> bytes:
        """The UTF-8 bytes of a text; `b""` of anything else."""
        value = handle.contents
        if value.kind != _TEXT and value.kind not in _FAILURES:
            return b""
        return ctypes.string_at(value.value.pointer, value.length)

    def view_of(self, handle: "Handle[_Value]") -> memoryview:
        """The UTF-8 bytes of a text where they are, as long as the value is not given back."""
        value = handle.contents
        place = (ctypes.c_ubyte * value.length).from_address(value.value.pointer)
        return memoryview(place).cast("B")

    def buffer_of(self, handle: "Handle[_Value]") -> Buffer:
        """Where the memory of a SharedArrayBuffer is."""
        value = handle.contents
        if value.kind != _SHARED_BUFFER:
            raise TypeError("not a SharedArrayBuffer")
        return Buffer(value.value.pointer, value.length)

    def free(self, handle: "Handle[_Value]") -> None:
        """Give a value back, for a process that lives on."""
        self._dll.mr_free_value(self._context, handle)

    def collect(self) -> None:
        """A full collection: what stays is in one place and is not moved again in every copy."""
        self._dll.mr_low_memory_notification(self._context)


def _library_folder() -> Path:
    # Found without importing the package, which would import asyncio.
    found = importlib.util.find_spec("py_mini_racer")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("mini-racer is not installed: see layers/javascript")
    return Path(found.submodule_search_locations[0])
