"""A model's name finds its provider; what cannot be called is not listed."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.ai.bedrock import Bedrock
from shared.ai.builtin import BuiltinProvider
from shared.ai.embeddings import embed_with_usage, run_alone
from shared.ai.errors import AIServiceError, ModelNotAvailable, ProviderRejected
from shared.ai.guard import GuardedChat
from shared.ai.http_client import use_http_client
from shared.ai.port import ChatRequest, Message, Usage
from shared.ai.registry import Registry, registry
from shared.ai.settings import AISettings
from shared.core.settings import forget_settings

OPENAI = {
    "name": "openai",
    "kind": "openai-compatible",
    "base_url": "http://p.example/v1",
    "models": ["gpt-4o-mini", "gpt-5", "text-embedding-3-small"],
}
OLLAMA = {
    "name": "ollama",
    "kind": "openai-compatible",
    "base_url": "http://o.example/v1",
    "models": ["llama", "gpt-4o-mini"],
    "keyless": True,
    "embedding_batch": 2,
}
BEDROCK = {"name": "bedrock", "kind": "bedrock", "models": ["amazon.nova-lite-v1:0"]}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    forget_settings()
    for name in ("PROVIDERS", "PROVIDERS_SECRET_ARN", "LIMITS_TABLE", "DEFAULT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    yield
    forget_settings()


def registry_of(*providers: dict[str, Any]) -> Registry:
    return Registry(AISettings.model_validate({"providers": json.dumps(providers)}))


async def test_the_offline_model_is_always_there_and_priced_at_nothing():
    listed = await registry_of().usable_models()

    assert [(m.id, m.provider, m.kind) for m in listed] == [("builtin", "builtin", "chat")]
    assert isinstance(registry_of().chat("builtin"), BuiltinProvider)


async def test_only_providers_with_access_are_listed():
    listed = await registry_of(OPENAI, OLLAMA, BEDROCK).usable_models()

    assert [(m.id, m.provider) for m in listed] == [
        ("llama", "ollama"),
        ("gpt-4o-mini", "ollama"),
        ("amazon.nova-lite-v1:0", "bedrock"),
        ("builtin", "builtin"),
    ]


async def test_prices_are_decimal_texts_with_their_version():
    own, priced, *_ = await registry_of(OLLAMA).usable_models()

    assert own.prices is None
    assert priced.context == 128_000
    assert priced.prices is not None
    assert priced.prices["version"]
    assert {name: priced.prices[name] for name in ("currency", "input", "output")} == {
        "currency": "USD",
        "input": "0.15",
        "output": "0.60",
    }


async def test_prices_by_length_are_listed_as_tiers():
    doubao = {**OLLAMA, "models": ["doubao-seed-2-0-pro"]}

    prices = (await registry_of(doubao).usable_models())[0].prices

    assert prices is not None
    assert [tier["up_to"] for tier in prices["tiers"]] == [32_000, 128_000, 256_000]


def test_the_first_provider_of_a_model_serves_it():
    assert registry_of(OPENAI, OLLAMA).chat("gpt-4o-mini").name == "openai"
    assert registry_of(OLLAMA, OPENAI).chat("gpt-4o-mini").name == "ollama"


def test_a_provider_is_made_once():
    made = registry_of(OPENAI)

    assert made.chat("gpt-5") is made.chat("gpt-4o-mini")
    assert isinstance(made.chat("gpt-5"), GuardedChat)


def test_bedrock_is_made_without_a_call():
    provider = registry_of(BEDROCK).chat("amazon.nova-lite-v1:0")

    assert isinstance(provider, GuardedChat)
    assert provider.name == Bedrock("bedrock").name


@pytest.mark.parametrize("model", ["nope", "text-embedding-3-small"])
def test_a_model_that_cannot_chat_is_not_available(model: str):
    with pytest.raises(ModelNotAvailable) as caught:
        registry_of(OPENAI).chat(model)

    assert isinstance(caught.value, AIServiceError)


def test_settings_read_anew_make_a_new_registry(monkeypatch: pytest.MonkeyPatch):
    first = registry()
    assert registry() is first
    assert first.default_model == "builtin"

    monkeypatch.setenv("DEFAULT_MODEL", "gpt-5")
    forget_settings()

    assert registry().default_model == "gpt-5"


def _serving(monkeypatch: pytest.MonkeyPatch, answer: Any, *models: str) -> None:
    use_http_client(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    monkeypatch.setenv("PROVIDERS", json.dumps([{**OLLAMA, "models": models}]))
    forget_settings()


async def test_without_an_embedding_model_there_are_no_vectors():
    assert await embed_with_usage(["a"]) is None


async def test_texts_are_embedded_in_batches_in_their_order(monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["input"]
        sizes.append(len(texts))
        data = [{"index": i, "embedding": [float(t)]} for i, t in enumerate(texts)]
        return httpx.Response(200, json={"data": data, "usage": {"prompt_tokens": len(texts)}})

    _serving(monkeypatch, answer, "own-embed")
    embeddings = await embed_with_usage([str(number) for number in range(7)])

    assert embeddings is not None
    assert embeddings.vectors == [[float(number)] for number in range(7)]
    assert embeddings.usage == Usage(7, 0)
    assert sorted(sizes) == [1, 2, 2, 2]


async def test_code_in_a_thread_has_a_loop_of_its_own(monkeypatch: pytest.MonkeyPatch):
    class Closed(httpx.MockTransport):
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": [{"index": 0, "embedding": [1]}]})

    transport = Closed(answer)
    real = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **_: real(transport=transport))
    monkeypatch.setenv("PROVIDERS", json.dumps([{**OLLAMA, "models": ["own-embed"]}]))
    forget_settings()

    found = await asyncio.to_thread(run_alone, lambda: embed_with_usage(["a"]))
    assert found is not None
    assert found.vectors == [[1.0]]
    assert transport.closed


async def test_a_batch_that_fails_fails_the_whole(monkeypatch: pytest.MonkeyPatch):
    _serving(monkeypatch, lambda _: httpx.Response(400), "own-embed")

    with pytest.raises(ProviderRejected):
        await embed_with_usage(["a", "b", "c"])


async def test_a_model_with_fixed_sampling_is_asked_without_temperature(
    monkeypatch: pytest.MonkeyPatch,
):
    bodies: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        message = {"role": "assistant", "content": "ok"}
        return httpx.Response(200, json={"choices": [{"message": message}]})

    _serving(monkeypatch, answer, "gpt-5", "llama")
    for model in ("gpt-5", "llama"):
        request = ChatRequest(model, (Message("user", "hi"),), temperature=0.5)
        await registry().chat(model).complete(request)

    assert ["temperature" in body for body in bodies] == [False, True]
