"""Faults at the n-th AWS call: the call never happens, or happens and its answer is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.endpoint
import pytest


class Killed(BaseException):
    """The process ends here; no handler of the code under test may catch it."""


@contextmanager
def around_call(
    patch: pytest.MonkeyPatch,
    number: int,
    *,
    before: Callable[[], None] = lambda: None,
    after: Callable[[], None] = lambda: None,
) -> Iterator[list[str]]:
    """Do something right before or after the AWS call of that number (from 0), once.

    Gives the list of operations that were called.
    """
    made: list[str] = []
    real = botocore.endpoint.Endpoint.make_request

    def make(self: Any, operation: Any, request: Any) -> Any:
        mine = len(made) == number
        made.append(operation.name)
        if mine:
            before()
        answer = real(self, operation, request)
        if mine:
            after()
        return answer

    with patch.context() as inner:
        inner.setattr(botocore.endpoint.Endpoint, "make_request", make)
        yield made


@contextmanager
def dying_at(patch: pytest.MonkeyPatch, number: int, *, after: bool) -> Iterator[list[str]]:
    """The process dies right before or after the AWS call of that number (from 0).

    No call is made any more from then on, whatever the code does on its way out.
    """
    made: list[str] = []
    real = botocore.endpoint.Endpoint.make_request

    def make(self: Any, operation: Any, request: Any) -> Any:
        mine = len(made)
        made.append(operation.name)
        if mine > number or (mine == number and not after):
            raise Killed
        answer = real(self, operation, request)
        if mine == number:
            raise Killed
        return answer

    with patch.context() as inner:
        inner.setattr(botocore.endpoint.Endpoint, "make_request", make)
        yield made


def kill() -> None:
    """End the process under test."""
    raise Killed
