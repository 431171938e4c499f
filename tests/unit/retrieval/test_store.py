"""Segments on disk and in memory: read once, room made, others' deletions survived."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.aws.storage import ObjectMissing
from shared.retrieval import store
from shared.retrieval.indexing import Passage, build_segment
from shared.retrieval.segment import SegmentError
from shared.retrieval.store import SegmentStore
from shared.retrieval.tokenizer import query_terms


class Objects:
    """A bucket in memory that counts downloads."""

    bucket = "b"

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.downloads: list[str] = []

    def add(self, key: str, text: str) -> str:
        self.contents[key] = build_segment(key, key, [Passage(text, None)]).data
        return key

    def download(self, key: str, path: str) -> int:
        self.downloads.append(key)
        if key not in self.contents:
            raise ObjectMissing(key)
        return Path(path).write_bytes(self.contents[key])


@pytest.fixture
def objects() -> Objects:
    objects = Objects()
    objects.add("one", "first text")
    objects.add("two", "second text")
    return objects


def found(made: SegmentStore, keys: list[str], question: str) -> list[str]:
    view = made.view(keys)
    return [view.locate(h.chunk)[0].document_id for h in view.lexical(query_terms(question), 5)]


def test_a_segment_is_downloaded_once_however_it_is_asked_for(objects, tmp_path):
    made = SegmentStore(objects, tmp_path)
    assert found(made, ["one", "two"], "second") == ["two"]
    assert made.view(["two", "one"]) is made.view(["one", "two"])
    assert found(made, ["one"], "text") == ["one"]
    assert sorted(objects.downloads) == ["one", "two"]


def test_the_next_process_finds_the_files(objects, tmp_path):
    found(SegmentStore(objects, tmp_path), ["one"], "first")
    assert found(SegmentStore(objects, tmp_path), ["one"], "first") == ["one"]
    assert objects.downloads == ["one"]


def test_files_that_another_process_removed_are_fetched_again(objects, tmp_path):
    made = SegmentStore(objects, tmp_path)
    made.view(["one"])
    for path in tmp_path.iterdir():
        path.unlink()
    assert found(made, ["one"], "first") == ["one"]
    assert found(SegmentStore(objects, tmp_path), ["one"], "first") == ["one"]
    assert objects.downloads == ["one", "one"]


def test_a_large_segment_is_mapped(objects, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_LEAST_MAPPED", 0)
    assert found(SegmentStore(objects, tmp_path), ["one", "two"], "second") == ["two"]


def test_a_deleted_segment_is_left_out_and_leaves_no_file(objects, tmp_path):
    made = SegmentStore(objects, tmp_path)
    assert found(made, ["one", "gone"], "text") == ["one"]
    assert len(list(tmp_path.iterdir())) == 1


def test_room_is_made_on_disk_and_in_memory(objects, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MOST_FILE_BYTES", 1)
    monkeypatch.setattr(store, "MOST_VIEW_BYTES", 1)
    monkeypatch.setattr(store, "_MOST_SEGMENTS", 1)
    made = SegmentStore(objects, tmp_path)
    first = made.view(["one"])
    assert list(tmp_path.iterdir()) == []
    made.view(["two"])
    assert made.view(["one"]) is not first
    assert found(made, ["one", "two"], "text") == ["one", "two"]


def test_bytes_that_are_no_segment_are_not_kept(objects, tmp_path):
    objects.contents["bad"] = b"something else"
    with pytest.raises(SegmentError):
        SegmentStore(objects, tmp_path).view(["bad"])
    assert list(tmp_path.iterdir()) == []


def test_many_that_ask_at_once_share_one_view(objects, tmp_path):
    made = SegmentStore(objects, tmp_path)
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(made.view, [["one", "two"]] * 24))
    assert len({id(view) for view in views}) == 1
    assert sorted(objects.downloads) == ["one", "two"]


def test_a_view_that_failed_is_made_by_the_next(objects, tmp_path):
    made = SegmentStore(objects, tmp_path)
    good, objects.contents["one"] = objects.contents["one"], b"something else"
    with pytest.raises(SegmentError):
        made.view(["one"])
    objects.contents["one"] = good
    assert found(made, ["one"], "first") == ["one"]
