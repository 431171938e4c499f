"""Lists of roles: one's own, the public ones, or both; newest first, with exact totals."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from functions.roles.schemas import Scope
from shared.data.roles import CardList, RoleCard, find_own_cards, find_public_cards
from shared.http.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class CardFilter:
    """Which cards a list holds: of a category, with a text in name or description."""

    category: str = ""
    search: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every card passes."""
        return not (self.category or self.search)

    def matches(self, card: RoleCard) -> bool:
        """Whether the card passes; letters of either case are the same."""
        if self.category and card.category != self.category:
            return False
        wanted = self.search.casefold()
        return wanted in card.name.casefold() or wanted in card.description.casefold()


def list_roles(
    caller_id: str, scope: Scope, wanted_cards: CardFilter, wanted: PageRequest
) -> Page[RoleCard]:
    """One page. Without a filter only the page's part of the list is read.

    A filter reads the whole list, a query for each megabyte (about a thousand roles): its total
    cannot be kept as a counter.
    """
    at_most = wanted.end if wanted_cards.is_empty else None
    found = _find(caller_id, scope, at_most)
    if wanted_cards.is_empty:
        is_past_the_end = wanted.start >= found.total
        items = [] if is_past_the_end else list(islice(found.cards, wanted.start, wanted.end))
        return Page.of(items, found.total, wanted)
    return Page.cut([card for card in found.cards if wanted_cards.matches(card)], wanted)


def _find(caller_id: str, scope: Scope, at_most: int | None) -> CardList:
    if scope == "mine":
        return find_own_cards(caller_id, at_most)
    if scope == "public":
        return find_public_cards(at_most)
    own = find_own_cards(caller_id, at_most)
    # One's own public roles are in both lists, so that many more may have to be passed over.
    public = find_public_cards(at_most and at_most + own.public_total)
    total = own.total + max(0, public.total - own.public_total)
    return CardList(total, public.total, _merged(caller_id, own, public))


def _merged(caller_id: str, own: CardList, public: CardList) -> Iterator[RoleCard]:
    others = (card for card in public.cards if card.owner_id != caller_id)
    # Ids begin with their time, so their order is the order of creation.
    return heapq.merge(own.cards, others, key=lambda card: card.id, reverse=True)
