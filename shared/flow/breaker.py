"""The breaker around the code executor (contract flow.md, /flow/limits: circuitBreaker).

closed ── of ≥ 100 executions in a minute or two 90 % failed ──► open ── 10 s ──► trial
trial: 100 calls at most ── 100 good ──► closed;  one failed ──► open

Only what the engine failed counts, never what the code did: one customer's errors are no reason
to refuse another. While it is closed nothing is written for it; its counts are those that every
execution adds to the figures anyway.
"""

import threading
from functools import cache
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from shared.core import clock
from shared.core.errors import ServiceUnavailable
from shared.core.observability import emit_metric, get_logger
from shared.core.text import Text
from shared.data.flow_breaker import (
    BreakerState,
    admit,
    begin_trial,
    close_breaker,
    count_passed,
    find_state,
    open_breaker,
)
from shared.data.flow_stats import find_sums
from shared.flow.figures import figures

MIN_REQUESTS: Final = 100
FAILURE_RATIO: Final = 0.9
OPEN_S: Final = 10
MAX_REQUESTS: Final = 100
_FRESH_S = 2.0
# A trial that few calls came to, or whose calls died, is begun anew.
_TRIAL_S = 60.0
_STORE_FAILURES = (PynamoDBException, ClientError, BotoCoreError)


class BreakerOpen(ServiceUnavailable):
    """The engine failed again and again; it is left alone for a while."""

    text = Text("执行引擎暂时不可用，请稍后再试", "The code engine is unavailable, try again later")


class Breaker:
    """This copy's view of the breaker; blocking, safe to use from several threads.

    A store that is away makes no difference to executions: they go on.
    """

    def __init__(self) -> None:
        self._state = BreakerState()
        self._fresh_until_s = 0.0
        self._looked_at_s = 0.0
        self._lock = threading.Lock()

    def admit(self) -> int | None:
        """Leave to execute once; what it gives belongs into `report`.

        Raises:
            BreakerOpen: not now.
        """
        try:
            return self._admit(clock.timestamp())
        except _STORE_FAILURES as error:
            get_logger().warning("breaker not asked", extra={"cause": str(error)})
            return None

    def report(self, trial_ms: int | None, *, failed: bool) -> None:
        """Say how the engine did, once the execution is in the figures."""
        try:
            if failed and (trial_ms is not None or self._has_tripped()):
                self._open()
            elif not failed and trial_ms is not None:
                self._passed(trial_ms)
        except _STORE_FAILURES as error:
            get_logger().warning("breaker not told", extra={"cause": str(error)})

    def _admit(self, now: float) -> int | None:
        if now >= self._fresh_until_s:
            self._keep(find_state(), now)
        opened_ms = self._state.open_until_ms
        if opened_ms is None:
            return None
        now_ms = int(now * 1000)
        if now_ms < opened_ms:
            raise BreakerOpen(retry_after=max(1, -(-(opened_ms - now_ms) // 1000)))
        if admit(opened_ms, MAX_REQUESTS):
            return opened_ms
        stale = now_ms > opened_ms + _TRIAL_S * 1000
        if stale and begin_trial(opened_ms, now_ms):
            self._keep(BreakerState(now_ms), now)
            return now_ms
        self._fresh_until_s = now  # it has closed, opened or begun anew elsewhere
        raise BreakerOpen(retry_after=1)

    def _keep(self, state: BreakerState, now: float) -> None:
        self._state = state
        self._fresh_until_s = now + _FRESH_S

    def _has_tripped(self) -> bool:
        now = clock.timestamp()
        with self._lock:
            if now < self._looked_at_s + 1:
                return False
            self._looked_at_s = now
        recent = find_sums().since(int(now) // 60 - 1)
        enough = recent.ended >= MIN_REQUESTS
        return enough and recent.failed >= FAILURE_RATIO * recent.ended

    def _open(self) -> None:
        now = clock.timestamp()
        now_ms = int(now * 1000)
        until_ms = now_ms + OPEN_S * 1000
        if open_breaker(until_ms, now_ms):
            figures().count("trips")
            get_logger().error("breaker opened", extra={"breaker": "code_executor"})
            emit_metric("CodeBreakerOpened")
        self._keep(BreakerState(until_ms), now)

    def _passed(self, trial_ms: int) -> None:
        if count_passed(trial_ms) >= MAX_REQUESTS:
            close_breaker(trial_ms)
            self._keep(BreakerState(), clock.timestamp())


@cache
def breaker() -> Breaker:
    """The copy's breaker; tests drop it with `breaker.cache_clear()`."""
    return Breaker()
