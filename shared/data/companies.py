"""Companies of an owner: one item each with its counters, their number beside them.

Items of the workspaces table (docs/database-design.md):

    COMPANIES#<owner>   COMPANY#<id>   the company, with how many workspaces and outcomes it has
    COMPANIES#<owner>   ~TOTAL         how many companies

`~` sorts after every id: one newest-first query gives the total and then the companies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

PART = "company"
"""The name of the company's part in a transaction, for telling a failed condition."""

_TOTAL = "~TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company; the counts are exact, times are stored ISO texts."""

    id: str
    owner_id: str
    name: str
    description: str
    industry: str
    created_at: str
    updated_at: str
    workspace_count: int = 0
    outcome_count: int = 0


@dataclass(frozen=True, slots=True)
class CompanyList:
    """A list, newest first, read as far as it is iterated; `total` covers all of it."""

    total: int
    companies: Iterator[Company]


class _CompanyItem(Item):
    """Total and companies in one class, since one query reads both."""

    class Meta(TableMeta):
        table_name = TableOf("WORKSPACES_TABLE")

    total = NumberAttribute(null=True)
    name = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    industry = UnicodeAttribute(null=True)
    workspace_count = NumberAttribute(null=True)
    outcome_count = NumberAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    updated_at = UnicodeAttribute(null=True)


def find_company(owner_id: str, company_id: str) -> Company | None:
    """An owner's company: one consistent GetItem."""
    item = find(_CompanyItem, _owner_key(owner_id), _key(company_id))
    return _to_company(item) if item else None


def find_companies(owner_id: str, at_most: int | None = None) -> CompanyList:
    """An owner's companies, strongly consistent; `at_most` is how many will be read, if known."""
    rows = _CompanyItem.query(
        _owner_key(owner_id),
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most and at_most + 1,
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL:  # the total exists as soon as one company does
        return CompanyList(0, iter(()))
    return CompanyList(int(first.total or 0), (_to_company(row) for row in rows))


def store_company(transaction: Transaction, company: Company) -> None:
    """Add a company; the part `PART` fails where the id exists."""
    values = {name: getattr(company, name) for name in (*_TEXTS, *_COUNTS)}
    transaction.create(PART, _CompanyItem(_owner_key(company.owner_id), _key(company.id), **values))
    _count(transaction, company.owner_id, 1)


def update_company(owner_id: str, company_id: str, changes: dict[str, str]) -> Company | None:
    """Set name, description or industry; None when there is no such company. One UpdateItem."""
    item = _item(owner_id, company_id)
    actions: list[Action] = [_CompanyItem.updated_at.set(clock.iso_ms(clock.now()))]
    actions += [getattr(_CompanyItem, name).set(value) for name, value in changes.items()]
    try:
        item.update(actions, condition=_CompanyItem.pk.exists())
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return _to_company(item)


def count_in_company(
    transaction: Transaction,
    owner_id: str,
    company_id: str,
    *,
    workspaces: int = 0,
    outcomes: int = 0,
) -> None:
    """Add to the counters; the part `PART` (with the company's id) fails when it is gone."""
    actions: list[Action] = [
        attribute.add(number)
        for attribute, number in (
            (_CompanyItem.workspace_count, workspaces),
            (_CompanyItem.outcome_count, outcomes),
        )
        if number
    ]
    if actions:
        condition = _CompanyItem.pk.exists()
        transaction.update(part_of(company_id), _item(owner_id, company_id), actions, condition)


def part_of(company_id: str) -> str:
    """The name of a company's counters in a transaction."""
    return f"{PART}.{company_id}"


def delete_company(
    transaction: Transaction, owner_id: str, company_id: str, *, only_without_workspaces: bool
) -> None:
    """Remove a company; `PART` fails when it is gone, or has workspaces though it must not."""
    condition = _CompanyItem.pk.exists()
    if only_without_workspaces:
        condition = condition & (_CompanyItem.workspace_count == 0)
    transaction.delete(PART, _item(owner_id, company_id), condition)
    _count(transaction, owner_id, -1)


def delete_total(owner_id: str) -> None:
    """Remove the counter of an owner whose companies are all gone."""
    _CompanyItem(_owner_key(owner_id), _TOTAL).delete()


def _count(transaction: Transaction, owner_id: str, number: int) -> None:
    actions: list[Action] = [_CompanyItem.total.add(number)]
    transaction.update("companies", _CompanyItem(_owner_key(owner_id), _TOTAL), actions)


def _item(owner_id: str, company_id: str) -> _CompanyItem:
    return _CompanyItem(_owner_key(owner_id), _key(company_id))


def _owner_key(owner_id: str) -> str:
    return f"COMPANIES#{owner_id}"


def _key(company_id: str) -> str:
    return f"COMPANY#{company_id}"


_TEXTS = ("name", "description", "industry", "created_at", "updated_at")
_COUNTS = ("workspace_count", "outcome_count")


def _to_company(item: _CompanyItem) -> Company:
    values: dict[str, Any] = {name: getattr(item, name) for name in _TEXTS}
    values |= {name: int(getattr(item, name) or 0) for name in _COUNTS}
    return Company(
        id=item.sk.removeprefix("COMPANY#"),
        owner_id=item.pk.removeprefix("COMPANIES#"),
        **values,
    )
