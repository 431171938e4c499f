"""Real model providers: what the environment says becomes PROVIDERS and the keys' secret."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from infra.local.errors import LocalRunError
from infra.local.instance import Instance

OPENAI_URL = "https://api.openai.com/v1"
BUILTIN_MODEL = "builtin"
_NAME = "openai"
_SECONDS = 10.0


@dataclass(frozen=True)
class Providers:
    """`settings` is the PROVIDERS variable as data; `keys` go into the secret only."""

    settings: list[dict[str, Any]]
    keys: dict[str, str]
    default_model: str

    @property
    def variables(self) -> dict[str, str]:
        return {
            "PROVIDERS": json.dumps(self.settings, ensure_ascii=False),
            "DEFAULT_MODEL": self.default_model,
        }


def configured_providers(instance: Instance) -> Providers:
    """Only the builtin model unless OPENAI_BASE_URL or OPENAI_API_KEY is set."""
    if not (instance.openai_base_url or instance.openai_api_key):
        return Providers([], {}, BUILTIN_MODEL)
    base_url = instance.openai_base_url or OPENAI_URL
    key = instance.openai_api_key
    models = list(instance.openai_models or _offered_models(base_url, key))
    if not models:
        raise LocalRunError(
            f"{base_url} offers no model: name one in OPENAI_MODELS.",
            f"{base_url} 没有返回任何模型：请用 OPENAI_MODELS 指定。",
        )
    settings: dict[str, Any] = {
        "name": _NAME,
        "kind": "openai-compatible",
        "base_url": base_url,
        "models": models,
    }
    if not key:
        settings["keyless"] = True
    return Providers([settings], {_NAME: key} if key else {}, models[0])


def store_keys(secrets: Any, secret_id: str, keys: dict[str, str]) -> None:
    """Writes the secret when it says something else."""
    wanted = json.dumps(keys)
    try:
        present = secrets.get_secret_value(SecretId=secret_id)["SecretString"]
    except secrets.exceptions.ResourceNotFoundException:
        present = None
    if present != wanted:
        secrets.put_secret_value(SecretId=secret_id, SecretString=wanted)


def _offered_models(base_url: str, key: str) -> list[str]:
    request = urllib.request.Request(f"{base_url}/models")  # noqa: S310 - the user's own address
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            listed = json.load(answer)["data"]
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        raise LocalRunError(
            f"The models of {base_url} could not be listed ({error}): set OPENAI_MODELS, "
            "or unset OPENAI_BASE_URL and OPENAI_API_KEY.",
            f"无法列出 {base_url} 的模型（{error}）：请设置 OPENAI_MODELS，"
            "或取消 OPENAI_BASE_URL 和 OPENAI_API_KEY。",
        ) from error
    return [str(model["id"]) for model in listed]
