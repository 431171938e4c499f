"""Builders of chat sessions."""

from typing import Any

from shared.core import clock, ids
from shared.data.chat_sessions import Session, store_session
from shared.data.transaction import Transaction
from tests.support.roles import stored_role


def stored_session(owner_id: str, **fields: Any) -> Session:
    """A session of that owner, in the table, with a role of its own unless one is named."""
    now = clock.iso_ms(clock.now())
    role_id = fields.pop("role_id", None) or stored_role(owner_id).id
    values: dict[str, Any] = {
        "id": ids.new_id("session"),
        "owner_id": owner_id,
        "role_id": role_id,
        "role_name": "合同助手",
        "title": "",
        "mode": "chat",
        "last_message": "",
        "message_count": 0,
        "created_at": now,
        "updated_at": now,
    }
    session = Session(**{**values, **fields})
    transaction = Transaction()
    store_session(transaction, session)
    transaction.commit()
    return session
