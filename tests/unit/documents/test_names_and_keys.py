"""Names as users give them, and where objects are."""

import pytest

from shared.documents.keys import Upload, chunk_id, parse_upload_key, segment_key, upload_key
from shared.documents.names import UNNAMED, clean_name

OWNER = "user_01JAAAAAAAAAAAAAAAAAAAAAAA"
DOCUMENT = "doc_01JBBBBBBBBBBBBBBBBBBBBBBB"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\年度报告.docx", "年度报告.docx"),
        ("a\x00b\n\u202ec.txt", "abc.txt"),
        ("  spaced   name .md ", "spaced name .md"),
        ("", UNNAMED),
        ("..", UNNAMED),
        ("/", UNNAMED),
        ("e\u0301té.txt", "été.txt"),
        ("👩\u200d🔬.txt", "👩\u200d🔬.txt"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_cleaned(given, kept):
    assert clean_name(given) == kept


def test_an_upload_key_is_read_back():
    assert parse_upload_key(upload_key(OWNER, DOCUMENT)) == Upload(OWNER, DOCUMENT)


@pytest.mark.parametrize(
    "key", ["uploads/x/y", f"uploads/{OWNER}/{DOCUMENT}/z", "segments/a/b", ""]
)
def test_another_key_is_no_upload(key):
    assert parse_upload_key(key) is None


def test_segments_and_chunks_are_named_by_what_they_are():
    first, again = (segment_key(OWNER, DOCUMENT, b"content") for _ in range(2))
    assert first == again != segment_key(OWNER, DOCUMENT, b"other")
    assert chunk_id(DOCUMENT, 7) == "chunk_01JBBBBBBBBBBBBBBBBBBBBBBB_7"
