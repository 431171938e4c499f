"""Answers whose generator died become failed; what deleted sessions left behind goes.

Both are called by housekeeping every minute, and by whoever meets such an answer before it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.chat.event_text import content_of, error_event, events_after, is_last
from shared.core import clock
from shared.core.errors import ServiceUnavailable
from shared.core.sweep import sweep
from shared.core.text import Text
from shared.data.chat_events import EventGroup, add_events, delete_events, find_events
from shared.data.chat_messages import Message, delete_messages, find_message
from shared.data.chat_running import end_message, find_silent
from shared.data.chat_sessions import find_deleted, forget_deleted
from shared.data.ledger import find_reservation
from shared.data.transaction import ConditionFailed, Transaction
from shared.ledger import ledger

NOT_FINISHED = Text("回答未能完成，请重新发送", "The answer was not finished, please send again")
SILENCE = timedelta(seconds=30)
MESSAGES_PER_DELETE = 100
_AT_ONCE = 100


def is_silent(message: Message, now: datetime) -> bool:
    """Whether an answer is said to be running and its generator gives no sign of life."""
    return message.status == "running" and message.heartbeat_at < clock.iso_ms(now - SILENCE)


def fail_silent_messages(now: datetime) -> int:
    """End the answers whose generator has been silent for 30 s; returns how many.

    Raises:
        SweepFailed: some could not be ended; all others are.
    """

    def fail(found: tuple[str, str]) -> bool:
        message = find_message(*found)  # the index may be a little behind
        return message is not None and is_silent(message, now) and fail_message(message)

    silent = find_silent(clock.iso_ms(now - SILENCE), _AT_ONCE)
    return sweep(silent, fail, lambda found: {"session_id": found[0], "message_id": found[1]})


def fail_message(message: Message) -> bool:
    """End a silent answer with the words that reached its log; its money is released.

    False where its generator came back to life or somebody else ended it.
    """
    events = events_after(find_events(message.id, 0), 0)
    transaction = Transaction()
    ended = replace(
        message,
        content="".join(map(content_of, events)),
        status="failed",
        ended_at=clock.iso_ms(clock.now()),
        error_code=ServiceUnavailable.code,
        reservation="",
    )
    end_message(transaction, ended, last_seen=message.heartbeat_at)
    if events and not is_last(events[-1]):
        last = error_event(ServiceUnavailable.code, NOT_FINISHED)
        add_events(transaction, message.id, EventGroup(len(events) + 1, (last,)))
    held = find_reservation(message.reservation) if message.reservation else None
    if held:
        ledger.release(transaction, held)
    try:
        transaction.commit()
    except ConditionFailed:
        return False
    return True


def up_to_date(message: Message | None) -> Message | None:
    """The message as it is, ended where it was silent for too long."""
    if message is None or not is_silent(message, clock.now()):
        return message
    fail_message(message)
    return find_message(message.session_id, message.id)


def delete_remains(_: datetime) -> int:
    """Remove messages of deleted sessions; returns how many sessions were done with.

    Raises:
        SweepFailed: of some nothing could be removed; of all others it is.
    """
    deleted = find_deleted(_AT_ONCE)
    return sweep(deleted, delete_some_messages, lambda session_id: {"session_id": session_id})


def delete_some_messages(session_id: str, limit: int = MESSAGES_PER_DELETE) -> bool:
    """Remove up to `limit` messages of a deleted session; True when none is left."""
    gone = delete_messages(session_id, limit)
    delete_events(gone)
    if len(gone) == limit:
        return False
    forget_deleted(session_id)
    return True
