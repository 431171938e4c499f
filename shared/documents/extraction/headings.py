"""The trail of headings above a place in a document."""

_SEPARATOR = " › "
_LONGEST = 160


class HeadingTrail:
    """Remembers the open heading of each level and gives their path."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> str:
        """Open a heading (1 is the highest level); returns the new path."""
        self._open = [(above, text) for above, text in self._open if above < level]
        self._open.append((level, " ".join(title.split())))
        return self.path

    @property
    def path(self) -> str:
        """`Chapter › Section`, at most 160 characters, the innermost heading kept."""
        titles = [title for _, title in self._open if title]
        while len(titles) > 1 and len(_SEPARATOR.join(titles)) > _LONGEST:
            titles.pop(0)
        return _SEPARATOR.join(titles)[:_LONGEST]
