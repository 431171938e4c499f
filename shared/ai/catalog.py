"""The model data file: context windows and list prices, decimals kept exact.

`shared/ai/data/models.json` is the one place that knows a price. A model's `rates` are ordered by
`up_to`, the prompt length (tokens) up to which a rate holds; `off_peak` rates hold outside the
`peak` hours of the file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

# The offline model, and the provider of that name.
BUILTIN = "builtin"

ModelKind = Literal["chat", "embedding", "image", "video"]
_FILE = Path(__file__).parent / "data" / "models.json"
_DEFAULT_CONTEXT = 32_000
_DEFAULT_MAX_OUTPUT = 4_096


@dataclass(frozen=True, slots=True)
class Rate:
    """Prices per million tokens, for prompts of at most `up_to` tokens (None: any)."""

    input: Decimal
    cached_input: Decimal
    output: Decimal
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """What is known of a model of pictures or videos.

    Attributes:
        price: of one `unit`, a picture or a second of video.
        upstream: what its provider calls it.
        sides, pixels: least and most of a side, and of width · height.
        inputs: pictures a job may start from.
        needs_input: it makes nothing of words alone.
    """

    unit: Literal["image", "second"]
    price: Decimal
    upstream: str
    sides: tuple[int, int] = (256, 2048)
    pixels: tuple[int, int] = (0, 2048 * 2048)
    inputs: int = 0
    needs_input: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model. Without `rates` its calls cost nothing (a server of one's own)."""

    id: str
    kind: ModelKind = "chat"
    context: int = _DEFAULT_CONTEXT
    max_output: int = _DEFAULT_MAX_OUTPUT
    currency: str = "CNY"
    rates: tuple[Rate, ...] = ()
    off_peak: tuple[Rate, ...] = ()
    sampling: bool = True
    media: Media | None = None

    def rate(self, prompt_tokens: int, moment: datetime) -> Rate | None:
        """The rate in force for a prompt of that length at that moment."""
        rates = self.off_peak if self.off_peak and not peak_hours().hold(moment) else self.rates
        fitting = (rate for rate in rates if rate.up_to is None or prompt_tokens <= rate.up_to)
        return next(fitting, rates[-1] if rates else None)


@dataclass(frozen=True, slots=True)
class PeakHours:
    """DeepSeek's peak: working days, hours of Beijing time, public holidays excluded."""

    zone: timezone
    weekdays: frozenset[int]
    hours: tuple[tuple[int, int], ...]
    holidays: frozenset[date]

    def hold(self, moment: datetime) -> bool:
        """Whether the peak rate is in force at that (aware) moment."""
        local = moment.astimezone(self.zone)
        if local.weekday() not in self.weekdays or local.date() in self.holidays:
            return False
        return any(start <= local.hour < end for start, end in self.hours)


def find_model(model_id: str) -> Model | None:
    """The model of that id, or None where the data file does not list it."""
    return _models().get(model_id)


def price_version() -> str:
    """The version of the price list, to be stored beside what was charged."""
    return str(_document()["price_version"])


def exchange_rate(source: str, target: str) -> Decimal:
    """Units of `target` for one of `source`.

    Raises:
        KeyError: the data file has no rate for the pair.
    """
    return Decimal(1) if source == target else Decimal(_document()["exchange"][source][target])


@cache
def peak_hours() -> PeakHours:
    """The peak hours of the data file."""
    peak = _document()["peak"]
    return PeakHours(
        zone=timezone(timedelta(hours=peak["utc_offset_hours"])),
        weekdays=frozenset(peak["weekdays"]),
        hours=tuple((start, end) for start, end in peak["hours"]),
        holidays=frozenset(map(date.fromisoformat, peak["holidays"])),
    )


def read_model(entry: Mapping[str, Any]) -> Model:
    """A model of a data file's entry.

    Raises:
        KeyError, ArithmeticError: a price is missing or no decimal text.
    """
    rates = tuple(map(_read_rate, entry.get("rates", ())))
    off_peak = tuple(map(_read_rate, entry.get("off_peak", ())))
    known = ("id", "kind", "context", "max_output", "currency", "sampling")
    fields = {name: entry[name] for name in known if name in entry}
    media = _read_media(entry["media"]) if "media" in entry else None
    return Model(**fields, rates=rates, off_peak=off_peak, media=media)


def _read_rate(entry: Mapping[str, Any]) -> Rate:
    price = Decimal(entry["input"])
    return Rate(
        input=price,
        cached_input=Decimal(entry.get("cached_input", price)),
        output=Decimal(entry.get("output", "0")),
        up_to=entry.get("up_to"),
    )


def _read_media(entry: Mapping[str, Any]) -> Media:
    known = ("unit", "upstream", "inputs", "needs_input")
    fields: dict[str, Any] = {name: entry[name] for name in known if name in entry}
    for name in ("sides", "pixels"):
        if name in entry:
            fields[name] = tuple(entry[name])
    return Media(**fields, price=Decimal(entry["price"]))


@cache
def _models() -> dict[str, Model]:
    return {entry["id"]: read_model(entry) for entry in _document()["models"]}


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return document
