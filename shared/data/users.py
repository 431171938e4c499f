"""Users: one item each, their e-mail as an item of its own so that it is unique, the totals.

Items of the identity table (docs/database-design.md):

    USER#<id>        USER      the user; gsi1 lists all of them, newest first
    EMAIL#<e-mail>   EMAIL     whose it is (failed logins stand beside it: login_attempts.py)
    USERS            TOTAL     how many users, and how many active admins among them
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.data.table import Gsi1, Item, TableMeta, TableOf, find, page_of
from shared.data.transaction import Transaction

Status = Literal["active", "disabled", "deleting"]
ADMIN = "admin"
LIST = "USERS"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a user pays for; `expires_at` is a stored ISO text, None means never."""

    plan: str = "free"
    status: str = "active"
    expires_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user; times are stored ISO texts with milliseconds.

    `email` is trimmed and lower-case. `password_hash` is None where nobody set a password yet.
    `generation` grows whenever every sign-in must end: a refresh family of an older generation
    is dead. `version` grows with each change that a sign-in in progress must not miss.
    """

    id: str
    email: str
    name: str
    avatar: str | None
    workspace_id: str
    roles: tuple[str, ...]
    subscription: Subscription
    status: Status
    password_hash: str | None
    generation: int
    version: int
    created_at: str
    updated_at: str

    @property
    def is_active_admin(self) -> bool:
        """Whether the user counts as one of the deployment's admins."""
        return ADMIN in self.roles and self.status == "active"


class _User(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    gsi1 = Gsi1()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    avatar = UnicodeAttribute(null=True)
    workspace_id = UnicodeAttribute()
    roles = UnicodeAttribute()  # space-separated: a set cannot be empty
    plan = UnicodeAttribute()
    plan_status = UnicodeAttribute()
    plan_expires_at = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)
    generation = NumberAttribute()
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


