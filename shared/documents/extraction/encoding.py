"""The encoding of a text file without a label: UTF-8, UTF-16, GB18030, Windows-1252."""

import codecs
import re
from functools import cache, partial

from shared.documents.extraction.model import ExtractionError, FailureCode

SAMPLE_BYTES = 64 * 1024
_SCORED_CHARS = 4_000
_LEAST_SCORE = 0.1
_MOST_REPLACED = 0.01

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "cp1252")

# The most frequent Han characters: in any Chinese text about half of all characters are here, in a
# wrongly decoded one almost none. That tells GB18030 from UTF-16 without a byte-order mark.
_FREQUENT_HAN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日"
    "者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应向头文体政美相见"
    "被利什二等产或新己制身果加月话合回特代内信表化老给世位次度门任常先通教原提立及比员解水名真论处走各入"
    "这們來國時會對過發後學經沒動與長機關點個為說請書號問題無們種產業頁單價金額條款退貨品客戶訂單服務"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]+")
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_CONTROL_ASCII = dict.fromkeys([*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F])
_LINE_ENDS = ("\r\n", "\r", "\u2028", "\u2029", "\x85")
_VALUE_BY_RANGE = (
    (0xA0, 0x24F, 0.5),
    (0x370, 0x52F, 0.5),
    (0x2000, 0x206F, 1.0),
    (0x3000, 0x303F, 1.5),
    (0x3040, 0x30FF, 0.5),
    (0x4E00, 0x9FFF, 0.1),
    (0xAC00, 0xD7A3, 0.2),
    (0xFF00, 0xFFEF, 1.5),
)
_NOISE = -4.0


def detect_encoding(sample: bytes) -> str | None:
    """The codec name for a text that begins with `sample`; None when the bytes are not text."""
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    plain = _decode_start(sample, "utf-8")
    if plain is not None and not _CONTROL.search(plain):
        return "utf-8"
    candidates = _CANDIDATES if _has_lone_high_bytes(sample) else _CANDIDATES[:-1]
    score, name = max(map(partial(_score, sample), candidates))
    return name if score >= _LEAST_SCORE else None


def decode_text(data: bytes) -> str:
    """All of a text file with line ends as `\\n` and without control characters.

    Raises ExtractionError UNSUPPORTED_TYPE when the bytes are no text, CORRUPT when more than
    1 % of it cannot be decoded.
    """
    encoding = detect_encoding(data[:SAMPLE_BYTES])
    if encoding is None:
        raise ExtractionError(FailureCode.UNSUPPORTED_TYPE, "bytes are no text")
    text = data.decode(encoding, errors="replace")
    if text.count("\ufffd") > max(1, int(len(text) * _MOST_REPLACED)):
        raise ExtractionError(FailureCode.CORRUPT, f"undecodable as {encoding}")
    return clean_text(text)


def decode_sample(sample: bytes) -> str | None:
    """The start of a text file, or None when the bytes are no text."""
    encoding = detect_encoding(sample)
    if encoding is None:
        return None
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return clean_text(decoder.decode(sample, final=False))


def clean_text(text: str) -> str:
    """Line ends as `\\n`; no control characters; no byte-order mark."""
    text = text.removeprefix("\ufeff")
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    # Translation is ten times the pattern's speed, but for ASCII only.
    return text.translate(_CONTROL_ASCII) if text.isascii() else _CONTROL.sub("", text)


def _decode_start(sample: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample, final=False)
    except UnicodeDecodeError:
        return None


@cache
def _first_level_han() -> frozenset[str]:
    """The 3,755 characters of GB 2312's first level: nearly all of any simplified text."""
    rows = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset(b"".join(rows).decode("gb2312", errors="ignore"))


def _has_lone_high_bytes(sample: bytes) -> bool:
    """Accents of Western text stand between ASCII letters; bytes of CJK encodings in rows."""
    rows = _HIGH_BYTES.findall(sample)
    return len(rows) * 5 >= sum(map(len, rows)) * 4


def _score(sample: bytes, encoding: str) -> tuple[float, str]:
    start = sample[: _SCORED_CHARS * 2]
    errors = "replace" if encoding == "utf-8" else "strict"
    try:
        text = codecs.getincrementaldecoder(encoding)(errors).decode(start, final=False)
    except UnicodeDecodeError:
        return (_NOISE, encoding)
    return (sum(map(_value, text)) / max(1, len(start)), encoding)


def _value(char: str) -> float:
    if char in _FREQUENT_HAN:
        return 2.0
    if char in _first_level_han():
        return 1.5
    if char.isascii():
        return 1.0 if char.isalnum() or char in " \t\n\r\f" else 0.5 if char >= " " else _NOISE
    point = ord(char)
    for first, last, value in _VALUE_BY_RANGE:
        if first <= point <= last:
            return value
    return _NOISE if point < 0xA0 or 0xD800 <= point < 0xF900 or point >= 0xFFF0 else -0.5
