"""Which deployment is meant and who asks: from the environment, else the local run's demo file."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cli.api import Api

ROOT = Path(__file__).parents[1]


@contextmanager
def connected(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Iterator[Api]:
    """The API as the operator: with ROLECRAFT_TOKEN, or signed in for as long as the block.

    Raises:
        click.ClickException: neither variables nor a local run, or the sign-in was refused.
    """
    url, token = environment.get("ROLECRAFT_URL", ""), environment.get("ROLECRAFT_TOKEN", "")
    if bool(url) != bool(token):
        raise click.UsageError("ROLECRAFT_URL and ROLECRAFT_TOKEN belong together: set both")
    demo = {} if url else _demo(root / (environment.get("STATE") or ".rolecraft") / "demo.json")
    with Api(url or demo["base_url"]) as api:
        if url:
            api.authorize(token)
            yield api
            return
        session = api.post("/auth/login", demo["admin"])
        api.authorize(session["access_token"])
        try:
            yield api
        finally:
            api.post("/auth/logout", {"refresh_token": session["refresh_token"]})


def _demo(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise click.UsageError(
            f"no local run in {path.parent} (`make up` makes one): "
            "set ROLECRAFT_URL and ROLECRAFT_TOKEN for a deployment"
        ) from None
    return found
