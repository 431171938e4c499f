"""What is secret in a message is not shown, not even to an administrator (contract images.md)."""

import json
import re
from typing import Any

MASK = "***"
LONGEST_BODY = 10_000
"""Characters of a body that are shown; a list of a hundred must stay below an answer's 6 MB."""

_SECRET_NAMES = re.compile(
    r"secret|token|passw|api_?-?key|access_?-?key|authorization|credential|signature|cookie"
    r"|private_?-?key",
    re.IGNORECASE,
)
_SECRET_TEXTS = re.compile(
    r"\brc_[\w-]{20,}"  # our API keys
    r"|\bwhsec_[\w+/=-]+"  # webhook secrets
    r"|\bsk-[\w-]{10,}"  # keys of model providers
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # JSON Web Tokens
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # access keys of AWS
    r"|(?<=[Bb]earer )[\w.~+/=-]+"
    r"|(?<=[?&]X-Amz-Signature=)[^&\s\"]+"  # what makes a link valid
    r"|(?<=[?&]X-Amz-Credential=)[^&\s\"]+"
    r"|(?<=[?&]X-Amz-Security-Token=)[^&\s\"]+"
    r"|(?<=://)[^/@:\s\"]+:[^/@\s\"]+(?=@)"  # user and password of a URL
)


def shown_body(text: str) -> tuple[Any, bool]:
    """The body as JSON where it is some, secrets masked, and whether it was cut (to its text)."""
    try:
        body = masked(json.loads(text))
    except (ValueError, RecursionError):
        body = _masked_text(text)
    shown = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if len(shown) <= LONGEST_BODY:
        return body, False
    return shown[:LONGEST_BODY], True


def masked(value: Any) -> Any:
    """A JSON value without its secrets: those named so, and those that look so."""
    if isinstance(value, dict):
        return {
            name: MASK if _SECRET_NAMES.search(name) and each else masked(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [masked(each) for each in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    return _SECRET_TEXTS.sub(MASK, text)
