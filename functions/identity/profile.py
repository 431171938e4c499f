"""A user's own profile."""

from functions.identity.schemas import ProfileChange
from shared.core import clock
from shared.core.errors import Unauthorized
from shared.data.users import User, find_user, update_profile


def read_profile(user_id: str) -> User:
    """The caller itself: one call to the store.

    Raises:
        Unauthorized: the account went, or is going, while the credential was still remembered.
    """
    user = find_user(user_id)
    if user is None or user.status != "active":
        raise Unauthorized
    return user


def change_profile(user_id: str, wanted: ProfileChange) -> User:
    """Change what is given: one call to the store.

    Raises:
        Unauthorized: as `read_profile`.
    """
    user = update_profile(user_id, wanted.given(), clock.iso_ms(clock.now()))
    if user is None:
        raise Unauthorized
    return user
