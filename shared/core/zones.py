"""Time zones that callers may name."""

from functools import cache
from zoneinfo import available_timezones

DEFAULT_ZONE = "Asia/Shanghai"
# Names of files beside the zones, which tell nothing about a place.
_NO_ZONES = {"Factory", "localtime", "posixrules"}


def is_zone(name: str) -> bool:
    """Whether `ZoneInfo(name)` is an IANA time zone."""
    return name == DEFAULT_ZONE or name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_ZONES)
