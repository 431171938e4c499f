"""One delivery of a webhook, and the plan of its repeats."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from shared.core import clock
from shared.messaging.webhooks.outbound import Outbound
from shared.messaging.webhooks.signing import webhook_headers
from shared.net.addresses import UnsafeAddress
from shared.net.tls import is_of_tls

ATTEMPTS = 5
# Seconds before the second to the fifth attempt: together longer than an hour's outage.
_DELAYS = (10.0, 120.0, 900.0, 3_600.0)
_JITTER = 0.1
_SECONDS = 10.0
_READ_BYTES = 4_096
_KEPT_CHARACTERS = 500
_GONE = 410


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one attempt ended, as the delivery log keeps it.

    Attributes:
        status: of the answer; None when there was none.
        error: `""`, or `refused:<reason of UnsafeAddress>`, `timeout`, `tls`, `connection`,
            `http_<status>`.
        answer: the first 500 characters the receiver said.
        final: no further attempt is of use: delivered, gone (410), or never allowed.
    """

    at: str
    ok: bool
    status: int | None
    error: str
    duration_ms: int
    answer: str
    final: bool


def delay_after(attempt: int) -> float | None:
    """Seconds to wait after that failed attempt (from 1), with jitter; None after the fifth."""
    if attempt >= ATTEMPTS:
        return None
    return _DELAYS[attempt - 1] * (1 + _JITTER * random.random())  # noqa: S311 - spreads load


class WebhookSender:
    """Sends signed bodies.

    Args:
        outbound: how receivers are called; tests with a receiver of their own set it.
    """

    def __init__(self, outbound: Outbound | None = None, *, limit_s: float = _SECONDS) -> None:
        self._outbound = outbound or Outbound()
        self._limit_s = limit_s

    async def send(
        self, url: str, webhook_id: str, body: bytes, valid_secrets: Sequence[str]
    ) -> Delivery:
        """One attempt; every failure of the other side is in the result.

        Args:
            webhook_id: the same for all attempts at one event, so that a receiver sees repeats.
            body: sent as signed, byte for byte.
            valid_secrets: see `WebhookSecrets.valid`.
        """
        started, now = time.perf_counter(), clock.now()
        headers = webhook_headers(webhook_id, now, body, valid_secrets)
        status, answer = None, ""
        try:
            async with asyncio.timeout(self._limit_s):
                status, answer = await self._post(url, headers, body)
            failed = "" if 200 <= status < 300 else f"http_{status}"
        except (UnsafeAddress, TimeoutError, httpx.HTTPError) as error:
            failed = _name_of(error)
        return Delivery(
            at=clock.iso_ms(now),
            ok=not failed,
            status=status,
            error=failed,
            duration_ms=round((time.perf_counter() - started) * 1000),
            answer=answer,
            final=not failed or status == _GONE or _is_forbidden(failed),
        )

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        told = {**headers, "Content-Type": "application/json", "User-Agent": "rolecraft-webhooks"}
        async with self._outbound.call(
            "POST", url, headers=told, body=body, timeout_s=self._limit_s
        ) as answer:
            return answer.status_code, await _beginning(answer)


async def _beginning(response: httpx.Response) -> str:
    """The start of the answer; the rest is never read."""
    held = b""
    async for chunk in response.aiter_raw():
        held += chunk[: _READ_BYTES - len(held)]
        if len(held) >= _READ_BYTES:
            break
    return held.decode("utf-8", "replace")[:_KEPT_CHARACTERS]


def _name_of(error: Exception) -> str:
    """The failure's name in the log."""
    if isinstance(error, UnsafeAddress):
        return f"refused:{error.reason}"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "timeout"
    return "tls" if is_of_tls(error) else "connection"


def _is_forbidden(failed: str) -> bool:
    # A name that is unknown now may be known in an hour.
    return failed.startswith("refused:") and failed != "refused:unknown_host"
