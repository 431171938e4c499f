"""Registration, login, and the change of one's password."""

from dataclasses import replace

from functions.identity.accounts import new_user
from functions.identity.errors import (
    AccountBusy,
    EmailTaken,
    WrongCredentials,
    wrong_current_password,
)
from functions.identity.lockout import begin_attempt
from functions.identity.schemas import Login, PasswordChange, Registration, Tokens
from functions.identity.sessions import begin_session
from shared.auth.passwords import hash_password, is_outdated, verify_password
from shared.core import clock, ids
from shared.core.errors import Unauthorized
from shared.data.login_attempts import delete_attempt, update_to_wrong
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import User, demand_unchanged, find_user, store_user, update_user

NOBODY = "user_-"


def register(wanted: Registration) -> tuple[User, Tokens]:
    """A new user, signed in; one transaction.

    Raises:
        EmailTaken: also for all but one of several registrations at the same instant.
    """
    password_hash = hash_password(wanted.password)
    user = new_user(ids.new_id("user"), wanted.email, wanted.name, password_hash)
    transaction = Transaction()
    store_user(transaction, user)
    tokens = begin_session(transaction, user)
    try:
        transaction.commit()
    except ConditionFailed:
        raise EmailTaken from None
    return user, tokens


def login(given: Login) -> Tokens:
    """Sign in. Four calls to the store and one hash, whether or not there is such an account.

    Raises:
        WrongCredentials: no such user, wrong password, disabled or being deleted: all alike.
        TooManyAttempts: locked out.
    """
    attempt = begin_attempt(given.email)
    user = find_user(attempt.user_id or NOBODY)
    is_right = verify_password(given.password, user.password_hash if user else None)
    if user is None or user.status != "active" or not is_right:
        update_to_wrong(attempt.email, attempt.stamp)
        raise WrongCredentials
    transaction = Transaction()
    delete_attempt(transaction, attempt.email, attempt.stamp)
    tokens = begin_session(transaction, user)
    _keep_user(transaction, user, given.password)
    try:
        transaction.commit()
    except ConditionFailed:  # disabled, deleted or another password since it was read
        raise WrongCredentials from None
    return tokens


def _keep_user(transaction: Transaction, user: User, password: str) -> None:
    if user.password_hash and is_outdated(user.password_hash):
        update_user(transaction, user, replace(user, password_hash=hash_password(password)))
    else:
        demand_unchanged(transaction, user)


def change_password(user_id: str, given: PasswordChange) -> None:
    """Another password for a user who knows the present one; every refresh family ends.

    Raises:
        InvalidRequest: the present one is wrong; that counts for the lock-out.
        TooManyAttempts: locked out.
    """
    user = find_user(user_id)
    if user is None or user.status != "active":
        raise Unauthorized
    attempt = begin_attempt(user.email)
    if not verify_password(given.current_password, user.password_hash):
        update_to_wrong(attempt.email, attempt.stamp)
        raise wrong_current_password()
    after = replace(
        user,
        password_hash=hash_password(given.new_password),
        generation=user.generation + 1,
        version=user.version + 1,
        updated_at=clock.iso_ms(clock.now()),
    )
    transaction = Transaction()
    update_user(transaction, user, after)
    delete_attempt(transaction, attempt.email, attempt.stamp)
    try:
        transaction.commit()
    except ConditionFailed:
        raise AccountBusy from None
