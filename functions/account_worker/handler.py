"""Lambda entry: one step of the workflow account_deletion."""

from typing import Any

from functions.account_worker.service import run_step
from shared.core import context


def handler(event: dict[str, Any], _: object) -> dict[str, bool]:
    """`{"step", "user_id", "request_id"}` → `{"done"}`: whether the step has nothing left."""
    token = context.enter(context.RequestContext(event["request_id"]))
    try:
        return {"done": run_step(event["step"], event["user_id"])}
    finally:
        context.leave(token)
