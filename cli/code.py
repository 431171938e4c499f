"""`rolecraft code`: runs a file of JavaScript as a code block."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click
import httpx

from cli.connection import ROOT
from cli.output import as_json, print_json

# As long as a code block may run on a local deployment, and the way there and back.
_SECONDS = 310.0
_ANONYMOUS = "with ROLECRAFT_URL set ROLECRAFT_CODE_TOKEN, a token of /flow/tokens"


@click.group()
def code() -> None:
    """Code blocks: run."""


@code.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--input", "given", default="{}", help="A JSON object, or @FILE that has one.")
@as_json
def run(file: TextIO, given: str, in_json: bool) -> None:
    """Execute FILE (- for standard input), whose `return` gives the result, and print that."""
    source = file.read()
    answer = execute(*access_of(os.environ), source, _object(given))
    if in_json:
        print_json(answer)
    elif answer["success"]:
        print_json(answer["result"])
    if not answer["success"]:
        raise click.ClickException(_failure(answer["error"], file.name))


def execute(
    url: str,
    token: str,
    source: str,
    given: Mapping[str, Any],
    transport: httpx.BaseTransport | None = None,
) -> dict[str, Any]:
    """The answer of POST /flow/codeblock; raises click.ClickException where nothing was run."""
    body = {"input": given, "codebase64": base64.b64encode(source.encode()).decode()}
    with httpx.Client(base_url=url, timeout=_SECONDS, transport=transport) as client:
        try:
            reply = client.post("/flow/codeblock", json=body, headers={"accessToken": token})
        except httpx.TransportError as error:
            raise click.ClickException(f"{url} was not reached: {error}") from error
    try:
        answer: dict[str, Any] = reply.json()
    except ValueError:
        raise click.ClickException(f"{url} answered {reply.status_code} without JSON") from None
    if not reply.is_success:
        raise click.ClickException(f"{reply.status_code}: {_words(answer.get('error'))}")
    return answer


def access_of(environment: Mapping[str, str], root: Path = ROOT) -> tuple[str, str]:
    """Origin and token: from ROLECRAFT_URL and ROLECRAFT_CODE_TOKEN, else the local run's own.

    Raises:
        click.UsageError: there is no token, or no local run.
    """
    url, token = environment.get("ROLECRAFT_URL", ""), environment.get("ROLECRAFT_CODE_TOKEN", "")
    if url:
        if not token:
            raise click.UsageError(_ANONYMOUS)
        return url, token
    state = root / (environment.get("STATE") or ".rolecraft")
    try:
        demo = json.loads((state / "demo.json").read_text("utf-8"))
    except FileNotFoundError:
        raise click.UsageError(f"no local run in {state} (`make up` makes one)") from None
    return demo["base_url"], token or demo["flow_access_token"]


def _object(given: str) -> dict[str, Any]:
    try:
        text = Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"--input: {error}") from None
    if not isinstance(found, dict):
        raise click.UsageError("--input must be a JSON object")
    return found


def _failure(error: Mapping[str, Any], name: str) -> str:
    place = f"{name}:{error['line']}:{error.get('column', 1)}: " if "line" in error else ""
    return f"{place}{error['type']}: {error['message']}"


def _words(error: object) -> str:
    """A refusal is a text, or an object with a message (contract flow.md, Errors)."""
    return str(error["message"]) if isinstance(error, dict) else str(error)
