"""Lambda entry: one step of the workflow account_deletion."""

from typing import Any

from functions.account_worker.service import run_step
from shared.core import context


def handler(event: dict[str, Any], _: object) -> dict[str, bool]:
    """`{"step", "user_id", "request_id"}` → `{"done"}`: whether the step has nothing left."""
    with context.entered(event["request_id"]):
        return {"done": run_step(event["step"], event["user_id"])}
