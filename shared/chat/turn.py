"""One turn of a conversation: a question, the answer to it, and what the answer is made from."""

from dataclasses import dataclass

from ulid import ULID

from shared.ai.catalog import Model
from shared.ai.port import ChatProvider
from shared.ai.tools import ToolBox
from shared.data.chat_messages import Message
from shared.data.chat_sessions import Session
from shared.data.ledger import Reservation
from shared.data.ledger_lines import Feature
from shared.data.roles import Role

_RANDOM_BITS = 80


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn whose question is saved and whose money is held.

    `answer` is the running one that the turn's end replaces, `feature` what it is counted under.
    """

    session: Session
    role: Role
    model: Model
    provider: ChatProvider
    tools: ToolBox
    question: Message
    answer: Message
    held: Reservation
    feature: Feature = "chat"


def message_ids(operation_id: str) -> tuple[str, str]:
    """The ids of question and answer: neighbours in the order of ids, the same for a repeat.

    The ULIDs of one process are successive numbers within a millisecond. Doubling the random
    part keeps their order and leaves each operation two numbers of its own.
    """
    number = int(ULID.from_str(operation_id))
    moment = number >> _RANDOM_BITS
    random = (number << 1) & ((1 << _RANDOM_BITS) - 1)
    first = (moment << _RANDOM_BITS) | random
    return f"msg_{ULID.from_int(first)}", f"msg_{ULID.from_int(first + 1)}"
