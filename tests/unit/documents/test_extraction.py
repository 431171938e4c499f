"""Text of each of the eight types, by content alone."""

from pathlib import Path

import pytest

from shared.documents.extraction.extract import extract
from shared.documents.extraction.model import Extraction, FileType, Layout
from tests.support import files


@pytest.fixture
def read(tmp_path: Path):
    def run(content: bytes) -> Extraction:
        path = tmp_path / "upload"  # no ending: nothing to guess from
        path.write_bytes(content)
        return extract(path)

    return run


def test_pdf_gives_a_section_per_page_with_bookmark_headings(read):
    found = read(
        files.pdf(
            [["First page text."], [], ["第三页的退款政策。"]],
            bookmarks=[("Intro", 1), ("退款", 3)],
        )
    )
    assert found.file_type is FileType.PDF
    assert [(s.page, s.heading, s.text.strip()) for s in found.sections] == [
        (1, "Intro", "First page text."),
        (3, "退款", "第三页的退款政策。"),
    ]
    assert found.metadata.pages == 3
    assert found.metadata.words == 3 + 8


def test_docx_keeps_reading_order_of_headings_tables_and_header(read):
    found = read(files.docx(header="RoleCraft GmbH"))
    assert found.file_type is FileType.DOCX
    assert [(s.heading, s.text) for s in found.sections] == [
        ("", "RoleCraft GmbH"),
        (
            "Returns",
            "Goods may be returned within seven days.\nProduct | Price\nRC-2045-X | 129.50",
        ),
        ("Returns › 运费", "运费由商家承担。"),
    ]
    assert found.metadata.pages is None


def test_docx_leaves_out_deleted_and_doubled_text_and_counts_rendered_pages(read):
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    found = read(
        files.word_archive(
            "<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
            "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>"
            f'<w:p><mc:AlternateContent xmlns:mc="{mc}"><mc:Choice><w:r><w:t>once</w:t></w:r>'
            "</mc:Choice><mc:Fallback><w:r><w:t>once</w:t></w:r></mc:Fallback>"
            "</mc:AlternateContent></w:p>"
            "<w:sdt><w:sdtContent><w:p><w:r><w:lastRenderedPageBreak/><w:t>control</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>"
        )
    )
    assert [(s.page, s.text) for s in found.sections] == [(1, "kept\nonce"), (2, "control")]


def test_pptx_gives_slides_with_tables_and_notes(read):
    found = read(files.pptx())
    assert found.file_type is FileType.PPTX
    assert [(s.page, s.heading, s.text) for s in found.sections] == [
        (1, "季度总结", "销售额增长了百分之二十。\nRemember to thank the team."),
        (2, "Prices", "Widget | 42"),
    ]
    assert found.metadata.pages == 2


def test_xlsx_gives_rows_under_sheet_and_column_names(read):
    found = read(files.xlsx())
    assert found.file_type is FileType.XLSX
    (section,) = found.sections
    assert section.heading == "库存\n编号 | 名称 | 数量"
    assert section.text.splitlines() == [
        "A-100 | 螺丝 | 12",
        "A-200 | bolt | 3.5",
        "A-300 | nut | 2026-01-31",
    ]
    assert section.layout is Layout.ROWS


def test_csv_with_quotes_and_line_ends_inside_cells(read):
    found = read('code;text\r\nA-1;"one;\nline"\r\nA-2;zwei\r\n'.encode("utf-8-sig"))
    assert found.file_type is FileType.CSV
    assert found.sections[0].heading == "code | text"
    assert found.sections[0].text == "A-1 | one; line\nA-2 | zwei"


def test_markdown_sections_by_heading_but_not_inside_a_fence(read):
    found = read(b"# One\ntext\n\n```\n# no heading\n```\n## Two ##\n- item\n")
    assert found.file_type is FileType.MD
    assert [s.heading for s in found.sections] == ["One", "One › Two"]
    assert "# no heading" in found.sections[0].text


def test_html_shows_visible_text_once_in_order(read):
    found = read(
        "<!DOCTYPE html><html><head><title>Shop</title><style>p{}</style></head><body>"
        "<p>Free <b>ship</b>ping.</p><script>var x = 'hidden'</script>"
        "<h2>价格</h2><table><tr><th>Item</th><th>Price</th></tr>"
        "<tr><td><p>RC-1</p></td><td>5</td></tr></table><pre>a\n  b</pre></body></html>".encode()
    )
    assert found.file_type is FileType.HTML
    assert [(s.heading, s.text) for s in found.sections] == [
        ("Shop", "Free shipping."),
        ("Shop › 价格", "Item | Price\nRC-1 | 5\na\nb"),
    ]


