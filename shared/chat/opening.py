"""The start of a turn: what it needs is read, question, running answer and money are written."""

from dataclasses import dataclass

from shared.ai.registry import registry
from shared.chat.access import check_session_id
from shared.chat.errors import RoleGone, SessionNotFound
from shared.chat.money import worst_case
from shared.chat.prompt import Prompt, plan_prompt
from shared.chat.skills import tool_box
from shared.chat.text import title_of
from shared.chat.turn import Turn, message_ids
from shared.core import clock
from shared.data.chat_activity import count_messages
from shared.data.chat_messages import Message, find_session_and_newest, store_message
from shared.data.chat_sessions import Mode, Session, note_turn
from shared.data.roles import Role, find_role
from shared.data.transaction import ConditionFailed, Transaction
from shared.ledger import ledger

HISTORY_MESSAGES = 60
HISTORY_CHARS = 600_000


class TurnExists(Exception):
    """The operation opened its turn before: its question and answer are in the table."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller sends into a session; `operation_id` is a ULID, the same for a repeat."""

    owner_id: str
    session_id: str
    operation_id: str
    text: str
    mode: Mode | None = None


def open_turn(question: Question) -> tuple[Turn, Prompt]:
    """Read the session with its newest messages and the role, then write, all in three calls.

    Raises:
        SessionNotFound: no such session of this owner.
        RoleGone: the session's role is gone.
        ModelNotAvailable: no configured provider serves the role's model.
        RateLimited: the budget does not cover the answer.
        TurnExists: a repeat.
    """
    check_session_id(question.session_id)
    session, newest = find_session_and_newest(
        question.session_id, HISTORY_MESSAGES, max_chars=HISTORY_CHARS
    )
    if session is None or session.owner_id != question.owner_id:
        raise SessionNotFound
    role = _usable_role(session)
    provider = registry().chat(role.model_config.model)
    model = registry().find_model(role.model_config.model)
    mode = question.mode or session.mode
    history = tuple(reversed(newest))
    tools = tool_box(role.skills)
    prompt = plan_prompt(role, model, mode, history, question.text, tools.specs)
    asked, answer = _messages(question, model.id)
    transaction = Transaction()
    held = ledger.reserve(
        transaction,
        user_id=question.owner_id,
        amount_micro=worst_case(model, prompt.most_tokens, prompt.request.max_tokens or 0),
        call_id=answer.reservation,
    )
    _write(transaction, session, asked, answer)
    return Turn(session, role, model, provider, tools, asked, answer, held), prompt


def _usable_role(session: Session) -> Role:
    role = find_role(session.role_id)
    if role is None or not (role.is_public or role.owner_id == session.owner_id):
        raise RoleGone(details={"reason": "role_gone", "role_id": session.role_id})
    return role


def _messages(question: Question, model_id: str) -> tuple[Message, Message]:
    now = clock.iso_ms(clock.now())
    asked_id, answer_id = message_ids(question.operation_id)
    asked = Message(
        id=asked_id,
        session_id=question.session_id,
        owner_id=question.owner_id,
        author="user",
        content=question.text,
        status="complete",
        created_at=now,
    )
    answer = Message(
        id=answer_id,
        session_id=question.session_id,
        owner_id=question.owner_id,
        author="assistant",
        content="",
        status="running",
        created_at=now,
        model=model_id,
        heartbeat_at=now,
        reservation=f"call_{question.operation_id}",
    )
    return asked, answer


def _write(transaction: Transaction, session: Session, asked: Message, answer: Message) -> None:
    store_message(transaction, asked)
    store_message(transaction, answer)
    title = title_of(asked.content)
    note_turn(transaction, asked.session_id, asked.content, added=2, title=title)
    count_messages(transaction, session, 2)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        if failure.names & {"user", "assistant"}:
            raise TurnExists from failure
        if "session" in failure.names:
            raise SessionNotFound from failure
        raise
