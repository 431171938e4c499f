"""The public face of the service."""

import re
import tomllib
from pathlib import Path

from functions.root.handler import handler
from shared.core import clock
from tests.support.http import Client

client = Client(handler)


def test_health_is_outside_the_envelope_and_in_the_clients_zone() -> None:
    with clock.travelling(lambda: 1_772_186_400.0):
        answer = client.call("GET", "/health", headers={"x-request-id": "abc"})

    assert answer.status == 200
    assert answer.body == {
        "service": "RoleCraft",
        "status": "healthy",
        "timestamp": "2026-02-27 18:00:00",
        "version": "0.1.0",
        "request_id": "abc",
    }


def test_the_root_says_what_runs() -> None:
    assert client.get("/").body == {
        "message": "RoleCraft API",
        "version": "0.1.0",
        "status": "running",
    }


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))

    assert client.get("/health").body["version"] == project["project"]["version"]


def test_every_unknown_path_is_404_in_the_envelope() -> None:
    for path in ("/api/v1/nothing", "/wp-login.php", "/api/v1/角色"):
        answer = client.get(path)
        assert answer.status == 404, path
        assert answer.error["code"] == "NOT_FOUND"
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.body["request_id"])


def test_another_method_is_405_in_the_envelope() -> None:
    answer = client.post("/health", {})

    assert (answer.status, answer.error["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_a_path_with_a_slash_at_its_end_leads_to_the_one_without():
    answer = Client(handler).call("POST", "/api/v1/roles/?page=2")
    assert answer.status == 308
    assert answer.headers["location"] == "/api/v1/roles?page=2"


def test_an_unknown_api_path_is_not_found_and_leads_nowhere():
    for path in ("/api/v1/nothing", "//evil.example/", "/api"):
        answer = Client(handler).get(path)
        assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND")
