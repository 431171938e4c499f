"""Answers while they are made: signs of life, the flag that stops them, their end."""

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.chat_messages import (
    RUNNING_SHARDS,
    Message,
    MessageItem,
    message_sort_key,
    to_item,
    to_message,
)
from shared.data.chat_sessions import session_key
from shared.data.transaction import Transaction


def end_message(transaction: Transaction, message: Message, *, last_seen: str = "") -> None:
    """Put the ended answer in the place of the running one.

    The part `assistant` fails where somebody ended it before (a sweep, a deletion), or where its
    generator gave a sign of life after `last_seen`.
    """
    condition = MessageItem.status == "running"
    if last_seen:
        condition &= MessageItem.heartbeat_at == last_seen
    transaction.save("assistant", to_item(message), condition)


def note_sign_of_life(session_id: str, message_id: str) -> Message | None:
    """Say that the generator works; None where the answer was ended by somebody else."""
    now = clock.iso_ms(clock.now())
    actions: list[Action] = [MessageItem.heartbeat_at.set(now), MessageItem.gsi1sk.set(now)]
    return _update_running(session_id, message_id, actions)


def request_stop(session_id: str, message_id: str) -> Message | None:
    """Ask the generator, wherever it runs, to stop; None where the answer has ended."""
    return _update_running(session_id, message_id, [MessageItem.stop_requested.set(True)])


def find_silent(since: str, limit: int) -> list[tuple[str, str]]:
    """(session id, message id) of running answers with no sign of life after `since`."""
    found: list[tuple[str, str]] = []
    for shard in range(RUNNING_SHARDS):
        rows = MessageItem.gsi1.query(
            f"RUNNING#{shard}", MessageItem.gsi1sk < since, limit=limit - len(found)
        )
        found += [(row.pk.removeprefix("SESSION#"), row.sk.removeprefix("MSG#")) for row in rows]
        if len(found) >= limit:
            break
    return found


def _update_running(session_id: str, message_id: str, actions: list[Action]) -> Message | None:
    item = MessageItem(session_key(session_id), message_sort_key(message_id))
    try:
        item.update(actions, condition=MessageItem.status == "running")
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return None
    return to_message(item)
