"""Lock-out: five wrong passwords for one e-mail within 15 minutes (contract identity.md, Auth).

An attempt is counted before the password is looked at, and taken back when it was right. So of
any number of guesses at once five are looked at; the others wait for those to be decided, which
also lets any number of right logins at once through, five at a time.
"""

import time
from dataclasses import dataclass
from itertools import count
from math import ceil

from functions.identity.errors import TooManyAttempts
from shared.core import clock
from shared.data.contention import step_aside
from shared.data.login_attempts import (
    Attempts,
    find_attempts,
    new_stamp,
    seconds_of,
    store_attempt,
)

LIMIT = 5
WINDOW_S = 900
ABANDONED_S = 10  # an attempt still open after that died on the way; it counts as wrong
PATIENCE_S = 10.0
LONGEST_WAIT_S = 0.15


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A counted attempt, and whose e-mail it is about (None: nobody's)."""

    email: str
    user_id: str | None
    stamp: str


def begin_attempt(email: str) -> OpenAttempt:
    """Count an attempt on a (trimmed, lower-case) e-mail, known or not.

    Raises:
        TooManyAttempts: five were wrong; Retry-After says when the oldest of them is forgotten.
    """
    give_up = time.monotonic() + PATIENCE_S
    attempts = count()
    while True:
        seen = find_attempts(email)
        wrong, undecided = _judge(seen)
        _refuse_locked(wrong)
        stamp = new_stamp()
        room = len(wrong) + len(undecided) < LIMIT
        if room and store_attempt(seen, stamp, forget=seen.wrong - wrong):
            return OpenAttempt(email, seen.user_id, stamp)
        if time.monotonic() > give_up:
            raise TooManyAttempts(retry_after=1)
        step_aside(next(attempts), LONGEST_WAIT_S)


def _judge(seen: Attempts) -> tuple[frozenset[str], frozenset[str]]:
    """The stamps that count as wrong, and those whose password is being verified now."""
    now = clock.timestamp()
    recent = {stamp for stamp in seen.open | seen.wrong if now - seconds_of(stamp) < WINDOW_S}
    undecided = {stamp for stamp in seen.open if now - seconds_of(stamp) <= ABANDONED_S}
    return frozenset(recent - undecided), frozenset(undecided)


def _refuse_locked(wrong: frozenset[str]) -> None:
    if len(wrong) >= LIMIT:
        decisive = sorted(wrong)[-LIMIT]
        left = seconds_of(decisive) + WINDOW_S - clock.timestamp()
        raise TooManyAttempts(retry_after=max(1, ceil(left)))
