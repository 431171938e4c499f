"""Builders of roles."""

from typing import Any

from shared.core import ids
from shared.data.roles import ModelConfig, Role, store_role
from shared.data.transaction import Transaction


def role_body(**fields: Any) -> dict[str, Any]:
    """A body that POST /api/v1/roles takes."""
    return {"name": "合同助手", "system_prompt": "你是一名合同助手。", **fields}


def a_role(owner_id: str, **fields: Any) -> Role:
    """A role of that owner, nowhere yet."""
    moment = "2026-02-27T10:00:00.123Z"
    values: dict[str, Any] = {
        "id": ids.new_id("role"),
        "owner_id": owner_id,
        "name": "合同助手",
        "description": "审阅合同",
        "avatar": None,
        "category": "法务",
        "system_prompt": "你是一名合同助手。",
        "welcome_message": "您好",
        "model_config": ModelConfig("builtin", 0.7, 1000, 0.9),
        "skills": (),
        "knowledge_bases": (),
        "is_public": False,
        "version": 1,
        "created_at": moment,
        "updated_at": moment,
    }
    return Role(**{**values, **fields})


def stored_role(owner_id: str, **fields: Any) -> Role:
    """A role of that owner, in the table."""
    role = a_role(owner_id, **fields)
    transaction = Transaction()
    store_role(transaction, role)
    transaction.commit()
    return role
