"""Lists: `?page=1&page_size=20` (contract common.md, Lists)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Query

T = TypeVar("T")
U = TypeVar("U")
# Any page may be asked for; no list is longer, and DynamoDB's Limit has 32 bits.
FURTHEST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page a caller wants, 1-based."""

    page: int = 1
    page_size: int = 20

    @property
    def start(self) -> int:
        """How many items come before the page."""
        return min((self.page - 1) * self.page_size, FURTHEST)

    @property
    def end(self) -> int:
        """How many items there are up to the end of the page."""
        return min(self.page * self.page_size, FURTHEST)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, as clients see it."""

    items: Sequence[T]
    total: int
    page: int
    page_size: int
    total_pages: int

    @classmethod
    def of(cls, items: Sequence[T], total: int, wanted: PageRequest) -> "Page[T]":
        """A page from its items and the exact total of the list."""
        pages = -(-total // wanted.page_size)
        return cls(items, total, wanted.page, wanted.page_size, pages)

    @classmethod
    def cut(cls, everything: Sequence[T], wanted: PageRequest) -> "Page[T]":
        """A page out of the whole list."""
        return cls.of(everything[wanted.start : wanted.end], len(everything), wanted)

    def map(self, convert: Callable[[T], U]) -> "Page[U]":
        """The same page with each item converted."""
        items = [convert(item) for item in self.items]
        return Page(items, self.total, self.page, self.page_size, self.total_pages)


async def _page_request(
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> PageRequest:
    return PageRequest(page, page_size)


Paging = Annotated[PageRequest, Depends(_page_request)]
