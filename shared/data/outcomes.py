"""Outcomes of runs, and the cards by which a company shows its latest ones.

Items of the workspaces table (docs/database-design.md):

    OUTCOMES#<owner>   OUTCOME#<ulid>               the outcome
    CARDS#<company>    <time of making>#<outcome>   title and summary, for the company's detail

An outcome has the ULID of its run, so a run cannot have two of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

PART = "outcome"
"""The name of the outcome's part in a transaction, for telling a failed condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a company's detail shows of an outcome; times are stored ISO texts."""

    id: str
    owner_id: str
    company_id: str
    workspace_id: str
    run_id: str
    title: str
    summary: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Card):
    """A whole outcome: `content` is Markdown, `sources` plain JSON; costs in micro-units."""

    content: str
    sources: tuple[dict[str, Any], ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micro: int = 0


class _CardItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("WORKSPACES_TABLE")

    owner_id = UnicodeAttribute()
    company_id = UnicodeAttribute()
    workspace_id = UnicodeAttribute()
    run_id = UnicodeAttribute()
    title = UnicodeAttribute()
    summary = UnicodeAttribute()
    created_at = UnicodeAttribute()


class _OutcomeItem(_CardItem):
    content = UnicodeAttribute()
    sources = JSONAttribute()
    prompt_tokens = NumberAttribute()
    completion_tokens = NumberAttribute()
    cost_micro = NumberAttribute()


def outcome_id(run_id: str) -> str:
    """The id of the outcome that a run may have."""
    return f"outcome_{run_id.removeprefix('run_')}"


def find_outcome(owner_id: str, id_: str) -> Outcome | None:
    """An owner's outcome: one consistent GetItem."""
    item = find(_OutcomeItem, _owner_key(owner_id), _key(id_))
    if item is None:
        return None
    return Outcome(
        **_card_values(item, id_),
        content=item.content,
        sources=tuple(item.sources or ()),
        prompt_tokens=int(item.prompt_tokens),
        completion_tokens=int(item.completion_tokens),
        cost_micro=int(item.cost_micro),
    )


def find_cards(company_id: str, *, since: str = "", until: str = "~") -> Iterator[Card]:
    """Cards of a company made within these stored times, newest first, strongly consistent."""
    rows = _CardItem.query(
        f"CARDS#{company_id}",
        _CardItem.sk.between(since or " ", until),
        consistent_read=True,
        scan_index_forward=False,
        page_size=25,
    )
    for item in rows:
        yield Card(**_card_values(item, item.sk.partition("#")[2]))


def store_outcome(transaction: Transaction, outcome: Outcome) -> None:
    """Add an outcome and its card; `PART` fails where the run has one."""
    shown = {name: getattr(outcome, name) for name in _SHOWN}
    whole = _OutcomeItem(
        _owner_key(outcome.owner_id),
        _key(outcome.id),
        content=outcome.content,
        sources=list(outcome.sources),
        prompt_tokens=outcome.prompt_tokens,
        completion_tokens=outcome.completion_tokens,
        cost_micro=outcome.cost_micro,
        **shown,
    )
    transaction.create(PART, whole)
    transaction.save("card", _card_item(outcome, **shown))


def delete_outcomes(cards: Iterable[Card]) -> None:
    """Remove outcomes and their cards; only ids and times of `cards` are looked at."""
    for card in cards:
        _OutcomeItem(_owner_key(card.owner_id), _key(card.id)).delete()
        _card_item(card).delete()


def _owner_key(owner_id: str) -> str:
    return f"OUTCOMES#{owner_id}"


def _key(id_: str) -> str:
    return f"OUTCOME#{id_.removeprefix('outcome_')}"


def _card_item(card: Card, **values: Any) -> _CardItem:
    return _CardItem(f"CARDS#{card.company_id}", f"{card.created_at}#{card.id}", **values)


_SHOWN = (
    "owner_id", "company_id", "workspace_id", "run_id", "title", "summary", "created_at",
)  # fmt: skip


def _card_values(item: _CardItem, id_: str) -> dict[str, Any]:
    return {"id": id_, **{name: getattr(item, name) for name in _SHOWN}}
