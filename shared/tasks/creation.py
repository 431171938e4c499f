"""A new task of any type, whoever asks for it: a route of the API or a skill in a conversation."""

from pydantic import BaseModel

from shared.data.tasks import Task
from shared.tasks.changes import Draft, accept_task
from shared.tasks.payment import paid
from shared.tasks.port import Price
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
        draft = Draft(
            id=f"task_{operation_id}",
            call_id=f"call_{operation_id}",
            owner_id=owner_id,
            type=type_name,
            input=stored,
            price=price,
            credit=kind.credit if price.credits else None,
            webhook_url=webhook_url,
            queue=kind.queue,
            priority=int(stored.get("priority", 0)),
        )
        return accept_task(draft)

    return paid(kind, owner_id, stored, accept)
