"""Whatever the bytes, extraction ends with a text or a failure code."""

import time
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

SENTENCES = (
    "退款政策：客户在收到商品七日内可以申请无理由退货。",
    "一类城市普通员工每晚上限 550 元，部门负责人 700 元。",
    "型号 ZX-991 的额定电压是 48 伏。",
    "第三条 员工应在出发前至少三个工作日提交出差申请。",
    "云杉科技有限公司财务部",
    "营业时间是早上九点到晚上六点，周末休息",
)


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


@settings(max_examples=150, deadline=None, derandomize=True)
@given(content=st.binary(max_size=400).filter(lambda b: b"%PDF-" not in b and b[:2] != b"PK"))
def test_random_bytes(path, content):
    ends_well(path, content)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=st.text(max_size=400))
def test_random_text_in_every_position_of_unicode(path, text):
    ends_well(path, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None, derandomize=True)
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


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    sentences=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=30),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]),
)
def test_chinese_text_comes_back_whole(sentences, encoding):
    text = "\n".join(sentences)
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "piece", ["[", "**a", "# " + " " * 99, "|", ",", '"', "<", "<p", "(", ". )", "`"]
)
def test_no_pattern_takes_more_than_linear_time(path, piece):
    begun = time.process_time()
    ends_well(path, (piece * (300_000 // len(piece)) + "x").encode())
    assert time.process_time() - begun < 5
