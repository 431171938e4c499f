"""Companies of a caller."""

from itertools import islice

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from functions.workspaces.schemas import CompanyChange, NewCompany
from shared.core import clock, ids
from shared.core.observability import get_logger
from shared.data.companies import (
    PART,
    Company,
    find_companies,
    find_company,
    store_company,
    update_company,
)
from shared.data.outcomes import Card, find_cards
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.workspaces import find_workspaces_by_id
from shared.http.paging import Page, PageRequest
from shared.workspaces.errors import CompanyNotFound
from shared.workspaces.removal import remove_company, remove_some_of_company

_RECENT = 10
_CARDS_AT_ONCE = 25


def create_company(owner_id: str, company_id: str, body: NewCompany) -> Company:
    """A new company; the same id again gives the one that is there."""
    moment = clock.iso_ms(clock.now())
    company = Company(
        id=company_id,
        owner_id=owner_id,
        name=body.name,
        description=body.description,
        industry=body.industry,
        created_at=moment,
        updated_at=moment,
    )
    transaction = Transaction()
    store_company(transaction, company)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        if PART not in failure.names:
            raise
        return read_company(owner_id, company_id)
    return company


def list_companies(owner_id: str, wanted: PageRequest) -> Page[Company]:
    """One page, newest first."""
    found = find_companies(owner_id, wanted.end)
    items = list(islice(found.companies, wanted.start, wanted.end))
    return Page.of(items, found.total, wanted)


def read_company(owner_id: str, company_id: str) -> Company:
    """The caller's company. Raises CompanyNotFound."""
    found = find_company(owner_id, company_id) if ids.is_id("company", company_id) else None
    if found is None:
        raise CompanyNotFound
    return found


def latest_outcomes(company: Company) -> list[tuple[Card, str]]:
    """The newest ten outcomes with the names of their workspaces.

    What a deleted workspace leaves for a moment is passed over, so it agrees with the counts.
    """
    cards = find_cards(company.id)
    found: list[tuple[Card, str]] = []
    while len(found) < _RECENT and (portion := list(islice(cards, _CARDS_AT_ONCE))):
        made_by = {card.workspace_id for card in portion}
        workspaces = find_workspaces_by_id(company.owner_id, made_by)
        found += [
            (card, workspaces[card.workspace_id].name)
            for card in portion
            if card.workspace_id in workspaces
        ]
    return found[:_RECENT]


def change_company(owner_id: str, company_id: str, body: CompanyChange) -> Company:
    """Change what is given. Raises CompanyNotFound."""
    if not ids.is_id("company", company_id):
        raise CompanyNotFound
    changed = update_company(owner_id, company_id, body.given())
    if changed is None:
        raise CompanyNotFound
    return changed


def remove(owner_id: str, company_id: str, *, cascade: bool) -> None:
    """Delete a company; a first portion of what belongs to it goes within the request.

    Raises:
        CompanyNotFound: there is none.
        CompanyInUse: it has workspaces, and `cascade` is not set.
    """
    if not ids.is_id("company", company_id):
        raise CompanyNotFound
    remove_company(owner_id, company_id, cascade=cascade)
    try:
        remove_some_of_company(owner_id, company_id)
    except (PynamoDBException, BotoCoreError):
        # It is deleted, and the rest is promised: the queue brings it to the runner.
        get_logger().warning("rest of a company left to the queue", exc_info=True)
