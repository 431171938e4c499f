"""`rolecraft schedules`: whether every timed workspace has its schedule, and no other is there."""

from typing import Any

import click

from cli.connection import connected
from cli.output import as_json, print_json, print_table

_PATH = "/admin/schedules/reconcile"
_CHANGES = ("created", "moved", "removed")


@click.group()
def schedules() -> None:
    """Schedules of workspaces."""


@schedules.command()
@as_json
def reconcile(in_json: bool) -> None:
    """Compare workspaces and schedules, and mend what differs.

    It is done every night by itself.
    """
    total: dict[str, Any] = {"checked": 0, **{change: [] for change in _CHANGES}}
    after: str | None = ""
    with connected() as api:
        while after is not None:
            part = api.post(_PATH, {"after": after})
            total["checked"] += part["checked"]
            for change in _CHANGES:
                total[change] += part[change]
            after = part["next"]
    if in_json:
        print_json(total)
        return
    counts = [total["checked"], *(len(total[change]) for change in _CHANGES)]
    print_table(("CHECKED", *(change.upper() for change in _CHANGES)), [counts])
    for change in _CHANGES:
        for name in total[change]:
            click.echo(f"{change}: {name}")
