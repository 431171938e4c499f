"""Ids `<prefix>_<ULID>`: they sort by time, so newest-first is the key order."""

import re
import secrets
from datetime import datetime
from threading import Lock
from typing import Literal

from ulid import ULID

from shared.core import clock

Prefix = Literal[
    "user", "role", "session", "msg", "doc", "kb", "company", "ws", "run", "task", "order",
    "course", "asg", "sub", "key", "chunk", "call", "img", "outcome",
]  # fmt: skip

_CROCKFORD = "[0-9A-HJKMNP-TV-Z]"
_ULID = re.compile(rf"[0-7]{_CROCKFORD}{{25}}")
_SET_BACK_MS = 5_000
_last = (0, 0)
_lock = Lock()


def new_ulid() -> str:
    """A ULID that sorts after every one this process has made.

    A clock set back by five seconds and more is believed: else every id, and what is counted by
    its moment, would stay in the future.
    """
    global _last
    moment, random = int(clock.timestamp() * 1000), secrets.randbits(79)  # the 80th is headroom
    with _lock:
        if _last[0] - _SET_BACK_MS < moment <= _last[0]:
            moment, random = _last[0], _last[1] + 1
        _last = (moment, random)
    return str(ULID.from_int((moment << 80) | random))


def new_id(prefix: Prefix) -> str:
    """A fresh id of that kind."""
    return f"{prefix}_{new_ulid()}"


def is_ulid(text: str) -> bool:
    """Whether the text is a canonical (upper-case) ULID."""
    return _ULID.fullmatch(text) is not None


def is_id(prefix: Prefix, text: str) -> bool:
    """Whether the text has the form of an id of that kind (it may not exist)."""
    head, _, tail = text.partition("_")
    return head == prefix and is_ulid(tail)


def milliseconds(ulid: str) -> int:
    """The moment inside a ULID, in milliseconds since the epoch."""
    return ULID.from_str(ulid).milliseconds


def first_of(moment: datetime) -> str:
    """What every ULID made from that moment on is no less than, and every earlier one is."""
    return str(ULID.from_int(int(moment.timestamp() * 1000) << 80))
