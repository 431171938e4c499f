"""Warm path: GET of a role through the real handler, the store stubbed, beside a hello GET.

python -m tests.benchmarks.warm_path [--json]

Both run in this process with the same event; batches are interleaved, processor time is counted
and the median of the batches' ratios is shown. The role's GET checks its token, its limit and its
owner, logs a line and fills the envelope; the hello does nothing of that.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from shared.core import ids
from shared.data.limits import Write
from shared.http.rate_limit import Limiter
from tests.benchmarks.harness import HELLO, show
from tests.support.callers import token_of
from tests.support.roles import a_role

BATCHES = 25
CALLS = 200
MOST_RATIO = 1.5
ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "roles",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "AUTH_SECRET_ARN": "auth",
}
KEYS = {"current": "k1", "k1": "throwaway-signing-key-of-the-benchmark-1"}
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class FreeBuckets:
    """A store of limits that lets everything pass."""

    def restart(self, key: str, now_us: int, tat_us: int) -> Write:
        return Write(True, tat_us)

    def advance(self, key: str, by_us: int, above_us: int, ceiling_us: int) -> Write:
        return Write(True, above_us + by_us)


def event(path: str, token: str) -> dict[str, Any]:
    """What an HTTP API sends for a GET of a browser."""
    return {
        "version": "2.0",
        "routeKey": "ANY /{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "application/json",
            "accept-encoding": "gzip, deflate, br",
            "accept-language": "zh-CN,zh;q=0.9,en;q=0.8",
            "authorization": f"Bearer {token}",
            "content-length": "0",
            "host": "example.execute-api.us-east-1.amazonaws.com",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "x-amzn-trace-id": "Root=1-65f0a1b2-0123456789abcdef01234567",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "Mozilla/5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
            "timeEpoch": 1583348638390,
        },
        "isBase64Encoded": False,
    }


def us_per_call(handler: Handler, sent: dict[str, Any]) -> float:
    begun = time.process_time()
    for _ in range(CALLS):
        handler(sent, None)
    return (time.process_time() - begun) / CALLS * 1e6


def compare(roles: Handler, hello: Handler) -> dict[str, Any]:
    role = a_role(ids.new_id("user"), system_prompt="你是一名经验丰富的客服。" * 50)
    sent = event(f"/api/v1/roles/{role.id}", token_of(role.owner_id))
    greeting = event("/hello/world", token_of(role.owner_id))
    with patch("functions.roles.service.find_role", lambda _: role):
        answer = roles(sent, None)
        assert json.loads(answer["body"])["data"]["id"] == role.id, answer
        assert hello(greeting, None)["statusCode"] == 200
        pairs = [(us_per_call(hello, greeting), us_per_call(roles, sent)) for _ in range(BATCHES)]
    ours = statistics.median(pair[1] for pair in pairs)
    theirs = statistics.median(pair[0] for pair in pairs)
    return {
        "case": "GET role",
        "hello_us": round(theirs),
        "us": round(ours),
        "ratio": round(statistics.median(mine / hello_us for hello_us, mine in pairs), 2),
        "aim": f"≤ {MOST_RATIO}",
    }


def main() -> None:
    limiter = Limiter("caller", 1e6, 1_000_000, FreeBuckets(), lease=5)
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, ENVIRONMENT))
        stack.enter_context(patch("shared.auth.tokens.read_secret", lambda _: KEYS))
        stack.enter_context(patch("shared.auth.credentials.find_revocations", dict))
        stack.enter_context(patch("shared.http.rate_limit.caller_limiter", lambda: limiter))
        sink = stack.enter_context(Path(os.devnull).open("w"))
        with redirect_stdout(sink):  # where the log lines go
            from functions.roles.handler import handler

            scope: dict[str, Any] = {}
            exec(HELLO, scope)
            result = compare(handler, scope["handler"])
    show(result)


if __name__ == "__main__":
    sys.exit(main())
