"""Text that arrives in pieces, and titles made of it."""

import re

TITLE_CHARS = 30
_SENTENCE_END = re.compile(r"(?<=[。！？!?])|(?<=\.)\s|\n")
_HIGH, _LOW_END = 0xD800, 0xDFFF


class TextJoiner:
    """Gives pieces on as they come, but never half a character.

    A provider that escapes its JSON may put the two halves of an emoji into two pieces; such a
    half cannot be written as UTF-8.
    """

    def __init__(self) -> None:
        self._half = ""

    def whole(self, piece: str) -> str:
        """The piece, less a half character at its end, which the next piece completes."""
        if not self._half and _is_plain(piece):
            return piece
        text, self._half = self._half + piece, ""
        if text and _HIGH <= ord(text[-1]) <= 0xDBFF:
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_plain(piece: str) -> bool:
    try:
        piece.encode()
    except UnicodeEncodeError:
        return False
    return True


def title_of(message: str) -> str:
    """A title from the first message: its first sentence, at most 30 characters."""
    lines = message.strip()
    first = next((part.strip() for part in _SENTENCE_END.split(lines) if part.strip()), "")
    words = " ".join(first.split())
    return words if len(words) <= TITLE_CHARS else f"{words[: TITLE_CHARS - 1]}…"