class _Email(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    user_id = UnicodeAttribute()


class _Total(Item):
    class Meta(TableMeta):
        table_name = TableOf("IDENTITY_TABLE")

    users = NumberAttribute(default=0)
    admins = NumberAttribute(default=0)


def find_user(user_id: str) -> User | None:
    """The user of that id: one GetItem."""
    item = find(_User, f"USER#{user_id}", "USER")
    return _to_user(item) if item else None


def find_active_users(user_ids: Sequence[str]) -> list[User]:
    """Those of the ids that are active users: a BatchGetItem per hundred."""
    keys = [(f"USER#{user_id}", "USER") for user_id in user_ids]
    items = _User.batch_get(keys, consistent_read=True) if keys else ()
    return [user for user in map(_to_user, items) if user.status == "active"]


def find_user_by_email(email: str) -> User | None:
    """The user of that (trimmed, lower-case) e-mail: two GetItems."""
    item = find(_Email, f"EMAIL#{email}", "EMAIL")
    return find_user(item.user_id) if item else None


def find_users(page: int, page_size: int) -> tuple[list[User], int]:
    """A page (1-based) of all users, newest first, and how many there are."""
    total = find(_Total, LIST, "TOTAL")
    count = int(total.users) if total else 0
    if (page - 1) * page_size >= count:
        return [], count
    items = _User.gsi1.query(LIST, scan_index_forward=False, limit=page * page_size)
    return [_to_user(item) for item in page_of(items, page, page_size)], count


def store_user(transaction: Transaction, user: User) -> None:
    """Add a new user; the part `email` fails where the e-mail is taken."""
    transaction.create("email", _Email(f"EMAIL#{user.email}", "EMAIL", user_id=user.id))
    item = _User(f"USER#{user.id}", "USER", gsi1pk=LIST, gsi1sk=user.id, **_attributes(user))
    transaction.create("user", item)
    _count(transaction, users=1, admins=int(user.is_active_admin))


def update_user(transaction: Transaction, before: User, after: User) -> None:
    """Store what differs; the part `user` fails where `before` is no longer the user's version.

    The part `admins` fails where the last active admin would stop being one.
    """
    actions = _changes(before, after)
    transaction.update("user", _key(before.id), actions, _User.version == before.version)
    admins = int(after.is_active_admin) - int(before.is_active_admin)
    if admins:
        _count(transaction, users=0, admins=admins)


def update_profile(user_id: str, changes: dict[str, str | None], updated_at: str) -> User | None:
    """Set `name` and `avatar` of an active user, whatever else changes; None where there is none.

    One UpdateItem.
    """
    actions = [_set(getattr(_User, name), value) for name, value in changes.items()]
    item = _key(user_id)
    try:
        item.update([*actions, _User.updated_at.set(updated_at)], _User.status == "active")
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return None
    return _to_user(item)


def update_subscription(transaction: Transaction, before: User, after: Subscription) -> None:
    """Set what a user pays for; the part `subscription` fails where it is not as in `before`."""
    old = before.subscription.expires_at
    unchanged = (
        _User.plan_expires_at.does_not_exist() if old is None else _User.plan_expires_at == old
    )
    actions = [
        _User.plan.set(after.plan),
        _User.plan_status.set(after.status),
        _set(_User.plan_expires_at, after.expires_at),
    ]
    condition = _User.pk.exists() & unchanged
    transaction.update("subscription", _key(before.id), actions, condition)


def demand_active(transaction: Transaction, user_id: str) -> None:
    """Let the transaction fail in its part `user` unless that user is active."""
    transaction.check("user", _key(user_id), _User.status == "active")


def demand_unchanged(transaction: Transaction, user: User) -> None:
    """Let the transaction fail in its part `user` unless the user is still what was read."""
    transaction.check("user", _key(user.id), _User.version == user.version)


def delete_user(transaction: Transaction, user: User) -> None:
    """Remove a user that is being deleted, free the e-mail, count one less."""
    transaction.delete("user", _key(user.id), _User.status == "deleting")
    transaction.delete("email", _Email(f"EMAIL#{user.email}", "EMAIL"), _Email.user_id == user.id)
    _count(transaction, users=-1, admins=0)


def _count(transaction: Transaction, *, users: int, admins: int) -> None:
    total = _Total(LIST, "TOTAL")
    last_stays: Condition | None = _Total.admins > 1 if admins < 0 else None
    actions = [_Total.users.add(users), _Total.admins.add(admins)]
    transaction.update("admins", total, actions, last_stays)


def _key(user_id: str) -> _User:
    return _User(f"USER#{user_id}", "USER")


def _set(attribute: Any, value: Any) -> Action:
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action


def _changes(before: User, after: User) -> list[Action]:
    old, new = _attributes(before), _attributes(after)
    return [_set(getattr(_User, name), new[name]) for name in new if new[name] != old[name]]


_STORED_AS_THEY_ARE = [
    field.name for field in fields(User) if field.name not in ("id", "roles", "subscription")
]


def _attributes(user: User) -> dict[str, Any]:
    plan = user.subscription
    return {
        **{name: getattr(user, name) for name in _STORED_AS_THEY_ARE},
        "roles": " ".join(sorted(user.roles)),
        "plan": plan.plan,
        "plan_status": plan.status,
        "plan_expires_at": plan.expires_at,
    }


def _to_user(item: _User) -> User:
    return User(
        id=item.pk.removeprefix("USER#"),
        email=item.email,
        name=item.name,
        avatar=item.avatar,
        workspace_id=item.workspace_id,
        roles=tuple(item.roles.split()),
        subscription=Subscription(item.plan, item.plan_status, item.plan_expires_at),
        status=item.status,  # type: ignore[arg-type]  # only the values of Status are stored
        password_hash=item.password_hash,
        generation=int(item.generation),
        version=int(item.version),
        created_at=item.created_at,
        updated_at=item.updated_at,
    )
