"""The steps of an account's deletion: each deletes a portion and can be repeated."""

from collections.abc import Callable

from functions.account_worker.errors import AccountInUse
from shared.aws.workflows import UnknownStep
from shared.chat import account as chat
from shared.core.observability import get_logger
from shared.data import role_deletion
from shared.data.api_keys import delete_keys_of
from shared.data.login_attempts import delete_attempts
from shared.data.refresh_families import delete_some_families
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import User, delete_user, find_user
from shared.documents import account as documents
from shared.learning.deletion import delete_some_of_account
from shared.ledger.ledger import forget_person
from shared.payments.account import forget_buyer
from shared.tasks import account as tasks
from shared.workspaces import account as workspaces

PORTION = 25


def run_step(step: str, user_id: str) -> bool:
    """Delete a portion; True when the step has nothing left to delete.

    Raises:
        UnknownStep: no such step.
        AccountInUse: the account is active or disabled.
    """
    if step not in _STEPS:
        raise UnknownStep(step)
    user = find_user(user_id)
    if user is None:
        return True  # an execution before this one came to the end
    if user.status != "deleting":
        raise AccountInUse(user_id)
    done = _STEPS[step](user)
    get_logger().info("account deletion", extra={"step": step, "owner_id": user_id, "done": done})
    return done


def _delete_keys(user: User) -> bool:
    delete_keys_of(user.id)
    return True


def _delete_user(user: User) -> bool:
    """The user itself, last of all: while it is there, the deletion can be started again.

    A copy that still remembered a token for some seconds may have let something in after the
    step that would have deleted it, so each of them looks once more.
    """
    if not all(delete(user) for delete in _DATA_STEPS.values()):
        return False
    if not delete_some_families(user.id, PORTION):
        return False
    forget_person(user.id)
    forget_buyer(user.id)
    transaction = Transaction()
    delete_user(transaction, user)
    delete_attempts(transaction, user.email)
    try:
        transaction.commit()
    except ConditionFailed:
        return find_user(user.id) is None  # a repeat at the same instant was faster
    return True


_Step = Callable[[User], bool]
_DATA_STEPS: dict[str, _Step] = {
    "roles": lambda user: role_deletion.delete_some(user.id, PORTION),
    "sessions": lambda user: chat.delete_some(user.id, PORTION),
    "documents": lambda user: documents.delete_some(user.id, "documents", PORTION),
    "knowledge_bases": lambda user: documents.delete_some(user.id, "knowledge_bases", PORTION),
    "tasks": lambda user: tasks.delete_some(user.id, PORTION),
    "workspaces": lambda user: workspaces.delete_some(user.id, PORTION),
    "learning": lambda user: delete_some_of_account(user.id, PORTION),
    "keys": _delete_keys,
}
_STEPS: dict[str, _Step] = {**_DATA_STEPS, "user": _delete_user}
