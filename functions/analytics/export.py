"""The ledger's lines as a CSV file: in the answer, or where that is too small for it, in S3.

Written to disk page by page, so memory does not grow with the lines (docs/decisions/0139).
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from functions.analytics.periods import Range
from functions.analytics.settings import AnalyticsSettings
from shared.aws.storage import Storage
from shared.core import clock, ids
from shared.core.errors import InvalidRequest
from shared.core.money import from_micro
from shared.core.text import Text
from shared.data.ledger_lines import StoredLine, find_lines

MOST_LINES = 100_000
"""What a call's time is enough for, several times over."""

# An answer may have 6 MB in JSON, where a Chinese character takes six bytes instead of three.
LARGEST_ANSWER = 3_000_000
COLUMNS = (
    "call_id", "started_at", "ended_at", "feature", "provider", "model", "role_id", "role_name",
    "session_id", "prompt_tokens", "completion_tokens", "cached_tokens", "cost", "currency",
    "price_version", "status",
)  # fmt: skip
_TOO_MANY = Text(
    f"该时间段超过 {MOST_LINES:,} 行，请缩短时间段",
    f"begins a range of more than {MOST_LINES:,} lines: ask for fewer days",
)
# Spreadsheets compute what begins so; the name of a role may be a stranger's.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Export:
    """A file: its bytes, or the link it is fetched by."""

    name: str
    content: bytes = b""
    link: str = ""


def export_lines(user_id: str, wanted: Range) -> Export:
    """All lines of the range, oldest first.

    Raises:
        InvalidRequest: more than `MOST_LINES`.
    """
    name = f"rolecraft-usage-{wanted.first}_{wanted.last}.csv"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.csv"
        _write(path, find_lines(user_id, wanted.start, wanted.end))
        if path.stat().st_size <= LARGEST_ANSWER:
            return Export(name, content=path.read_bytes())
        storage = Storage(AnalyticsSettings.from_env().files_bucket)
        key = f"exports/{user_id}/{ids.new_ulid()}.csv"
        storage.put_file(key, path)
    return Export(name, link=storage.download_link(key, name))


def _write(path: Path, lines: Iterable[StoredLine]) -> None:
    lines = iter(lines)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(each) for each in islice(lines, MOST_LINES))
    if next(lines, None) is not None:
        raise InvalidRequest.of_field("start_date", _TOO_MANY)


def _row(stored: StoredLine) -> list[object]:
    line = stored.line
    return [
        stored.call_id,
        clock.iso(line.started_at),
        clock.iso(line.ended_at),
        line.feature,
        line.provider,
        line.model,
        line.role_id or "",
        _harmless(line.role_name or ""),
        line.session_id or "",
        line.prompt_tokens,
        line.completion_tokens,
        line.cached_tokens,
        from_micro(line.cost_micro),
        stored.currency,
        line.price_version,
        line.status,
    ]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
