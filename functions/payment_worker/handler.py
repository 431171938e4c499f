"""Lambda entry: EventBridge, every four minutes."""

import asyncio
from typing import Any

from functions.payment_worker.service import check_due_orders
from shared.ai.http_client import close_http_client
from shared.core import clock, context


def handler(event: dict[str, Any], _: object) -> dict[str, int]:
    """Check the orders that are due; answers how many were asked about, and how many failed."""
    with context.entered(event["id"]):
        return asyncio.run(_run())


async def _run() -> dict[str, int]:
    try:
        return await check_due_orders(clock.now())
    finally:
        await close_http_client()
