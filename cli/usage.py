"""`rolecraft usage`: what was called and spent, as a chart on the terminal."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.bar import Bar
from rich.text import Text

from cli.api import Query
from cli.connection import connected
from cli.output import as_json, console, print_json, print_table

_PATH = "/analytics/usage"
_HEIGHT = 8
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_BAR = 20
_MOST_COLUMNS = 60  # more days than this are drawn by weeks
_FIGURES = ("cost", "requests", "tokens")


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 400))
@click.option("--by", default="cost", show_default=True, type=click.Choice(_FIGURES))
@click.option("--timezone", default="Asia/Shanghai", show_default=True)
@as_json
def usage(days: int, by: str, timezone: str, in_json: bool) -> None:
    """What the caller's model calls came to in the last days."""
    today = _today(timezone)
    query: Query = {
        "timezone": timezone,
        "start_date": (today - timedelta(days=days - 1)).isoformat(),
        "end_date": today.isoformat(),
        "granularity": "day" if days <= _MOST_COLUMNS else "week",
    }
    with connected() as api:
        found = api.get(_PATH, query)
    if in_json:
        print_json(found)
        return
    click.echo(
        f"{found['start_date']} – {found['end_date']}: {found['total_requests']:,} requests, "
        f"{found['total_tokens']:,} tokens, {found['total_cost']:,.2f} {found['currency']}\n"
    )
    console().print(Text("\n".join(chart(found["by_date"], by)), style="green", no_wrap=True))
    for kind, name in (("model", "model"), ("feature", "feature"), ("role", "role_name")):
        _print_share(kind, name, found[f"by_{kind}"], by)


def chart(periods: Sequence[dict[str, Any]], by: str) -> list[str]:
    """A column for each period, in eighths of a line, with the scale on the left."""
    values = [float(period[by]) for period in periods]
    most = max(values)
    scale = [f"{most:,.2f}" if by == "cost" else f"{most:,.0f}", "0"]
    left = len(max(scale, key=len))
    eighths = [_eighths(value, most) for value in values]
    rows = []
    for line in reversed(range(_HEIGHT)):
        label = {_HEIGHT - 1: scale[0], 0: scale[1]}.get(line, "")
        cells = (_EIGHTHS[min(8, max(0, height - line * 8))] * 2 for height in eighths)
        rows.append(f"{label:>{left}} ┤{''.join(cells)}".rstrip())
    first, last = periods[0]["date"], periods[-1]["date"]
    width = 2 * len(periods)
    below = f"{first}{last:>{width - len(first)}}" if width >= 2 * len(first) + 1 else last
    return [*rows, f"{'':>{left}} └{'─' * width}", f"{'':>{left}}  {below}"]


def _eighths(value: float, most: float) -> int:
    """The height of a column; what is not nothing is seen."""
    if not value:
        return 0
    return max(1, round(value / most * _HEIGHT * 8))


def _print_share(kind: str, name: str, rows: Sequence[dict[str, Any]], by: str) -> None:
    if rows:
        click.echo()
        heads = [kind.upper(), "REQUESTS", "TOKENS", "COST", by.upper()]
        most = max(float(row[by]) for row in rows)
        bars = [Bar(most, 0, float(row[by]), width=_BAR, color="green") for row in rows]
        values = [(row[name], row["requests"], row["tokens"], row["cost"]) for row in rows]
        print_table(heads, [(*value, bar) for value, bar in zip(values, bars, strict=True)])


def _today(timezone: str) -> date:
    try:
        return datetime.now(ZoneInfo(timezone)).date()
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(f"no time zone {timezone!r}", param_hint="--timezone") from error
