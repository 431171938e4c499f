"""The JavaScript around the caller's: the prelude's files in their order, the bundled modules."""

from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent.parent
# Each may use what those before it define.
_PRELUDE = (
    "primordials", "errors", "entropy", "timers", "events", "abort", "base64", "modules", "blob",
    "form-data", "headers", "body", "request", "fetch", "clone", "globals", "run",
)  # fmt: skip
# In the order of how soon an execution may want them.
MODULES = (
    "web", "buffer", "lodash", "axios", "date-fns", "crypto-js", "qs", "uuid", "pinyin",
    "date-fns-locale",
)  # fmt: skip
ENTROPY_BYTES = 4_096


class Limits(NamedTuple):
    """What a zygote is told about: of V8's heap, of a child's processor time, of the language."""

    heap_mb: int
    cpu_s: int
    result_bytes: int
    fetches: int
    body_bytes: int


def prelude(limits: Limits) -> bytes:
    """A script whose value is a function: it takes the host's hook and gives the engine."""
    files = [(_FOLDER / "js" / f"{name}.js").read_bytes() for name in _PRELUDE]
    host = (
        f"const host={{maxResultBytes:{limits.result_bytes},maxFetches:{limits.fetches},"
        f"maxBodyBytes:{limits.body_bytes},fillEntropy:fillEntropy,"
        f"entropy:new SharedArrayBuffer({ENTROPY_BYTES})}};const internal={{__proto__:null,host}};"
    )
    calls = b"".join(b"(" + file.strip() + b")(internal);\n" for file in files)
    return (
        b"(function(fillEntropy){" + host.encode() + calls + b"internal.engine.entropy="
        b"host.entropy;return internal.engine;})"
    )


def module_source(name: str) -> bytes:
    """The source of a bundled module."""
    return (_FOLDER / "modules" / f"{name}.js").read_bytes()
