"""Makes the demo documents from their text: `python -m infra.local.demo.documents.build`."""

import re
from pathlib import Path
from typing import Any

from docx import Document
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FOLDER = Path(__file__).parent
_HEADING = re.compile(r"(#+) (.*)")
_GRID = TableStyle(
    [("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]
)


def main() -> None:
    write_docx(FOLDER / "travel-policy.zh.md", FOLDER / "差旅与费用报销制度.docx")
    write_pdf(FOLDER / "product-handbook.en.md", FOLDER / "PixelBeam P3 Product Handbook.pdf")


def blocks(source: Path) -> list[tuple[int, Any]]:
    """(heading level or 0, text), and (-1, rows) for a table."""
    found: list[tuple[int, Any]] = []
    for block in source.read_text().strip().split("\n\n"):
        heading = _HEADING.fullmatch(block)
        if heading:
            found.append((len(heading[1]), heading[2]))
        elif block.startswith("|"):
            rows = [
                [cell.strip() for cell in line.strip("|").split("|")] for line in block.split("\n")
            ]
            found.append((-1, [rows[0], *rows[2:]]))
        else:
            found.append((0, block))
    return found


def write_docx(source: Path, target: Path) -> None:
    document = Document()
    for level, content in blocks(source):
        if level > 0:
            document.add_heading(content, level - 1)
        elif level == 0:
            document.add_paragraph(content)
        else:
            table = document.add_table(rows=0, cols=len(content[0]), style="Table Grid")
            for row in content:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    document.save(str(target))


def write_pdf(source: Path, target: Path) -> None:
    styles = getSampleStyleSheet()
    story: list[Any] = []
    for level, content in blocks(source):
        if level > 0:
            story.append(Paragraph(content, styles[f"Heading{level}"]))
        elif level == 0:
            story += [Paragraph(content, styles["BodyText"]), Spacer(1, 4)]
        else:
            cells = [[Paragraph(text, styles["BodyText"]) for text in row] for row in content]
            story += [Table(cells, style=_GRID), Spacer(1, 8)]
    title = blocks(source)[0][1]
    SimpleDocTemplate(str(target), pagesize=A4, title=title, author="PixelBeam").build(story)


if __name__ == "__main__":
    main()
