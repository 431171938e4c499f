"""Model name → provider, out of the configuration (contract chat.md, "Models and providers")."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from shared.ai.breaker import BreakerStore, MemoryBreakerStore
from shared.ai.catalog import BUILTIN, Model, price_version
from shared.ai.errors import ModelNotAvailable
from shared.ai.guard import Guard, GuardedChat, GuardedEmbeddings
from shared.ai.port import ChatProvider, EmbeddingProvider
from shared.ai.retry import Pause
from shared.ai.settings import MEDIA_KINDS, AISettings, ProviderSettings, provider_keys

_WITH_KEY = MEDIA_KINDS | {"openai-compatible"}


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One item of `GET /api/v1/models`; `prices` are decimal texts.

    They are per million tokens, or `each` picture or second of video.
    """

    id: str
    provider: str
    kind: str
    context: int
    prices: dict[str, Any] | None


class Registry:
    """The configured providers of this copy; each is made when it is first used."""

    def __init__(self, settings: AISettings, pause: Pause | None = None) -> None:
        self.settings = settings
        self._pause = pause or Pause()
        self._chats: dict[str, ChatProvider] = {}
        self._embedders: dict[str, EmbeddingProvider] = {}
        self._guards: dict[str, Guard] = {}
        self._store: BreakerStore | None = None

    @property
    def default_model(self) -> str:
        """The model of a role that names none."""
        return self.settings.default_model

    def find_model(self, model_id: str) -> Model:
        """What is known of a configured model.

        Raises:
            ModelNotAvailable: no provider is configured for it.
        """
        return self.find(model_id)[1]

    def chat(self, model_id: str) -> ChatProvider:
        """The provider that serves a chat model, guarded.

        Raises:
            ModelNotAvailable: no provider is configured for it, or it is no chat model.
        """
        provider, model = self.find(model_id)
        if model.kind != "chat":
            raise ModelNotAvailable(provider.name, f"{model_id} is no chat model")
        if provider.name not in self._chats:
            self._chats[provider.name] = self._make_chat(provider)
        return self._chats[provider.name]

    def embedding(self) -> tuple[EmbeddingProvider, ProviderSettings, Model] | None:
        """The first configured embedding model and who serves it, or None."""
        for provider, model in self._served():
            if model.kind == "embedding" and provider.kind == "openai-compatible":
                if provider.name not in self._embedders:
                    guarded = GuardedEmbeddings(_openai(provider), self.guard(provider))
                    self._embedders[provider.name] = guarded
                return self._embedders[provider.name], provider, model
        return None

    async def usable_models(self) -> list[ListedModel]:
        """The models that can be called: configured, and with a key where one is needed."""
        usable = {provider.name: await self._has_access(provider) for provider in self._providers()}
        listed: dict[str, ListedModel] = {}
        for provider, model in self._served():
            if usable[provider.name]:
                listed.setdefault(model.id, _listed(provider, model))
        return list(listed.values())

    def _providers(self) -> Iterator[ProviderSettings]:
        """The configured ones, and the offline model, which is always there."""
        yield from (p for p in self.settings.providers if p.kind != "builtin")
        yield _builtin()

    def _served(self) -> Iterator[tuple[ProviderSettings, Model]]:
        for provider in self._providers():
            for model in provider.models:
                yield provider, model

    def find(self, model_id: str) -> tuple[ProviderSettings, Model]:
        """A configured model and the provider that serves it.

        Raises:
            ModelNotAvailable: there is none.
        """
        for provider, model in self._served():
            if model.id == model_id:
                return provider, model
        raise ModelNotAvailable("none", f"no provider is configured for {model_id}")

    async def _has_access(self, provider: ProviderSettings) -> bool:
        if provider.kind not in _WITH_KEY or provider.keyless:
            return True
        return bool(await provider_keys(self.settings, provider.name))

    def _make_chat(self, provider: ProviderSettings) -> ChatProvider:
        if provider.kind == "builtin":
            from shared.ai.builtin import BuiltinProvider

            return BuiltinProvider()
        if provider.kind == "bedrock":
            from shared.ai.bedrock import Bedrock

            bedrock = Bedrock(provider.name, silence_s=provider.timeout_s)
            return GuardedChat(bedrock, self.guard(provider))
        return GuardedChat(_openai(provider), self.guard(provider))

    def guard(self, provider: ProviderSettings) -> Guard:
        """The protection of a provider, one for all its models."""
        if provider.name not in self._guards:
            self._guards[provider.name] = Guard(
                provider.name,
                partial(provider_keys, self.settings, provider.name),
                self._breaker_store(),
                max_retries=provider.max_retries,
                timeout_s=provider.timeout_s,
                pause=self._pause,
            )
        return self._guards[provider.name]

    def _breaker_store(self) -> BreakerStore:
        if self._store is None:
            self._store = _make_store(self.settings)
        return self._store


_current: Registry | None = None


def registry() -> Registry:
    """The registry of the running function; a new one where the settings were read anew."""
    global _current
    settings = AISettings.from_env()
    if _current is None or _current.settings is not settings:
        _current = Registry(settings)
    return _current


@cache
def _builtin() -> ProviderSettings:
    offline = {"name": BUILTIN, "kind": "builtin", "models": [BUILTIN]}
    return ProviderSettings.model_validate(offline)


def _openai(provider: ProviderSettings) -> Any:
    from shared.ai.openai_compatible import OpenAICompatible  # httpx: 90 ms of imports

    return OpenAICompatible(
        provider.name,
        provider.base_url,
        silence_s=provider.timeout_s,
        max_tokens_field=provider.answer_limit_field,
        fixed_sampling={model.id for model in provider.models if not model.sampling},
    )


def _make_store(settings: AISettings) -> BreakerStore:
    if not settings.limits_table:
        return MemoryBreakerStore()
    from shared.data.breakers import TableBreakerStore

    return TableBreakerStore()


def _listed(provider: ProviderSettings, model: Model) -> ListedModel:
    return ListedModel(model.id, provider.name, model.kind, model.context, _prices(model))


def _prices(model: Model) -> dict[str, Any] | None:
    if model.media:
        each = {"unit": model.media.unit, "each": str(model.media.price)}
        return {"currency": model.currency, "version": price_version(), **each}
    if not model.rates:
        return None
    tiers = [
        {
            "up_to": rate.up_to,
            "input": str(rate.input),
            "cached_input": str(rate.cached_input),
            "output": str(rate.output),
        }
        for rate in model.rates
    ]
    first = {name: tiers[0][name] for name in ("input", "cached_input", "output")}
    prices = {"currency": model.currency, "per_tokens": 1_000_000, "version": price_version()}
    return {**prices, **first, "tiers": tiers} if len(tiers) > 1 else {**prices, **first}
