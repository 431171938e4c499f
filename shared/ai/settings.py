"""Which providers are configured (`PROVIDERS`) and their keys (`PROVIDERS_SECRET_ARN`).

`PROVIDERS` is a JSON list without secrets, e.g.

    [{"name": "deepseek", "kind": "openai-compatible", "base_url": "https://api.deepseek.com",
      "models": ["deepseek-flash", {"id": "own", "kind": "embedding", "context": 8000}]}]

A model is an id of the data file, or an object in that file's form for one it does not list.
The secret is `{"<provider name>": "<key>"}`; several keys of one provider are parted by commas.
A key of kind `volcengine` is `<access key id>:<secret access key>`.
"""

from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Json, field_validator, model_validator

from shared.ai.catalog import Model, find_model, read_model
from shared.aws.secrets import kept_secret, read_secret
from shared.core.settings import Settings
from shared.core.threads import in_thread

ProviderKind = Literal["openai-compatible", "bedrock", "builtin", "ark", "volcengine"]
# Of pictures and videos; without a base_url the service's own address is used.
MEDIA_KINDS = frozenset({"ark", "volcengine"})
_RETIRED_MAX_TOKENS = "api.openai.com"


class ProviderSettings(BaseModel):
    """One provider.

    `timeout_s` limits each attempt: a whole answer, or the silence within a stream.
    `keyless` servers (Ollama) are asked without a key; the others need one in the secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    kind: ProviderKind
    base_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    models: tuple[Model, ...] = ()
    keyless: bool = False
    timeout_s: float = Field(default=30.0, gt=0, le=600)
    max_retries: int = Field(default=1, ge=0, le=5)
    max_tokens_field: Literal["max_tokens", "max_completion_tokens", ""] = ""
    embedding_batch: int = Field(default=64, ge=1, le=2048)

    @field_validator("models", mode="before")
    @classmethod
    def _known_models(cls, entries: Any) -> Any:
        if not isinstance(entries, list):
            return entries
        return tuple(_to_model(entry) for entry in entries)

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        if self.kind == "openai-compatible" and not self.base_url:
            raise ValueError("an openai-compatible provider needs a base_url")
        return self

    @cached_property
    def answer_limit_field(self) -> str:
        """The request's field for the limit; OpenAI itself retired `max_tokens`."""
        if self.max_tokens_field:
            return self.max_tokens_field
        retired = _RETIRED_MAX_TOKENS in self.base_url
        return "max_completion_tokens" if retired else "max_tokens"


class AISettings(Settings):
    """The providers of the running function."""

    providers: Json[tuple[ProviderSettings, ...]] = ()
    providers_secret_arn: str = ""
    default_model: str = "builtin"
    limits_table: str = ""


async def provider_keys(settings: AISettings, name: str) -> tuple[str, ...]:
    """The keys of a provider, as the secret has them now (kept in memory for five minutes)."""
    if not settings.providers_secret_arn:
        return ()
    arn = settings.providers_secret_arn
    secret = kept_secret(arn)
    if secret is None:
        secret = await in_thread(read_secret, arn)
    return tuple(key.strip() for key in secret.get(name, "").split(",") if key.strip())


def _to_model(entry: Any) -> Model:
    """The model of a settings entry.

    A plain id the data file does not list is a model without prices, with a small window; its
    kind is read off its name, since servers list their models without saying it.
    """
    if isinstance(entry, str):
        return find_model(entry) or Model(entry, "embedding" if "embed" in entry else "chat")
    try:
        return read_model(entry)
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError("a model needs an id, and prices as decimal texts") from error
