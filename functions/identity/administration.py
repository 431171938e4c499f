"""What admins do with users."""

from dataclasses import replace
from typing import Any

from functions.identity.accounts import change_account, demand_not_going, new_user
from functions.identity.errors import EmailTaken, UserNotFound
from functions.identity.schemas import NewUser, UserChange
from shared.auth.passwords import hash_password
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import User, find_user, find_user_by_email, find_users, store_user
from shared.http.paging import Page, PageRequest


def create_user(user_id: str, wanted: NewUser) -> User:
    """A new user; a repeat with the same id finds the first one.

    Raises:
        EmailTaken: by another user.
    """
    password_hash = hash_password(wanted.password) if wanted.password else None
    user = new_user(user_id, wanted.email, wanted.name, password_hash)
    transaction = Transaction()
    store_user(transaction, user)
    try:
        transaction.commit()
    except ConditionFailed:
        standing = find_user(user_id)
        if standing is None:
            raise EmailTaken from None
        return standing
    return user


def read_user(user_id: str) -> User:
    """Raises UserNotFound."""
    user = find_user(user_id)
    if user is None:
        raise UserNotFound
    return user


def list_users(wanted: PageRequest) -> Page[User]:
    """All users, newest first."""
    users, total = find_users(wanted.page, wanted.page_size)
    return Page.of(users, total, wanted)


def list_users_of_email(email: str, wanted: PageRequest) -> Page[User]:
    """The user of exactly that e-mail, as a list of one or none."""
    user = find_user_by_email(email)
    return Page.cut([user] if user else [], wanted)


def update_user(user_id: str, wanted: UserChange) -> User:
    """Change what is given.

    Raises:
        UserNotFound, LastAdmin, AccountGoing, AccountBusy.
    """
    changes: dict[str, Any] = wanted.given()
    if "roles" in changes:
        changes["roles"] = tuple(sorted(changes["roles"]))
    if "password" in changes:
        changes["password_hash"] = hash_password(changes.pop("password"))
    plan = changes.pop("subscription", {})

    def apply(user: User) -> User:
        demand_not_going(user)
        return replace(user, subscription=replace(user.subscription, **plan), **changes)

    return change_account(user_id, apply)
