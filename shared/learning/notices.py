"""What is said of a result, so that nobody takes rules for a model."""

from collections.abc import Mapping
from typing import Any

from shared.tasks.types.jobs import is_offline

_BY_RULE = "离线生成：未使用模型，由规则生成，仅供参考。Made by rule without a model."


def provenance(asked: Mapping[str, Any], *versions: str) -> dict[str, Any]:
    """Fields of every result: by what it was made, and with which prompts."""
    if is_offline(asked):
        return {"generated_by": "builtin", "notice": _BY_RULE, "prompts": []}
    return {"generated_by": asked["model"], "notice": "", "prompts": list(versions)}


def errors_of(parts: Any) -> list[dict[str, Any]]:
    """The parts that failed, as a result tells them."""
    return [{"part": part.number, **part.error} for part in parts if part.error]
