"""PROVIDERS is read once and refuses to start wrong."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from shared.ai.catalog import Model
from shared.ai.settings import AISettings, ProviderSettings, provider_keys
from shared.core.settings import SettingsError, forget_settings


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    forget_settings()
    for name in ("PROVIDERS", "PROVIDERS_SECRET_ARN", "DEFAULT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    yield
    forget_settings()


def configured(monkeypatch: pytest.MonkeyPatch, *providers: dict[str, Any]) -> AISettings:
    monkeypatch.setenv("PROVIDERS", json.dumps(providers))
    return AISettings.from_env()


def test_nothing_configured_leaves_the_offline_model():
    settings = AISettings.from_env()

    assert settings.providers == ()
    assert settings.default_model == "builtin"


def test_models_come_from_the_data_file_or_from_the_entry(monkeypatch: pytest.MonkeyPatch):
    settings = configured(
        monkeypatch,
        {
            "name": "deepseek",
            "kind": "openai-compatible",
            "base_url": "https://api.deepseek.com",
            "models": ["deepseek-flash", "own", "bge-embed", {"id": "i", "kind": "image"}],
        },
    )

    known, own, embedding, image = settings.providers[0].models
    assert known.rates[0].input == Decimal(2)
    assert own == Model("own")
    assert (embedding.kind, image.kind) == ("embedding", "image")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x", "kind": "openai-compatible"},
        {"name": "x", "kind": "unknown"},
        {"name": "Bad Name", "kind": "builtin"},
        {"name": "x", "kind": "openai-compatible", "base_url": "ftp://x"},
        {"name": "x", "kind": "builtin", "models": [{"kind": "chat"}]},
        {"name": "x", "kind": "builtin", "models": [{"id": "m", "rates": [{"input": "free"}]}]},
        {"name": "x", "kind": "builtin", "models": "gpt-4o"},
        {"name": "x", "kind": "builtin", "api_key": "sk-must-not-stand-here"},
    ],
)
def test_a_wrong_entry_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, wrong: Any):
    with pytest.raises(SettingsError, match="PROVIDERS") as caught:
        configured(monkeypatch, wrong)

    assert "sk-must" not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "field"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://api.deepseek.com", "max_tokens"),
    ],
)
def test_the_answer_limit_has_the_name_the_server_knows(base_url: str, field: str):
    provider = ProviderSettings(name="p", kind="openai-compatible", base_url=base_url)

    assert provider.answer_limit_field == field


def test_the_field_of_the_answer_limit_can_be_told():
    told = {"name": "p", "kind": "openai-compatible", "base_url": "http://x/v1"}
    provider = ProviderSettings.model_validate(
        {**told, "max_tokens_field": "max_completion_tokens"}
    )

    assert provider.answer_limit_field == "max_completion_tokens"


async def test_without_a_secret_there_are_no_keys():
    assert await provider_keys(AISettings(), "openai") == ()
