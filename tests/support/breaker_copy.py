"""A process with a circuit breaker in the limits table: one order a line, one answer a line.

`{"at": seconds on its clock, "ends": "well" | "badly"}` → `"called"` or `"refused"`.
"""

import asyncio
import json
import sys
from typing import Any

from shared.ai.breaker import CircuitBreaker
from shared.ai.errors import CircuitOpen, ProviderUnavailable
from shared.core import clock
from shared.data.breakers import TableBreakerStore


async def follow(breaker: CircuitBreaker, order: dict[str, Any]) -> str:
    at = float(order["at"])
    with clock.travelling(lambda: at):
        try:
            async with await breaker.admit():
                if order["ends"] == "badly":
                    raise ProviderUnavailable("p")
        except CircuitOpen:
            return "refused"
        except ProviderUnavailable:
            return "called"
    return "called"


def main() -> None:
    breaker = CircuitBreaker("p/m", "p", TableBreakerStore())
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            outcome = runner.run(follow(breaker, json.loads(line)))
            sys.stdout.write(f"{json.dumps(outcome)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
