"""A new task of any type, whoever asks for it: a route of the API or a skill in a conversation."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from shared.data.tasks import Task
from shared.tasks.changes import Draft, accept_task
from shared.tasks.payment import paid
from shared.tasks.port import Price, TaskType
from shared.tasks.registry import task_types


def create_task(
    operation_id: str,
    owner_id: str,
    type_name: str,
    given: BaseModel,
    webhook_url: str | None = None,
) -> Task:
    """Accept a task; a repeat of the operation gives the one that was made.

    Args:
        operation_id: a ULID, the same for a repeat.
        owner_id: whose it is and who pays.
        type_name: of `task_types()`.
        given: the type's `Input`, validated.
        webhook_url: who is told when it has ended.

    Raises:
        InvalidRequest: the input names something that is not there.
        RateLimited: the budget does not cover it.
    """
    kind = task_types()[type_name]
    stored = kind.validate(owner_id, given)

    def accept(price: Price) -> Task:
        draft = draft_of(operation_id, owner_id, kind, stored, price, webhook_url)
        return accept_task(draft, lambda both: kind.write_beside(both, draft.id, stored))

    return paid(kind, owner_id, stored, accept)


def draft_of(
    operation_id: str,
    owner_id: str,
    kind: TaskType,
    stored: Mapping[str, Any],
    price: Price,
    webhook_url: str | None = None,
) -> Draft:
    """The task that an operation makes out of an input in its stored form."""
    return Draft(
        id=f"task_{operation_id}",
        call_id=f"call_{operation_id}",
        owner_id=owner_id,
        type=kind.name,
        input=stored,
        price=price,
        credit=kind.credit if price.credits else None,
        webhook_url=webhook_url,
        queue=kind.queue,
        priority=int(stored.get("priority", 0)),
    )
