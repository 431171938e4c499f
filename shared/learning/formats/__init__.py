"""Question batches as files: JSON, CSV and GIFT. What is written can be read again without loss."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from shared.learning.formats import csv_file, gift_reader, gift_writer, json_file
from shared.learning.questions import Question

FormatName = Literal["json", "csv", "gift"]


class Format(NamedTuple):
    """How a format is written, read and called; `read` raises FormatError."""

    write: Callable[[Sequence[Question]], str]
    read: Callable[[str], list[Question]]
    suffix: str
    media_type: str


FORMATS: Final[dict[FormatName, Format]] = {
    "json": Format(json_file.write, json_file.read, "json", "application/json"),
    "csv": Format(csv_file.write, csv_file.read, "csv", "text/csv"),
    "gift": Format(gift_writer.write, gift_reader.read, "gift.txt", "text/plain"),
}
