"""What an owner may see; somebody else's is not found (contract common.md)."""

from shared.chat.errors import MessageNotFound, SessionNotFound
from shared.chat.sweep import up_to_date
from shared.core import ids
from shared.data.chat_messages import Message, find_session_and_message
from shared.data.chat_sessions import Session, find_session


def check_session_id(session_id: str) -> None:
    """Keep what cannot be an id away from the store, which refuses keys over 2 KB.

    Raises:
        SessionNotFound: it has not the form of one.
    """
    if not ids.is_id("session", session_id):
        raise SessionNotFound


def find_own_session(owner_id: str, session_id: str) -> Session:
    """The owner's session.

    Raises:
        SessionNotFound: none of that id, or somebody else's.
    """
    check_session_id(session_id)
    session = find_session(session_id)
    if session is None or session.owner_id != owner_id:
        raise SessionNotFound
    return session


def find_own_message(owner_id: str, session_id: str, message_id: str) -> Message:
    """A message of the owner's session, in any state.

    Raises:
        SessionNotFound: deleted, or somebody else's.
        MessageNotFound: no such message in it.
    """
    check_session_id(session_id)
    if not ids.is_id("msg", message_id):
        raise MessageNotFound
    session, message = find_session_and_message(session_id, message_id)
    if session is None or session.owner_id != owner_id:
        raise SessionNotFound
    latest = up_to_date(message)
    if latest is None:
        raise MessageNotFound
    return latest
