"""Spreadsheets by calamine: one section per sheet, rows as lines."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from shared.documents.extraction.archive import open_checked
from shared.documents.extraction.model import ExtractionError, FailureCode, Section
from shared.documents.extraction.tables import row_text, table_section

_Cell = int | float | str | bool | time | date | datetime | timedelta


def read_xlsx(path: Path) -> Iterator[Section]:
    """Each sheet is a page; raises ExtractionError ENCRYPTED or CORRUPT."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    open_checked(path).close()
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for number, name in enumerate(workbook.sheet_names, 1):
            rows = workbook.get_sheet_by_name(name).iter_rows()
            yield table_section(
                (row_text(map(_cell, row)) for row in rows), page=number, title=name
            )
    except PasswordError as error:
        raise ExtractionError(FailureCode.ENCRYPTED, str(error)) from error
    except CalamineError as error:
        raise ExtractionError(FailureCode.CORRUPT, f"xlsx: {error}") from error


def _cell(value: _Cell) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)
