"""Stages and the settings a deployment may give."""

from __future__ import annotations

import json
import platform
import sys

import pytest

from infra.app import read_context, read_stage
from infra.stages import StageError, load_stage


def test_dev_is_the_default_stage() -> None:
    assert read_stage({}, {}).name == "dev"


def test_stage_comes_from_the_context_before_the_environment() -> None:
    assert read_stage({"stage": "prod"}, {"STAGE": "local"}).name == "prod"
    assert read_stage({}, {"STAGE": "local"}).name == "local"


def test_command_line_settings_win_over_those_of_cdk_json() -> None:
    context = {
        "stage": "prod",
        "admin_email": "second@example.com",
        "rolecraft": {"prod": {"admin_email": "first@example.com", "currency": "USD"}},
    }
    stage = read_stage(context, {})
    assert (stage.admin_email, stage.currency) == ("second@example.com", "USD")


def test_settings_of_another_stage_are_left_alone() -> None:
    context = {"rolecraft": {"prod": {"admin_email": "first@example.com"}}}
    assert read_stage(context, {"STAGE": "dev"}).admin_email == ""


def test_context_of_the_cli_replaces_the_file() -> None:
    given = read_context({"CDK_CONTEXT_JSON": '{"stage": "prod"}'})
    assert given == {"stage": "prod"}
    assert "rolecraft" in read_context({})


def test_providers_may_be_a_list_or_its_text() -> None:
    providers = [{"name": "深度", "kind": "openai-compatible"}]
    as_list = load_stage("dev", {"providers": providers})
    as_text = load_stage("dev", {"providers": json.dumps(providers)})
    assert json.loads(as_list.providers) == providers
    assert as_text == as_list


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("staging", {}, "stage 'staging' is unknown"),
        ("dev", {"admin_mail": "a@example.com"}, "setting 'admin_mail' is unknown"),
        ("dev", {"providers": "[{"}, "not JSON"),
        ("dev", {"providers": "{}"}, "must be a JSON list"),
        ("dev", {"providers": [{"name": "n" * 3_000}]}, "more than 3,000 bytes"),
        ("dev", {"snap_start": "yes"}, "must be true or false"),
        ("dev", {"snap_start": 1}, "must be true or false"),
        ("dev", {"log_retention_days": 13}, "must be one of"),
        ("dev", {"domain": "ai.example.com"}, "belong together"),
    ],
)
def test_wrong_settings_are_named(name: str, settings: dict[str, object], reason: str) -> None:
    with pytest.raises(StageError, match=reason):
        load_stage(name, settings)


def test_local_stage_is_built_for_the_interpreter_at_hand() -> None:
    stage = load_stage("local")
    assert stage.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (stage.architecture == "arm64") is (platform.machine() in {"arm64", "aarch64"})
    assert stage.is_local
    assert not load_stage("prod").is_local


def test_settings_reach_the_functions_that_use_them() -> None:
    stage = load_stage("dev", {"admin_email": "a@example.com", "default_model": "gpt-x"})
    assert stage.variables["ADMIN_EMAIL"] == "a@example.com"
    assert stage.variables["DEFAULT_MODEL"] == "gpt-x"
