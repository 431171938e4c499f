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

# What most code does: it runs in the zygote before the first copy with all modules is made.
REHEARSAL = b"""
const rows = _.map(_.groupBy(_.range(20), (n) => n % 3), (group) => _.sum(group));
const kept = _.chunk(_.sortBy(_.filter(rows, (n) => n > 1)), 2).map((pair) => ({ pair }));
const url = new URL("https://example.com/");
const response = await fetch(url, { method: "POST", body: JSON.stringify(kept) });
const body = await response.json();
const { data } = await axios.get(String(url), { params: { kept } });
await new Promise((resolve) => setTimeout(resolve, 0));
return [structuredClone(kept), body, data, dateFns.format(new Date(0), "yyyy-MM-dd"),
  CryptoJS.SHA256("a").toString(), uuid.v4(), qs.stringify({ kept }), pinyin("\\u4e2d"),
  Buffer.from("a").toString("base64"), atob(btoa("a")), Math.random()];
"""
RESPONSE = (
    b'{"id":%d,"url":"https://example.com/","redirected":false,"status":200,"statusText":"OK",'
    b'"headers":[["content-type","application/json"]]}\ne30='
)
# The same for one copy.
WARM_UP = b"return input"


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
