"""Password attempts per e-mail, counted before a password is looked at.

One item, EMAIL#<e-mail> ATTEMPTS, beside the e-mail's own item, whether or not there is such a
user: one Query gives both. An attempt is a stamp (milliseconds and a random tail); it is *open*
while the password is being verified and *wrong* once it was. Stamps are only added by a write
that names the version it has seen, so of many guesses at once none slips past the count.
"""

import secrets
from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf
from shared.data.transaction import Transaction

KEEP_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is known of an e-mail: whose it is (None: nobody's) and its latest attempts."""

    email: str
    user_id: str | None
    open: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()
    version: int = 0


class _Attempts(Item):
    """Also reads the item EMAIL, which stands in the same partition."""

    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    user_id = UnicodeAttribute(null=True)
    open = UnicodeSetAttribute(null=True)
    wrong = UnicodeSetAttribute(null=True)
    version = NumberAttribute(null=True)


def new_stamp() -> str:
    """A stamp of this moment."""
    return f"{int(clock.timestamp() * 1000):013d}#{secrets.token_hex(6)}"


def seconds_of(stamp: str) -> float:
    """When an attempt began, in seconds since the epoch."""
    return int(stamp[:13]) / 1000


def find_attempts(email: str) -> Attempts:
    """The attempts of a (trimmed, lower-case) e-mail, and its owner: one Query."""
    items = {item.sk: item for item in _Attempts.query(f"EMAIL#{email}", consistent_read=True)}
    owner, counted = items.get("EMAIL"), items.get("ATTEMPTS")
    user_id = owner.user_id if owner else None
    if counted is None:
        return Attempts(email, user_id)
    return Attempts(
        email,
        user_id,
        frozenset(counted.open or ()),
        frozenset(counted.wrong or ()),
        int(counted.version or 0),
    )


def store_attempt(seen: Attempts, stamp: str, forget: frozenset[str]) -> bool:
    """Count one more attempt as open; False where somebody else was faster.

    Args:
        seen: the attempts as just read.
        stamp: of the new attempt.
        forget: wrong stamps that are too old to count.
    """
    actions: list[Action] = [
        _Attempts.open.add({stamp}),
        _Attempts.version.add(1),
        _Attempts.ttl.set(int(clock.timestamp()) + KEEP_SECONDS),
    ]
    if forget:
        actions.append(_Attempts.wrong.delete(set(forget)))
    same = _Attempts.version == seen.version if seen.version else _Attempts.version.does_not_exist()
    try:
        _key(seen.email).update(actions, same)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def update_to_wrong(email: str, stamp: str) -> None:
    """The password of that attempt was wrong."""
    _key(email).update([_Attempts.open.delete({stamp}), _Attempts.wrong.add({stamp})])


def delete_attempt(transaction: Transaction, email: str, stamp: str) -> None:
    """The password of that attempt was right: it does not count."""
    transaction.update("attempt", _key(email), [_Attempts.open.delete({stamp})])


def delete_attempts(transaction: Transaction, email: str) -> None:
    """Forget an e-mail's attempts, as its account goes."""
    transaction.delete("attempts", _key(email))


def _key(email: str) -> _Attempts:
    return _Attempts(f"EMAIL#{email}", "ATTEMPTS")
