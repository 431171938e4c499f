"""Small real files of every type, and broken ones, made in memory."""

import io
import zipfile
from collections.abc import Sequence

OLE_HEADER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CONTENT_TYPES = b"<?xml version='1.0'?><Types xmlns='t'/>"
WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(
    pages: Sequence[Sequence[str]],
    *,
    password: str | None = None,
    bookmarks: Sequence[tuple[str, int]] = (),
) -> bytes:
    """A PDF of text lines; Chinese in STSong-Light. `bookmarks` are titles with page numbers."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    encrypt = StandardEncryption(password, canPrint=0) if password else None
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=encrypt)
    titles = {page: title for title, page in bookmarks}
    for number, lines in enumerate(pages, 1):
        if number in titles:
            canvas.bookmarkPage(f"b{number}")
            canvas.addOutlineEntry(titles[number], f"b{number}")
        for row, line in enumerate(lines):
            canvas.setFont("Helvetica" if line.isascii() else "STSong-Light", 10)
            canvas.drawString(50, 800 - row * 15, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def docx(*, header: str = "") -> bytes:
    """A Word file: heading, paragraph, table, heading, Chinese paragraph."""
    from docx import Document

    document = Document()
    if header:
        document.sections[0].header.paragraphs[0].text = header
    document.add_heading("Returns", level=1)
    document.add_paragraph("Goods may be returned within seven days.")
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("Product", "Price"), ("RC-2045-X", "129.50"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    document.add_heading("运费", level=2)
    document.add_paragraph("运费由商家承担。")
    return _saved(document)


def pptx() -> bytes:
    """Two slides: a title with text, then a table; the first has notes."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "季度总结"
    slide.placeholders[1].text = "销售额增长了百分之二十。"
    slide.notes_slide.notes_text_frame.text = "Remember to thank the team."
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Prices"
    shape = second.shapes.add_table(1, 2, Inches(1), Inches(1), Inches(4), Inches(1))
    shape.table.cell(0, 0).text = "Widget"
    shape.table.cell(0, 1).text = "42"
    return _saved(deck)


def xlsx() -> bytes:
    """Two sheets with numbers, a date and Chinese."""
    import datetime

    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "库存"
    for row in (
        ["编号", "名称", "数量"],
        ["A-100", "螺丝", 12],
        ["A-200", "bolt", 3.5],
        ["A-300", "nut", datetime.date(2026, 1, 31)],
    ):
        sheet.append(row)
    book.create_sheet("Empty")
    return _saved(book)


def archive(members: dict[str, bytes], *, level: int = 9) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


def word_archive(
    body: str, *, declaration: str = "", extra: dict[str, bytes] | None = None
) -> bytes:
    """A minimal docx around hand-written markup."""
    xml = (
        f'{declaration}<w:document xmlns:w="{WORD_NAMESPACE}"><w:body>{body}</w:body></w:document>'
    )
    members = {"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": xml.encode()}
    return archive(members | (extra or {}))


def workbook_archive(sheet: str) -> bytes:
    """A minimal xlsx around one hand-written sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    workbook = (
        f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    links = (
        f'<Relationships xmlns="{package}"><Relationship Id="rId1" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    return archive(
        {
            "[Content_Types].xml": CONTENT_TYPES,
            "xl/workbook.xml": workbook.encode(),
            "xl/_rels/workbook.xml.rels": links.encode(),
            "xl/worksheets/sheet1.xml": sheet.encode(),
        }
    )


def zip_bomb(unpacked: int = 64 * 1024 * 1024) -> bytes:
    """A docx of some 60 KB whose main part unpacks to `unpacked` bytes."""
    return archive({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": bytes(unpacked)})


def encrypted_office() -> bytes:
    """The outside of an Office file with a password: OLE with an EncryptedPackage stream."""
    return OLE_HEADER + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()
