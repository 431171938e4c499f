"""Deleting an account: its sessions with all that belongs to them."""

from shared.chat.sweep import delete_some_messages
from shared.data.chat_sessions import delete_counts, delete_session, find_sessions

_MESSAGES_AT_ONCE = 400


def delete_some(user_id: str, limit: int = 25) -> bool:
    """Delete up to `limit` sessions of a user; True when none is left. It can be repeated.

    What a long session leaves behind is removed by the sweep (shared/chat/sweep.py).
    """
    sessions, _ = find_sessions(user_id, 0, limit)
    for session in sessions:
        delete_session(session)
        delete_some_messages(session.id, _MESSAGES_AT_ONCE)
    if sessions:
        return False
    delete_counts(user_id)
    return True
