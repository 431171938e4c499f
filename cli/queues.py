"""`rolecraft queues`: how the work queues stand, emptying them, trying dead letters again."""

from collections.abc import Sequence
from typing import Any

import click

from cli.api import Api
from cli.connection import connected
from cli.output import as_json, print_json, print_table

_PATH = "/admin/queues"
_COLUMNS = (
    "pending", "active", "retry", "archived", "completed", "processed", "failed", "oldest_age_s",
)  # fmt: skip


@click.group()
def queues() -> None:
    """Work queues: status, clear, redrive."""


@queues.command()
@as_json
def status(in_json: bool) -> None:
    """How each queue stands. Counters are of the last 30 days."""
    with connected() as api:
        found = api.items(_PATH)
    if in_json:
        print_json(found)
        return
    heads = [column.upper() for column in ("queue", *_COLUMNS)]
    print_table(heads, [[each["name"], *(each[column] for column in _COLUMNS)] for each in found])


@queues.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--archived", is_flag=True, help="Only dead letters.")
@click.option("--force", is_flag=True, help="Do not ask.")
@as_json
def clear(names: Sequence[str], archived: bool, force: bool, in_json: bool) -> None:
    """Delete the messages of these queues, dead letters too; of all queues without a NAME."""
    state = "archived" if archived else "all"
    with connected() as api:
        chosen = _chosen(api, names)
        if not force:
            _ask(chosen, archived)
        cleared = [
            api.delete(_path(each), {"confirm": each["name"], "state": state}) for each in chosen
        ]
    if in_json:
        print_json(cleared)
        return
    print_table(("QUEUE", "CLEARED"), [(each["name"], each["purged"]) for each in cleared])


@queues.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@as_json
def redrive(names: Sequence[str], in_json: bool) -> None:
    """Put dead letters back to be tried again; of every queue that has some without a NAME."""
    with connected() as api:
        chosen = _chosen(api, names)
        if not names:
            chosen = [each for each in chosen if each["archived"] and each["redrivable"]]
        moved = [api.post(f"{_path(each)}/redrive") for each in chosen]
    if in_json:
        print_json(moved)
        return
    print_table(("QUEUE", "REDRIVEN"), [(each["name"], each["redriven"]) for each in moved])


def _chosen(api: Api, names: Sequence[str]) -> list[dict[str, Any]]:
    """The queues of these names, all of them without names. Raises click.UsageError."""
    known = {each["name"]: each for each in api.items(_PATH)}
    for name in names:
        if name not in known:
            raise click.UsageError(f"no queue {name!r}: there are {', '.join(known)}")
    return [known[name] for name in names] or [*known.values()]


def _ask(chosen: Sequence[dict[str, Any]], archived: bool) -> None:
    kinds = ("archived",) if archived else ("pending", "active", "archived")
    waiting = sum(each[kind] for each in chosen for kind in kinds)
    what = "dead letters" if archived else "messages"
    named = ", ".join(each["name"] for each in chosen)
    click.confirm(f"Delete about {waiting:,} {what} of {named} for good?", abort=True, err=True)


def _path(queue: dict[str, Any]) -> str:
    return f"{_PATH}/{queue['name']}"
