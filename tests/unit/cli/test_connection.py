"""Which deployment is meant and who asks."""

import json
from pathlib import Path

import click
import pytest

from cli.connection import Deployment, deployment_of

DEMO = {
    "base_url": "http://localhost:8140",
    "admin": {"email": "admin@example.com", "password": "pass-word-1"},
    "user": {"email": "user@example.com", "password": "pass-word-2"},
}


def run_in(state: Path) -> None:
    state.mkdir()
    (state / "demo.json").write_text(json.dumps(DEMO))


def test_a_token_or_an_account_names_the_caller(tmp_path: Path):
    url = {"ROLECRAFT_URL": "https://api.example.com"}
    assert deployment_of({**url, "ROLECRAFT_TOKEN": "t"}, tmp_path) == Deployment(
        "https://api.example.com", token="t"
    )
    account = {"ROLECRAFT_EMAIL": "a@example.com", "ROLECRAFT_PASSWORD": "p"}
    assert deployment_of({**url, **account}, tmp_path) == Deployment(
        "https://api.example.com", email="a@example.com", password="p"
    )


@pytest.mark.parametrize("state", [None, ".other"])
def test_without_an_address_it_is_the_local_runs_admin(tmp_path: Path, state: str | None):
    run_in(tmp_path / (state or ".rolecraft"))
    environment = {"STATE": state} if state else {}
    assert deployment_of(environment, tmp_path) == Deployment(
        "http://localhost:8140", email="admin@example.com", password="pass-word-1"
    )


@pytest.mark.parametrize("rest", [{}, {"ROLECRAFT_EMAIL": "a@example.com"}])
def test_an_address_without_a_caller_is_refused(tmp_path: Path, rest: dict[str, str]):
    run_in(tmp_path / ".rolecraft")
    with pytest.raises(click.UsageError, match="ROLECRAFT_TOKEN"):
        deployment_of({"ROLECRAFT_URL": "https://api.example.com", **rest}, tmp_path)


def test_no_local_run_is_told_with_what_to_do(tmp_path: Path):
    with pytest.raises(click.UsageError, match="make up"):
        deployment_of({}, tmp_path)
