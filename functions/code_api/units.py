"""Numbers as /flow shows them to people."""

_KB = 1024
_MB = 1024 * 1024


def rate(part: int, whole: int) -> str:
    """`99.9%`; of nothing it is `0.0%`."""
    return f"{percent(part, whole):.1f}%"


def percent(part: int, whole: int) -> float:
    """From 0 to 100, two places; of nothing it is 0."""
    return round(100 * part / whole, 2) if whole else 0.0


def bytes_text(count: int) -> str:
    """`64.00 KB`, `2.00 MB`."""
    return f"{count / _MB:.2f} MB" if count >= _MB else f"{count / _KB:.2f} KB"
