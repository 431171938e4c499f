"""Lambda entry: EventBridge, every minute."""

from typing import Any

from functions.housekeeping.service import run_chores
from shared.core import clock, context


def handler(event: dict[str, Any], _: object) -> dict[str, int]:
    """Run every chore; answers how many things each of them put right."""
    with context.entered(event["id"]):
        return run_chores(clock.now())
