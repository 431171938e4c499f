"""Tokens of the code-block service (docs/database-design.md, FLOW_TABLE).

TOKEN#<lookup>    TOKEN               the token; `sealed` is its encrypted text
WS#<ws_id>        TOKEN#<id>          pointer for the look-up by workspace
EMAIL#<e-mail>    TOKEN#<id>          pointer for the look-up by e-mail
TOKENS            LAST                the last id
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction

_TABLE = "FLOW_TABLE"


@dataclass(frozen=True, slots=True)
class FlowToken:
    """A token without its text; times are stored ISO texts, `expires_at` None means never.

    Attributes:
        lookup: keyed digest of the text, by which it is found.
        sealed: the text, encrypted.
        operation: how its end was set last: `add`, `set` or `unlimited`.
        bucket: number of its rate limit's bucket; a new one is full.
    """

    id: int
    lookup: str
    sealed: str
    ws_id: str
    email: str
    operation: str
    created_at: str
    updated_at: str
    expires_at: str | None
    per_minute: int
    burst: int
    window_seconds: int
    bucket: int = 0


class _Token(Item):
    class Meta(TableMeta):
        table_name = TableOf(_TABLE)

    id = NumberAttribute()
    sealed = UnicodeAttribute()
    ws_id = UnicodeAttribute()
    email = UnicodeAttribute()
    operation = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    expires_at = UnicodeAttribute(null=True)
    per_minute = NumberAttribute()
    burst = NumberAttribute()
    window_seconds = NumberAttribute()
    bucket = NumberAttribute(default=0)


class _Pointer(Item):
    class Meta(TableMeta):
        table_name = TableOf(_TABLE)

    lookup = UnicodeAttribute()


class _Last(Item):
    class Meta(TableMeta):
        table_name = TableOf(_TABLE)

    last_id = NumberAttribute(default=0)


def next_token_id() -> int:
    """The next id: one UpdateItem; a token that is not stored after all leaves a gap."""
    last = _Last("TOKENS", "LAST")
    last.update([_Last.last_id.add(1)])
    return int(last.last_id)


def store_token(token: FlowToken) -> None:
    """Put a new token and its pointers: one transaction."""
    transaction = Transaction()
    transaction.create("token", _to_item(token))
    for name, pointer in _pointers(token):
        pointer.lookup = token.lookup
        transaction.create(name, pointer)
    transaction.commit()


def find_token(lookup: str) -> FlowToken | None:
    """The token of that digest: one GetItem, consistent."""
    item = find(_Token, f"TOKEN#{lookup}", "TOKEN")
    return _to_token(item) if item else None


def find_tokens(*, ws_id: str = "", email: str = "") -> list[FlowToken]:
    """Tokens of a workspace, of an e-mail, or of both, newest first; consistent.

    A Query for the pointers and a BatchGetItem for each hundred tokens.
    """
    partition = f"WS#{ws_id}" if ws_id else _email_partition(email)
    pointers = _Pointer.query(partition, consistent_read=True, scan_index_forward=False)
    keys = [(f"TOKEN#{pointer.lookup}", "TOKEN") for pointer in pointers]
    items: Iterable[_Token] = _Token.batch_get(keys, consistent_read=True) if keys else ()
    found = sorted((_to_token(item) for item in items), key=lambda token: token.id, reverse=True)
    if ws_id and email:
        wanted = email.casefold()
        return [token for token in found if token.email.casefold() == wanted]
    return found


def update_token(token: FlowToken) -> bool:
    """Write the end, the limits and `updated_at` of a token; False where it is gone."""
    item = _to_item(token)
    actions: list[Action] = [
        _Token.operation.set(token.operation),
        _Token.updated_at.set(token.updated_at),
        _Token.per_minute.set(token.per_minute),
        _Token.burst.set(token.burst),
        _Token.window_seconds.set(token.window_seconds),
        _Token.expires_at.set(token.expires_at) if token.expires_at else _Token.expires_at.remove(),
    ]
    try:
        item.update(actions, condition=_Token.pk.exists())
    except UpdateError as error:
        return _gone(error)
    return True


def renew_bucket(token: FlowToken) -> FlowToken | None:
    """Give a token a bucket that nobody has taken from; None where the token is gone."""
    item = _to_item(token)
    try:
        item.update([_Token.bucket.add(1)], condition=_Token.pk.exists())
    except UpdateError as error:
        _gone(error)
        return None
    return replace(token, bucket=int(item.bucket))


def delete_token(token: FlowToken) -> bool:
    """Delete a token and its pointers; False where it was gone."""
    transaction = Transaction()
    transaction.delete("token", _to_item(token), _Token.pk.exists())
    for name, pointer in _pointers(token):
        transaction.delete(name, pointer)
    try:
        transaction.commit()
    except ConditionFailed:
        return False
    return True


def _gone(error: UpdateError) -> bool:
    if error.cause_response_code == "ConditionalCheckFailedException":
        return False
    raise error


def _pointers(token: FlowToken) -> list[tuple[str, _Pointer]]:
    sort = f"TOKEN#{token.id:012d}"
    return [
        ("workspace", _Pointer(f"WS#{token.ws_id}", sort)),
        ("email", _Pointer(_email_partition(token.email), sort)),
    ]


def _email_partition(email: str) -> str:
    return f"EMAIL#{email.casefold()}"


def _to_item(token: FlowToken) -> _Token:
    return _Token(
        f"TOKEN#{token.lookup}",
        "TOKEN",
        id=token.id,
        sealed=token.sealed,
        ws_id=token.ws_id,
        email=token.email,
        operation=token.operation,
        created_at=token.created_at,
        updated_at=token.updated_at,
        expires_at=token.expires_at,
        per_minute=token.per_minute,
        burst=token.burst,
        window_seconds=token.window_seconds,
        bucket=token.bucket,
    )


def _to_token(item: _Token) -> FlowToken:
    return FlowToken(
        id=int(item.id),
        lookup=item.pk.removeprefix("TOKEN#"),
        sealed=item.sealed,
        ws_id=item.ws_id,
        email=item.email,
        operation=item.operation,
        created_at=item.created_at,
        updated_at=item.updated_at,
        expires_at=item.expires_at,
        per_minute=int(item.per_minute),
        burst=int(item.burst),
        window_seconds=int(item.window_seconds),
        bucket=int(item.bucket),
    )
