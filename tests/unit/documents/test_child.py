"""What the child process answers, without the process."""

import json
from pathlib import Path

import pytest

from shared.documents.extraction import child
from tests.support import files


@pytest.fixture(autouse=True)
def limits(monkeypatch) -> dict[int, tuple[int, int]]:
    """The limits the child sets itself; they do not bind the test process."""
    known: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(child.resource, "setrlimit", known.__setitem__)
    return known


def answer(capsysbinary, path: Path) -> dict:
    child.main(str(path), "30", "1000")
    return json.loads(capsysbinary.readouterr().out)


def test_sections_and_metadata_are_written_as_one_document(tmp_path, capsysbinary, limits):
    path = tmp_path / "upload"
    path.write_bytes(files.docx())
    found = answer(capsysbinary, path)["ok"]
    assert found["file_type"] == "docx"
    assert found["metadata"]["language"] == "en"
    assert found["sections"][1]["heading"] == "Returns › 运费"
    assert limits[child.resource.RLIMIT_AS] == (1000, 1000)
    assert limits[child.resource.RLIMIT_CPU] == (30, 32)


def test_a_failure_is_an_answer(tmp_path, capsysbinary):
    path = tmp_path / "upload"
    path.write_bytes(b"")
    assert answer(capsysbinary, path) == {"error": ["EMPTY", "no bytes"]}


def test_running_out_of_memory_is_an_answer(tmp_path, capsysbinary, monkeypatch):
    def greedy(_: Path) -> None:
        raise MemoryError

    monkeypatch.setattr(child, "extract", greedy)
    assert answer(capsysbinary, tmp_path) == {"error": ["TOO_LARGE_UNPACKED", "out of memory"]}
