"""The child process: limits hold, crashes and hangs stay inside."""

import json
import sys
from pathlib import Path

import pytest

from shared.documents.extraction import isolated
from shared.documents.extraction.extract import extract
from shared.documents.extraction.isolated import extract_isolated
from shared.documents.extraction.model import ExtractionError, FailureCode
from tests.support import files


def upload(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return path


def failing_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Put a module in the child's place."""
    (tmp_path / "bad_child.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(isolated, "_CHILD", "bad_child")


def code_of(path: Path, **limits: int) -> FailureCode:
    with pytest.raises(ExtractionError) as caught:
        extract_isolated(path, **limits)
    return caught.value.code


def test_the_child_gives_what_the_reader_gives(tmp_path):
    for content in (files.docx(), files.xlsx(), files.pdf([["one"], ["退款政策"]])):
        path = upload(tmp_path, content)
        assert extract_isolated(path) == extract(path)


def test_a_failure_keeps_its_code(tmp_path):
    assert code_of(upload(tmp_path, files.zip_bomb())) is FailureCode.TOO_LARGE_UNPACKED


def test_the_child_has_no_credentials(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    failing_child(
        monkeypatch,
        tmp_path,
        "import os, json; from shared.documents.extraction.model import *\n"
        "print(json.dumps({'error': ['CORRUPT', ','.join(os.environ)]}))",
    )
    with pytest.raises(ExtractionError) as caught:
        extract_isolated(upload(tmp_path, b"x"))
    assert "PYTHONPATH" in caught.value.reason
    assert "AWS" not in caught.value.reason


def test_a_hanging_parser_times_out(monkeypatch, tmp_path):
    failing_child(monkeypatch, tmp_path, "import threading; threading.Event().wait()")
    assert code_of(upload(tmp_path, b"x"), seconds=1) is FailureCode.TIMEOUT


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", FailureCode.CORRUPT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", FailureCode.TIMEOUT),
        ("raise RuntimeError('parser panicked')", FailureCode.CORRUPT),
        ("raise MemoryError", FailureCode.TOO_LARGE_UNPACKED),
        ("pass", FailureCode.INTERNAL),
    ],
)
def test_a_crash_becomes_a_code(monkeypatch, tmp_path, program, code):
    failing_child(monkeypatch, tmp_path, program)
    assert code_of(upload(tmp_path, b"x")) is code


def test_memory_is_limited(tmp_path):
    path = upload(tmp_path, ("some words " * 6_000_000).encode())
    assert code_of(path, memory=160 * 1024 * 1024) is FailureCode.TOO_LARGE_UNPACKED


def test_a_sheet_of_two_distant_cells_does_not_take_the_memory_of_all_between(tmp_path):
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
    )
    path = upload(tmp_path, files.workbook_archive(sheet))
    with pytest.raises(ExtractionError) as caught:
        extract_isolated(path)
    assert caught.value.code in (FailureCode.TOO_LARGE_UNPACKED, FailureCode.CORRUPT)


def _children() -> set[str]:
    """Process ids of this process's children, the ended ones that nobody waited for included."""
    tasks = Path("/proc/self/task").iterdir()
    return {pid for task in tasks for pid in (task / "children").read_text().split()}


def test_no_process_is_left_behind(tmp_path):
    before = _children()  # other tests of the session may have some
    extract_isolated(upload(tmp_path, b"plain text"))
    assert _children() <= before


def test_the_child_starts_without_the_service(tmp_path):
    """What parses untrusted bytes loads no AWS, HTTP or model code."""
    program = (
        "import sys, json; import shared.documents.extraction.child;"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    import subprocess

    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert not {"botocore", "pydantic", "fastapi", "numpy"} & set(json.loads(out.stdout))
