"""A bucket store in memory with DynamoDB's conditions, and one that is down."""

import threading

from shared.data.limits import StoreUnreachable, Write


class MemoryBuckets:
    """Atomic like the table; counts its writes."""

    def __init__(self) -> None:
        self.tats: dict[str, int] = {}
        self.writes = 0
        self._lock = threading.Lock()

    def restart(self, key: str, now_us: int, tat_us: int) -> Write:
        with self._lock:
            self.writes += 1
            before = self.tats.get(key, 0)
            if before > now_us:
                return Write(False, before)
            self.tats[key] = tat_us
            return Write(True, tat_us)

    def advance(self, key: str, by_us: int, above_us: int, ceiling_us: int) -> Write:
        with self._lock:
            self.writes += 1
            before = self.tats.get(key, 0)
            if not above_us < before <= ceiling_us:
                return Write(False, before)
            self.tats[key] = before + by_us
            return Write(True, before + by_us)


class BrokenBuckets:
    """Never answers."""

    def __init__(self) -> None:
        self.tries = 0

    def restart(self, key: str, now_us: int, tat_us: int) -> Write:
        self.tries += 1
        raise StoreUnreachable("connect timeout")

    def advance(self, key: str, by_us: int, above_us: int, ceiling_us: int) -> Write:
        raise AssertionError("a copy that knows nothing restarts")
