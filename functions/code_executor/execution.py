"""One execution in one child, seen from the broker."""

import select
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.code_executor.engine.child import MEASURED
from functions.code_executor.engine.frames import BrokenFrame, Channel, Kind
from functions.code_executor.nursery import Child

if TYPE_CHECKING:
    from functions.code_executor.fetching.session import FetchSession

_ENDS = {Kind.RESULT, Kind.ERROR, Kind.UNPARSED, Kind.TOO_LARGE}


class DeadlineReached(Exception):
    """The execution's time is over; the child may still run."""


class ChildEnded(Exception):
    """The child is gone, or says what no child says."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the child says it ended.

    `content` depends on the kind, `waited` whether it slept, `report` why code has no syntax.
    """

    kind: Kind
    seconds: float
    waited: bool
    content: bytes
    report: bytes


class Run:
    """Use once, then `close`.

    Args:
        open_fetches: called when the code asks for its first request.
    """

    def __init__(self, child: Child, open_fetches: "Callable[[], FetchSession]") -> None:
        self._child = child
        self._open_fetches = open_fetches
        self._fetches: FetchSession | None = None
        self._deadline = 0.0
        self._channel = Channel(child.end, self._left)
        self._measured = self._report = b""
        self._poll = select.poll()
        self._poll.register(child.end, select.POLLIN)
        # The child has the code: from here on it may be the code that ends it.
        self.started = False
        self.sandboxed = False

    @property
    def fetch_count(self) -> int:
        """Requests sent so far."""
        return 0 if self._fetches is None else self._fetches.count

    def finish(self, code: bytes, input_json: bytes, seconds: float) -> Ended:
        """Give the child its work and serve it until it is done.

        Raises:
            DeadlineReached, ChildEnded: it is not done.
        """
        self._deadline = time.monotonic() + seconds
        try:
            self._channel.send((Kind.CODE, code), (Kind.INPUT, input_json))
            while True:
                ended = self._step()
                if ended is not None:
                    return ended
        except TimeoutError as error:
            raise DeadlineReached from error
        except (OSError, BrokenFrame, struct.error) as error:
            raise ChildEnded from error

    def close(self) -> None:
        """Cancel what it has asked for."""
        if self._fetches is not None:
            self._fetches.close()

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _step(self) -> Ended | None:
        """Wait for the child or for an answer to it, and deal with it."""
        if not self._channel.has_more:
            ready = {descriptor for descriptor, _ in self._poll.poll(self._left() * 1000)}
            if self._fetches is not None and self._fetches.wake in ready:
                answers = self._fetches.answers()
                self._channel.send(*((Kind.ANSWER, answer) for answer in answers))
            if self._child.end.fileno() not in ready:
                return None
        frame = self._channel.receive()
        if frame is None:
            raise ChildEnded
        return self._take(*frame)

    def _take(self, kind: Kind, content: bytes) -> Ended | None:
        if kind in _ENDS:
            seconds, waited = MEASURED.unpack(self._measured)
            return Ended(kind, seconds, waited, content, self._report)
        if kind is Kind.OPERATION:
            self._fetch(content)
        elif kind is Kind.MEASURED:
            self._measured = content
        elif kind is Kind.REPORT:
            self._report = content
        elif kind is Kind.STARTED:
            self.started = True
        elif kind is Kind.READY:
            self.sandboxed = content == b"1"
        else:
            raise ChildEnded
        return None

    def _fetch(self, operation: bytes) -> None:
        if self._fetches is None:
            self._fetches = self._open_fetches()
            self._poll.register(self._fetches.wake, select.POLLIN)
        self._fetches.take(operation)
