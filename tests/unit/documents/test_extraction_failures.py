"""Files that cannot be read end with the code of their fault."""

import io
from pathlib import Path

import pytest

from shared.documents.extraction import archive
from shared.documents.extraction.extract import extract
from shared.documents.extraction.model import ExtractionError, FailureCode
from shared.documents.extraction.sniff import sniff
from tests.support import files

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x06\x00\x00\x00"
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
)


def code_of(tmp_path: Path, content: bytes) -> FailureCode:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(ExtractionError) as caught:
        extract(path)
    return caught.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", FailureCode.EMPTY, id="0 bytes"),
        pytest.param(b" \n\t ", FailureCode.EMPTY, id="white space"),
        pytest.param(PNG, FailureCode.UNSUPPORTED_TYPE, id="image"),
        pytest.param(bytes(range(256)) * 8, FailureCode.UNSUPPORTED_TYPE, id="binary"),
        pytest.param(b"{\\rtf1 text}", FailureCode.UNSUPPORTED_TYPE, id="rtf"),
        pytest.param(
            files.OLE_HEADER + bytes(600), FailureCode.UNSUPPORTED_TYPE, id="binary Office"
        ),
        pytest.param(files.encrypted_office(), FailureCode.ENCRYPTED, id="Office with password"),
        pytest.param(
            files.archive({"a.txt": b"a"}), FailureCode.UNSUPPORTED_TYPE, id="some archive"
        ),
        pytest.param(b"PK\x03\x04 and no more", FailureCode.CORRUPT, id="broken zip"),
        pytest.param(b"%PDF-1.7\nnothing", FailureCode.CORRUPT, id="broken pdf"),
        pytest.param(files.pdf([["x"]], password="pw"), FailureCode.ENCRYPTED, id="pdf password"),
        pytest.param(files.pdf([[]]), FailureCode.EMPTY, id="pdf without text"),
        pytest.param(files.zip_bomb(), FailureCode.TOO_LARGE_UNPACKED, id="zip bomb"),
        pytest.param(
            files.word_archive("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", declaration=BILLION_LAUGHS),
            FailureCode.TOO_LARGE_UNPACKED,
            id="entity bomb",
        ),
        pytest.param(files.word_archive("<w:p>"), FailureCode.CORRUPT, id="broken xml"),
        pytest.param(
            files.word_archive("", extra={"media/x.bin": bytes(64 << 20)}),
            FailureCode.TOO_LARGE_UNPACKED,
            id="bomb in a part nobody reads",
        ),
        pytest.param(
            files.archive({"xl/workbook.xml": b"<no/>"}), FailureCode.CORRUPT, id="broken xlsx"
        ),
    ],
)
def test_failure_code(tmp_path, content, code):
    assert code_of(tmp_path, content) is code


def test_more_than_two_thousand_pages(tmp_path):
    content = files.pdf([["x"]] * 2_001)
    assert code_of(tmp_path, content) is FailureCode.TOO_MANY_PAGES


def test_truncated_pdf_is_corrupt(tmp_path):
    whole = files.pdf([["some text"]] * 3)
    assert code_of(tmp_path, whole[: len(whole) // 3]) is FailureCode.CORRUPT


def test_a_member_that_lies_about_its_size_is_counted_by_what_comes_out(tmp_path):
    content = files.zip_bomb(33_333_333)
    size = (33_333_333).to_bytes(4, "little")
    assert content.count(size) == 2  # local header and directory
    lying = content.replace(size, (1_000).to_bytes(4, "little"))
    path = tmp_path / "lying.docx"
    path.write_bytes(lying)
    with pytest.raises(ExtractionError) as caught:
        archive.open_checked(path)
    assert caught.value.code is FailureCode.TOO_LARGE_UNPACKED


def test_zip_member_with_a_password(tmp_path):
    content = bytearray(files.word_archive("<w:p/>"))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(signature, at + 4)
    assert code_of(tmp_path, bytes(content)) is FailureCode.ENCRYPTED


def test_sniffing_needs_no_file_on_disk():
    with pytest.raises(ExtractionError) as caught:
        sniff(io.BytesIO(files.encrypted_office()))
    assert caught.value.code is FailureCode.ENCRYPTED


def test_too_many_members_and_too_large_a_declared_size(tmp_path, monkeypatch):
    content = files.word_archive("<w:p/>", extra={"a.xml": b"x" * 5_000})
    for limit in ("_MAX_MEMBERS", "MAX_UNPACKED"):
        with monkeypatch.context() as inner:
            inner.setattr(archive, limit, 2)
            assert code_of(tmp_path, content) is FailureCode.TOO_LARGE_UNPACKED


def test_more_text_than_any_upload_can_hold(tmp_path, monkeypatch):
    monkeypatch.setattr("shared.documents.extraction.extract.MAX_TEXT_CHARS", 10)
    assert code_of(tmp_path, b"more than ten characters") is FailureCode.TOO_LARGE_UNPACKED


def test_too_many_slides(tmp_path, monkeypatch):
    monkeypatch.setattr("shared.documents.extraction.pptx.MAX_PAGES", 1)
    assert code_of(tmp_path, files.pptx()) is FailureCode.TOO_MANY_PAGES


def test_text_that_turns_to_noise_after_its_beginning(tmp_path):
    content = "退款政策".encode() * 20_000 + b"\xff\xfe\xfd" * 40_000
    assert code_of(tmp_path, content) is FailureCode.CORRUPT


def test_a_cell_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("shared.documents.extraction.plain._LONGEST_CELL", 100)
    assert code_of(tmp_path, b"a,b\n" * 60 + b'c,"' + b"x" * 500) is FailureCode.CORRUPT
