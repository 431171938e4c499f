"""Bodies of POST /flow/codeblock, byte by byte."""

import base64
import json
from typing import Any

LARGE = "x" * 40_000


def packed(code: str = "return 1") -> bytes:
    """Code in Base64."""
    return base64.b64encode(code.encode())


def body_of(given: dict[str, Any], *, code_first: bool) -> bytes:
    """A body with its two fields in that order."""
    parts = [b'"codebase64": "' + packed() + b'"', b'"input": ' + json.dumps(given).encode()]
    return b"{" + b" , ".join(parts if code_first else parts[::-1]) + b"}\n"
