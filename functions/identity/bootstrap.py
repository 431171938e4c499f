"""The first admin, made by who may invoke this function directly.

No HTTP request gets here: the event of an HTTP API has `requestContext` and no key of ours, and
`lambda:InvokeFunction` on identity is a right of the deployment's operators. The event:

    {"bootstrap_admin": {"email": "…", "name": "…", "password": "…"}}

Each field is optional: `email` is the deployment setting ADMIN_EMAIL then, `password` is drawn
and part of the answer, this once. The answer:

    {"user_id": "user_…", "email": "…", "created": true, "password": "…" or null}

A repeat changes nothing. A user who has that e-mail already becomes an admin and active; the
password stays (`created` is false, `password` null). A failure is an error of the invocation.
"""

import secrets
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from functions.identity.accounts import change_account, demand_not_going, new_user
from functions.identity.schemas import AdminBootstrap
from shared.auth.passwords import hash_password
from shared.auth.principal import ADMIN
from shared.core import ids
from shared.core.observability import get_logger
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import User, find_user_by_email, store_user
from shared.http.validation import refusal

EVENT = "bootstrap_admin"


def bootstrap_admin(fields: Any) -> dict[str, Any]:
    """Make or promote the admin; see the module's text for the event and the answer.

    Raises:
        InvalidRequest: a field is wrong, or no e-mail is given and none is set.
        AccountGoing: the account of that e-mail is being deleted.
    """
    wanted = _read(fields)
    standing = find_user_by_email(wanted.email)
    if standing:
        return _promote(standing)
    password = wanted.password or secrets.token_urlsafe(18)
    user = new_user(ids.new_id("user"), wanted.email, wanted.name, hash_password(password))
    transaction = Transaction()
    store_user(transaction, replace(user, roles=(ADMIN,)))
    try:
        transaction.commit()
    except ConditionFailed:  # registered, or bootstrapped, at the same instant
        return bootstrap_admin(fields)
    get_logger().warning("admin made", extra={"admin_id": user.id})
    return _answer(user, created=True, password=None if wanted.password else password)


def _read(fields: Any) -> AdminBootstrap:
    try:
        return AdminBootstrap.model_validate(fields)
    except ValidationError as error:
        raise refusal(error.errors()) from None  # its own text would show the password


def _promote(standing: User) -> dict[str, Any]:
    def promoted(user: User) -> User:
        demand_not_going(user)
        return replace(user, roles=tuple(sorted({*user.roles, ADMIN})), status="active")

    change_account(standing.id, promoted)
    return _answer(standing, created=False, password=None)


def _answer(user: User, *, created: bool, password: str | None) -> dict[str, Any]:
    return {"user_id": user.id, "email": user.email, "created": created, "password": password}
