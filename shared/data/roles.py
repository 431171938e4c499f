"""Roles: AI personas of an owner, their lists, and the counters beside them.

Items of the roles table (docs/database-design.md):

    ROLE#<id>       ROLE               the whole role
    ROLE#<id>       EARLIER#<number>   each version before it (shared/data/role_versions.py)
    ROLES#<owner>   ROLE#<id>          the role without its prompt, for lists; gsi1 where public
    ROLES#<owner>   ~TOTAL             how many, and how many of them are public
    PUBLIC          ~TOTAL             how many public roles there are, in gsi1 as well

`~` sorts after every id, so one newest-first query gives the total and then the cards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.update import Action

from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

CURRENT = "ROLE"
TOTAL = "~TOTAL"
PUBLIC = "PUBLIC"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Which model answers, and how: temperature 0–2, max_tokens 1–32,768, top_p 0–1."""

    model: str
    temperature: float
    max_tokens: int
    top_p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCard:
    """A role as lists show it; times are stored ISO texts with milliseconds."""

    id: str
    owner_id: str
    name: str
    description: str
    avatar: str | None
    category: str
    welcome_message: str
    model_config: ModelConfig
    skills: tuple[str, ...]
    knowledge_bases: tuple[str, ...]
    is_public: bool
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(RoleCard):
    """A whole role; `version` counts from 1 and grows with each change."""

    system_prompt: str


@dataclass(frozen=True, slots=True)
class CardList:
    """A list, newest first, read as far as it is iterated; the totals cover all of it."""

    total: int
    public_total: int
    cards: Iterator[RoleCard]


class _Total(Item):
    class Meta(TableMeta):
        table_name = TableOf("ROLES_TABLE")

    total = NumberAttribute(null=True)
    public_total = NumberAttribute(null=True)


class CardItem(_Total):
    """A card; also what a list's total is read as, since one query gives both."""

    gsi1 = Gsi1()
    role_id = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    avatar = UnicodeAttribute(null=True)
    category = UnicodeAttribute()
    welcome_message = UnicodeAttribute()
    model = UnicodeAttribute()
    temperature = NumberAttribute()
    max_tokens = NumberAttribute()
    top_p = NumberAttribute()
    skills: ListAttribute[Any] = ListAttribute()
    knowledge_bases: ListAttribute[Any] = ListAttribute()
    is_public = BooleanAttribute()
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


class RoleItem(CardItem):
    """A whole role, present or earlier."""

    system_prompt = UnicodeAttribute()


def role_key(role_id: str) -> str:
    """The partition of a role and its versions."""
    return f"ROLE#{role_id}"


def find_role(role_id: str) -> Role | None:
    """The role of that id, whoever owns it: one consistent GetItem."""
    item = find(RoleItem, role_key(role_id), CURRENT)
    return to_role(item) if item else None


def find_own_cards(owner_id: str, at_most: int | None = None) -> CardList:
    """An owner's roles, strongly consistent; `at_most` is how many will be read, if known."""
    rows = CardItem.query(
        f"ROLES#{owner_id}",
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most and at_most + 1,
    )
    return _card_list(rows)


def find_public_cards(at_most: int | None = None) -> CardList:
    """Everybody's public roles (an index: a change shows after a moment)."""
    rows = CardItem.gsi1.query(PUBLIC, scan_index_forward=False, page_size=at_most and at_most + 1)
    return _card_list(rows)


def store_role(transaction: Transaction, role: Role) -> None:
    """Add a new role; the part `role` fails where the id exists."""
    transaction.create("role", to_item(role, CURRENT))
    transaction.create("card", to_card_item(role))
    _count(transaction, role, total=1, public=int(role.is_public))


def update_role(transaction: Transaction, old: Role, new: Role) -> None:
    """Put a role in the place of the one that was read, which must be the present one still."""
    transaction.save("role", to_item(new, CURRENT), RoleItem.version == old.version)
    transaction.save("card", to_card_item(new))
    _count(transaction, new, total=0, public=new.is_public - old.is_public)


def delete_role(transaction: Transaction, role: RoleCard) -> None:
    """Remove the role that was read, if it is the present one still; not its versions."""
    item = RoleItem(role_key(role.id), CURRENT)
    transaction.delete("role", item, RoleItem.version == role.version)
    transaction.delete("card", CardItem(f"ROLES#{role.owner_id}", role_key(role.id)))
    _count(transaction, role, total=-1, public=-int(role.is_public))


def delete_total(owner_id: str) -> None:
    """Remove the counters of an owner who has no role."""
    _Total(f"ROLES#{owner_id}", TOTAL).delete()


def _count(transaction: Transaction, role: RoleCard, *, total: int, public: int) -> None:
    if total or public:
        changes: list[Action] = [_Total.total.add(total), _Total.public_total.add(public)]
        transaction.update("total", _Total(f"ROLES#{role.owner_id}", TOTAL), changes)
    if public:
        listed: list[Action] = [
            _Total.total.add(public),
            _Total.gsi1pk.set(PUBLIC),
            _Total.gsi1sk.set(TOTAL),
        ]
        transaction.update("public_total", _Total(PUBLIC, TOTAL), listed)


def _card_list(rows: Iterator[CardItem]) -> CardList:
    first = next(rows, None)
    if first is None or first.sk != TOTAL:  # the total exists as soon as one role does
        return CardList(0, 0, iter(()))
    return CardList(int(first.total), int(first.public_total or 0), (to_card(row) for row in rows))


def _card_values(role: RoleCard) -> dict[str, Any]:
    return {
        "role_id": role.id,
        "owner_id": role.owner_id,
        "name": role.name,
        "description": role.description,
        "avatar": role.avatar,
        "category": role.category,
        "welcome_message": role.welcome_message,
        "model": role.model_config.model,
        "temperature": role.model_config.temperature,
        "max_tokens": role.model_config.max_tokens,
        "top_p": role.model_config.top_p,
        "skills": list(role.skills),
        "knowledge_bases": list(role.knowledge_bases),
        "is_public": role.is_public,
        "version": role.version,
        "created_at": role.created_at,
        "updated_at": role.updated_at,
    }


def to_card_item(role: RoleCard) -> CardItem:
    """The card as an item, in the index of public roles where it is one."""
    item = CardItem(f"ROLES#{role.owner_id}", role_key(role.id), **_card_values(role))
    if role.is_public:
        item.gsi1pk, item.gsi1sk = PUBLIC, role.id
    return item


def to_item(role: Role, sk: str) -> RoleItem:
    """The whole role as an item under that sort key."""
    values = _card_values(role)
    return RoleItem(role_key(role.id), sk, system_prompt=role.system_prompt, **values)


def _read_values(item: CardItem) -> dict[str, Any]:
    return {
        "id": item.role_id,
        "owner_id": item.owner_id,
        "name": item.name,
        "description": item.description,
        "avatar": item.avatar,
        "category": item.category,
        "welcome_message": item.welcome_message,
        "model_config": ModelConfig(
            item.model, float(item.temperature), int(item.max_tokens), float(item.top_p)
        ),
        "skills": tuple(item.skills),
        "knowledge_bases": tuple(item.knowledge_bases),
        "is_public": bool(item.is_public),
        "version": int(item.version),
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def to_card(item: CardItem) -> RoleCard:
    """The card of an item."""
    return RoleCard(**_read_values(item))


def to_role(item: RoleItem) -> Role:
    """The role of an item."""
    return Role(system_prompt=item.system_prompt, **_read_values(item))
