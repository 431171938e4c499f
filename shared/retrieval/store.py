"""Segments at hand: read or mapped from files under /tmp, views kept by what they are made of.

Keys name their content, so nothing here is ever stale; only room decides what is kept.
"""

import hashlib
import mmap
import os
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock

from shared.aws.storage import ObjectMissing, Storage
from shared.retrieval.segment import Segment, unpack
from shared.retrieval.view import View, build_view

MOST_FILE_BYTES = 384 * 1024 * 1024
"""Lambda gives 512 MB of /tmp unless asked for more."""

MOST_VIEW_BYTES = 256 * 1024 * 1024
_LEAST_MAPPED = 1024 * 1024
_PARALLEL_DOWNLOADS = 16
_MOST_SEGMENTS = 4_000


class SegmentStore:
    """Loads segments and views of one bucket; safe to use from several threads."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage = storage
        self._folder = folder
        self._segments: OrderedDict[str, Segment] = OrderedDict()
        self._views: OrderedDict[frozenset[str], View] = OrderedDict()
        self._gates: dict[frozenset[str], Lock] = {}
        self._lock = Lock()

    def view(self, keys: Sequence[str]) -> View:
        """The searchable view over these segments; one that was deleted meanwhile is left out."""
        name = frozenset(keys)
        with self._lock:
            gate = self._gates.setdefault(name, Lock())
        # Many turns ask for the same view at once: one makes it, the others wait for that one.
        with gate:
            view = self._known(name) or self._made(name)
        with self._lock:
            self._gates.pop(name, None)
        return view

    def _known(self, name: frozenset[str]) -> View | None:
        with self._lock:
            view = self._views.get(name)
            if view is not None:
                self._views.move_to_end(name)
            return view

    def _made(self, name: frozenset[str]) -> View:
        view = build_view(self._load(sorted(name)))
        with self._lock:
            self._views[name] = view
            self._trim()
        return view

    def _load(self, keys: Sequence[str]) -> list[Segment]:
        with self._lock:
            missing = [key for key in keys if key not in self._segments]
        if missing:
            self._folder.mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(min(_PARALLEL_DOWNLOADS, len(missing))) as pool:
                loaded = dict(zip(missing, pool.map(self._open, missing), strict=True))
            with self._lock:
                self._segments |= {key: found for key, found in loaded.items() if found}
            self._make_room()
        with self._lock:
            return [self._segments[key] for key in keys if key in self._segments]

    def _open(self, key: str) -> Segment | None:
        path = self._folder / hashlib.sha256(f"{self._storage.bucket}/{key}".encode()).hexdigest()
        # Another process may make room at any moment, so what is there is opened, not looked for.
        try:
            return _opened(path)
        except FileNotFoundError:
            pass
        try:
            return self._download(key, path)
        except ObjectMissing:
            return None

    def _download(self, key: str, path: Path) -> Segment:
        """Write beside, map, and rename: another process sees the whole file or none."""
        handle, name = tempfile.mkstemp(dir=self._folder)
        os.close(handle)
        partial = Path(name)
        try:
            self._storage.download(key, name)
            segment = _opened(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return segment

    def _make_room(self) -> None:
        """Remove the files used longest ago; what is mapped stays readable until it is let go."""
        files = [(path, status) for path in self._folder.iterdir() if (status := _status(path))]
        excess = sum(status.st_size for _, status in files) - MOST_FILE_BYTES
        for path, status in sorted(files, key=lambda entry: entry[1].st_atime):
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= status.st_size

    def _trim(self) -> None:
        while len(self._segments) > _MOST_SEGMENTS:
            self._segments.popitem(last=False)
        total = sum(view.memory for view in self._views.values())
        while total > MOST_VIEW_BYTES and len(self._views) > 1:
            total -= self._views.popitem(last=False)[1].memory


def _opened(path: Path) -> Segment:
    """A mapping keeps a descriptor, of which Lambda gives 1,024: only large files are mapped."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < _LEAST_MAPPED:
            return unpack(file.read())
        return unpack(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


@cache
def segment_store(bucket: str) -> SegmentStore:
    """The process's store over a bucket."""
    return SegmentStore(Storage(bucket), Path(tempfile.gettempdir()) / "rolecraft-segments")