def test_a_fragment_of_html_is_html_however_long_it_is(read):
    found = read(b"<div><h2>Returns</h2>" + b"<p>Within 30 days.</p>\n" * 5_000 + b"</div>")
    assert found.file_type is FileType.HTML
    assert "<p>" not in found.sections[0].text


def test_markdown_may_begin_with_a_tag(read):
    found = read(b'<p align="center"><img src="logo.png"></p>\n\n# Shop\n\n- Free shipping\n')
    assert found.file_type is FileType.MD


def test_deeply_nested_html_is_read_without_recursion(read):
    found = read(b"<html><body>" + b"<div>" * 5_000 + b"deep text" + b"</div>" * 5_000)
    assert found.sections[0].text == "deep text"


def test_plain_text(read):
    found = read("这是一个普通的文本文件。\n没有任何标记。".encode())
    assert found.file_type is FileType.TXT
    assert found.metadata.language == "zh"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
@pytest.mark.parametrize(
    "text",
    [
        "退款政策：客户在收到商品七日内可以申请无理由退货，运费由商家承担。",
        "The customer may return goods within seven days, see clause 4.",
        "订单号 RC-2045-X 的客户在七日内可以退货 (order in English).\n第二行的文字。",
    ],
)
def test_text_reads_right_in_each_encoding(read, encoding, text):
    assert "\n".join(s.text for s in read(text.encode(encoding)).sections) == text


def test_western_text_in_windows_1252(read):
    text = "Le café est fermé à midi; déjà vu à l’école."
    assert read(text.encode("cp1252")).sections[0].text == text


def test_a_few_broken_bytes_do_not_spoil_a_long_text(read):
    text = "客户在收到商品七日内可以申请无理由退货。" * 50
    broken = bytearray(text.encode())
    broken[301] = 0xFF
    assert "客户在收到商品" in read(bytes(broken)).sections[0].text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The customer may return the goods and it is free for all of them.", "en"),
        ("这个产品的说明书是中文的，也有 English words 在里面。", "zh"),
        ("これは日本語の文章です。とても短いです。", "ja"),
        ("Der Kunde kann die Ware mit der Rechnung und ohne Grund nicht senden.", "de"),
        ("Клиент может вернуть товар в течение семи дней.", "ru"),
    ],
)
def test_language_is_told_from_script_and_small_words(read, text, language):
    assert read(text.encode()).metadata.language == language


def test_a_long_trail_of_headings_keeps_the_innermost(read):
    found = read(f"# {'Outer ' * 30}\n\n## Inner\n\ntext\n".encode())
    assert found.sections[0].heading == "Inner"


def test_docx_tabs_breaks_outlines_and_nested_tables(read):
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p>{}</w:tc>"
    inner = f"<w:tbl><w:tr>{cell.format('in', '')}</w:tr></w:tbl>"
    found = read(
        files.word_archive(
            '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p>'
            '<w:p><w:pPr><w:outlineLvl w:val="9"/></w:pPr>'
            "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>"
            f"<w:tbl><w:tr>{cell.format('out', inner)}{cell.format('two', '')}</w:tr></w:tbl>"
        )
    )
    (section,) = found.sections
    assert section.heading == "Head"
    assert section.text == "a\tb\nc\nout in | two"


def test_html_tables_in_cells_stay_in_their_cell(read):
    found = read(
        b"<html><body><table><tr><td>a<table><tr><td>x</td><td>y</td></tr></table></td>"
        b"<td>b</td></tr></table></body></html>"
    )
    assert found.sections[0].text == "a x y | b"


def test_text_without_letters_has_words_but_no_language(read):
    found = read(b"12 34\n56 78")
    assert (found.metadata.words, found.metadata.language) == (4, None)


def test_words_of_a_long_text_are_counted_once(read, monkeypatch):
    monkeypatch.setattr("shared.documents.extraction.language._PIECE", 7)
    assert read(b"one two three four five six seven eight nine ten").metadata.words == 10
    assert read("共十二个字的一句话 and four words 后三字".encode()).metadata.words == 9 + 3 + 3
