"""What the chat API does with sessions."""

from functions.chat.errors import RoleNotFound
from functions.chat.schemas import NewSession
from shared.chat.access import check_session_id, find_own_session
from shared.chat.errors import SessionNotFound
from shared.chat.sweep import delete_some_messages, up_to_date
from shared.core import clock
from shared.data.chat_messages import Message, find_earlier, find_session_and_newest
from shared.data.chat_sessions import (
    Session,
    delete_session,
    find_session,
    find_sessions,
    find_sessions_of_role,
    store_session,
    update_title,
)
from shared.data.roles import find_role
from shared.data.transaction import ConditionFailed, Transaction
from shared.http.paging import PageRequest


def create_session(owner_id: str, session_id: str, body: NewSession) -> Session:
    """A session with a role that is the caller's own or public; a repeat gives the first one."""
    role = find_role(body.role_id)
    if role is None or not (role.is_public or role.owner_id == owner_id):
        raise RoleNotFound
    now = clock.iso_ms(clock.now())
    session = Session(
        id=session_id,
        owner_id=owner_id,
        role_id=role.id,
        role_name=role.name,
        title=body.title or "",
        mode=body.mode,
        last_message="",
        message_count=0,
        created_at=now,
        updated_at=now,
    )
    transaction = Transaction()
    store_session(transaction, session)
    try:
        transaction.commit()
    except ConditionFailed:
        return find_session(session_id) or session
    return session


def list_sessions(
    owner_id: str, role_id: str | None, paging: PageRequest
) -> tuple[list[Session], int]:
    """A page of the caller's sessions by time of change, and how many there are."""
    if role_id is None:
        return find_sessions(owner_id, paging.start, paging.end)
    return find_sessions_of_role(owner_id, role_id, paging.start, paging.end)


def read_session(
    owner_id: str, session_id: str, before: str | None, limit: int
) -> tuple[Session, list[Message], bool]:
    """A session, its newest messages (or those before one), and whether there are older ones."""
    check_session_id(session_id)
    if before is None:
        found, newest = find_session_and_newest(session_id, limit + 1)
        session = _own(owner_id, found)
    else:
        session = find_own_session(owner_id, session_id)
        newest = find_earlier(session_id, before, limit + 1)
    shown = [message for message in map(up_to_date, reversed(newest[:limit])) if message]
    return session, shown, len(newest) > limit


def rename_session(owner_id: str, session_id: str, title: str) -> Session:
    """The session with another title."""
    check_session_id(session_id)
    return _own(owner_id, update_title(owner_id, session_id, title))


def remove_session(owner_id: str, session_id: str) -> None:
    """Delete a session: from now on nothing of it can be read.

    The first messages go at once, those of a long session with the next sweep.
    """
    session = find_own_session(owner_id, session_id)
    if not delete_session(session):
        raise SessionNotFound
    delete_some_messages(session.id)


def _own(owner_id: str, session: Session | None) -> Session:
    if session is None or session.owner_id != owner_id:
        raise SessionNotFound
    return session
