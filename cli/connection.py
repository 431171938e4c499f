"""Which deployment is meant and who asks: from the environment, else the local run's demo file."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from cli.api import Api

ROOT = Path(__file__).parents[1]
_NO_CALLER = "with ROLECRAFT_URL set ROLECRAFT_TOKEN, or ROLECRAFT_EMAIL and ROLECRAFT_PASSWORD"


@dataclass(frozen=True)
class Deployment:
    """An origin, and a token or an account to sign in with."""

    url: str
    token: str = ""
    email: str = ""
    password: str = ""


@contextmanager
def connected() -> Iterator[Api]:
    """The API as the operator; one who signs in is signed out at the end of the block.

    Raises:
        click.ClickException: nobody is named, or the sign-in was refused.
    """
    deployment = deployment_of(os.environ)
    with Api(deployment.url) as api:
        if deployment.token:
            api.authorize(deployment.token)
            yield api
            return
        account = {"email": deployment.email, "password": deployment.password}
        session = api.post("/auth/login", account)
        api.authorize(session["access_token"])
        try:
            yield api
        finally:
            with suppress(click.ClickException):  # what was asked for is done, or told already
                api.post("/auth/logout", {"refresh_token": session["refresh_token"]})


def deployment_of(environment: Mapping[str, str], root: Path = ROOT) -> Deployment:
    """From the ROLECRAFT_ variables; without ROLECRAFT_URL the local run as its demo admin.

    Raises:
        click.UsageError: nobody is named, or there is no local run.
    """
    url = environment.get("ROLECRAFT_URL", "")
    if not url:
        return _local_run(root / (environment.get("STATE") or ".rolecraft"))
    token = environment.get("ROLECRAFT_TOKEN", "")
    email = environment.get("ROLECRAFT_EMAIL", "")
    password = environment.get("ROLECRAFT_PASSWORD", "")
    if not token and not (email and password):
        raise click.UsageError(_NO_CALLER)
    return Deployment(url, token, email, password)


def _local_run(state: Path) -> Deployment:
    try:
        demo = json.loads((state / "demo.json").read_text("utf-8"))
    except FileNotFoundError:
        raise click.UsageError(
            f"no local run in {state} (`make up` makes one); "
            "ROLECRAFT_URL names a deployment elsewhere"
        ) from None
    return Deployment(demo["base_url"], **demo["admin"])
