"""Server-sent events out of byte chunks, cut anywhere."""

_MAX_EVENT = 8 * 1024 * 1024


class EventTooLong(ValueError):
    """A single event is over 8 MiB: not a model's answer."""


class EventParser:
    """Collects bytes and gives the `data` of each complete event.

    Follows the WHATWG rules: lines end in LF, CRLF or CR, comments and other fields are ignored,
    several data lines are joined with LF, a byte order mark is skipped.
    """

    __slots__ = ("_after_cr", "_data", "_started", "_tail")

    def __init__(self) -> None:
        self._tail = b""
        self._data: list[bytes] = []
        self._after_cr = False
        self._started = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that this chunk completes.

        Raises:
            EventTooLong: an unfinished event holds more than 8 MiB.
        """
        if not self._started:
            chunk = self._without_mark(chunk)
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_line_feeds(chunk)
        if b"\n" not in chunk:
            self._keep(self._tail + chunk)
            return []
        lines = (self._tail + chunk).split(b"\n")
        self._keep(lines.pop())
        return self._events(lines)

    def close(self) -> list[bytes]:
        """The data of a last event that the server did not end with a blank line."""
        lines = [self._tail, b""]
        self._tail = b""
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events = []
        data = self._data
        for line in lines:
            if not line:
                if data:
                    events.append(data[0] if len(data) == 1 else b"\n".join(data))
                    data.clear()
            elif line.startswith(b"data:"):
                data.append(line[6:] if line[5:6] == b" " else line[5:])
        return events

    def _keep(self, tail: bytes) -> None:
        self._tail = tail
        if len(tail) + sum(map(len, self._data)) > _MAX_EVENT:
            raise EventTooLong

    def _without_mark(self, chunk: bytes) -> bytes:
        head = self._tail + chunk
        self._tail = b""
        if len(head) < 3 and b"\xef\xbb\xbf".startswith(head):
            self._tail = head  # not known yet
            return b""
        self._started = True
        return head.removeprefix(b"\xef\xbb\xbf")

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        """CR and CRLF become LF, also when a CRLF is cut between two chunks."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        elif not chunk:
            return chunk
        self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
