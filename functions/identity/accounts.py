"""What happens to an account: made, changed, disabled, scheduled for deletion."""

from collections.abc import Callable
from dataclasses import replace

from functions.identity.errors import AccountBusy, AccountGoing, LastAdmin, UserNotFound
from shared.core import clock, ids
from shared.data.api_keys import find_key_ring, suspend_api_keys
from shared.data.changing import until_written
from shared.data.outbox import promise
from shared.data.revocations import store_revocation
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import Subscription, User, find_user, update_user


def new_user(user_id: str, email: str, name: str, password_hash: str | None) -> User:
    """A user as it begins: no roles, the free plan, a personal workspace."""
    now = clock.iso_ms(clock.now())
    return User(
        id=user_id,
        email=email,
        name=name,
        avatar=None,
        workspace_id=ids.new_id("ws"),
        roles=(),
        subscription=Subscription(),
        status="active",
        password_hash=password_hash,
        generation=1,
        version=1,
        created_at=now,
        updated_at=now,
    )


def change_account(user_id: str, change: Callable[[User], User]) -> User:
    """Read, change, store; from the start again where somebody else was faster.

    Tokens carry roles and outlive a status, so a change of either revokes them; keys follow
    the status. All of it is one transaction.

    Raises:
        UserNotFound, LastAdmin, AccountBusy, and what `change` raises.
    """

    def step() -> User:
        before = find_user(user_id)
        if before is None:
            raise UserNotFound
        wanted = change(before)
        return before if wanted == before else _store(before, wanted)

    def met(failure: ConditionFailed) -> None:
        if failure.names == {"admins"}:
            raise LastAdmin from failure

    return until_written(step, met, AccountBusy)


def delete_account(user_id: str) -> None:
    """Schedule the deletion of an account and all its data; the account is unusable at once.

    Raises:
        UserNotFound, LastAdmin, AccountBusy.
    """
    change_account(user_id, lambda user: replace(user, status="deleting"))


def demand_not_going(user: User) -> None:
    """Raises AccountGoing for an account that is being deleted."""
    if user.status == "deleting":
        raise AccountGoing


def _store(before: User, wanted: User) -> User:
    ends_tokens = _ends_tokens(before, wanted)
    after = replace(
        wanted,
        generation=before.generation + _ends_sign_ins(before, wanted),
        version=before.version + ends_tokens,
        updated_at=clock.iso_ms(clock.now()),
    )
    transaction = Transaction()
    update_user(transaction, before, after)
    if ends_tokens:
        store_revocation(transaction, before.id, after.version)
    if after.status != before.status:
        ring = find_key_ring(before.id)
        suspend_api_keys(transaction, ring, suspended=after.status != "active")
    if after.status == "deleting":
        body = {"user_id": before.id}
        promise(transaction, "IDENTITY_TABLE", "workflow:account_deletion", body)
    transaction.commit()
    return after


def _ends_tokens(before: User, after: User) -> bool:
    return _ends_sign_ins(before, after) or after.roles != before.roles


def _ends_sign_ins(before: User, after: User) -> bool:
    return after.status != before.status or after.password_hash != before.password_hash
