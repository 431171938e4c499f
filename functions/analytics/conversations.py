"""How much was talked, and with which roles."""

from dataclasses import dataclass

from functions.analytics.periods import Range
from shared.data.chat_activity import find_activity
from shared.data.chat_sessions import count_sessions

TOP_ROLES = 10


@dataclass(frozen=True, slots=True)
class TopRole:
    """A role, and how many conversations with it were active."""

    role_id: str
    role_name: str
    conversations: int


@dataclass(frozen=True, slots=True)
class Conversations:
    """`total` are all that the caller has; the others are of the range."""

    total: int
    active: int
    messages_per_session: float
    top_roles: list[TopRole]


def read_conversations(user_id: str, wanted: Range) -> Conversations:
    """Conversations with a message in the range, whether they still exist or not."""
    role_of: dict[str, str] = {}
    names: dict[str, str] = {}
    messages = 0
    for activity in find_activity(user_id, wanted.start, wanted.end):
        role_of[activity.session_id] = activity.role_id
        names[activity.role_id] = activity.role_name
        messages += activity.messages
    counts = dict.fromkeys(names, 0)
    for role_id in role_of.values():
        counts[role_id] += 1
    top = sorted(counts, key=lambda role_id: (-counts[role_id], role_id))[:TOP_ROLES]
    return Conversations(
        total=count_sessions(user_id),
        active=len(role_of),
        messages_per_session=round(messages / len(role_of), 2) if role_of else 0.0,
        top_roles=[TopRole(role_id, names[role_id], counts[role_id]) for role_id in top],
    )
