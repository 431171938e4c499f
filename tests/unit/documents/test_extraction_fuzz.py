"""Whatever the bytes, extraction ends with a text or a failure code."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.documents.chunking import chunk_sections
from shared.documents.extraction.encoding import decode_text
from shared.documents.extraction.extract import extract
from shared.documents.extraction.model import ExtractionError
from tests.support import files

# Parsers in Python and lxml run here; PDFium and calamine are for the child process.
WHOLE = {"docx": files.docx(), "pptx": files.pptx(), "html": b"<html><p>a</p><table><td>b</html>"}


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "upload"


def ends_well(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        found = extract(path)
    except ExtractionError:
        return
    chunks = list(chunk_sections(found.sections))
    assert chunks
    assert all(chunk.text.strip() for chunk in chunks)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400).filter(lambda b: b"%PDF-" not in b and b[:2] != b"PK"))
def test_random_bytes(path, content):
    ends_well(path, content)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400))
def test_random_text_in_every_position_of_unicode(path, text):
    ends_well(path, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(WHOLE)),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    cut=st.floats(0.5, 1),
)
def test_damaged_files(path, kind, changes, cut):
    content = bytearray(WHOLE[kind])
    for place, value in changes:
        content[int(place * (len(content) - 1))] = value
    ends_well(path, bytes(content[: int(len(content) * cut)]))


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(
        st.sampled_from("的一是不了在人有我他退款政策商品运费客户收到申请，。"), min_size=12
    ),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]),
)
def test_chinese_text_comes_back_whole(text, encoding):
    assert decode_text(text.encode(encoding)) == text
