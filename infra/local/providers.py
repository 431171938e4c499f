"""Providers of models: what the environment says becomes PROVIDERS and the keys' secret."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.catalogue import model_entries
from infra.local.errors import LocalRunError
from infra.local.instance import Instance
from infra.local.media import media_providers
from infra.local.ports import Ports
from infra.local.simulators.openai.server import DEFAULT_KEYS as SIMULATOR_KEYS
from infra.local.simulators.openai.server import MODELS as SIMULATOR_MODELS

OPENAI_URL = "https://api.openai.com/v1"
BUILTIN_MODEL = "builtin"
_EMBEDDING = re.compile(r"embed", re.IGNORECASE)
_OTHER_WORK = re.compile(
    r"whisper|tts|dall-e|image|audio|realtime|transcri|moderation|sora|davinci|babbage|rerank",
    re.IGNORECASE,
)
_NAME = "openai"
_SIMULATOR = "simulator"
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


def configured_providers(instance: Instance, ports: Ports) -> Providers:
    """Chat by the builtin model unless OPENAI_BASE_URL or OPENAI_API_KEY is set.

    `OPENAI_BASE_URL=simulator` is the run's own simulator of the protocol. Pictures and videos
    are the simulators' unless ARK_API_KEY or VOLCENGINE_ACCESS_KEY is set.
    """
    chat = _chat_providers(instance, ports)
    settings, keys = media_providers(instance, ports)
    return Providers([*chat.settings, *settings], {**chat.keys, **keys}, chat.default_model)


def _chat_providers(instance: Instance, ports: Ports) -> Providers:
    if instance.openai_base_url == _SIMULATOR:
        address = f"http://127.0.0.1:{ports.models}/v1"
        return _openai(address, SIMULATOR_KEYS[0], instance.openai_models or SIMULATOR_MODELS)
    if not (instance.openai_base_url or instance.openai_api_key):
        return Providers([], {}, BUILTIN_MODEL)
    base_url = instance.openai_base_url or OPENAI_URL
    key = instance.openai_api_key
    return _openai(base_url, key, instance.openai_models or _offered_models(base_url, key))


def _openai(base_url: str, key: str, names: Iterable[str]) -> Providers:
    models = chosen_models(names)
    default = models[0] if models else None
    if not isinstance(default, str) or _EMBEDDING.search(default):
        raise LocalRunError(
            f"{base_url} offers no chat model: name one in OPENAI_MODELS.",
            f"{base_url} 没有可用的对话模型：请用 OPENAI_MODELS 指定。",
        )
    settings: dict[str, Any] = {
        "name": _NAME,
        "kind": "openai-compatible",
        "base_url": base_url,
        "models": models,
    }
    if not key:
        settings["keyless"] = True
    return Providers([settings], {_NAME: key} if key else {}, default)


def chosen_models(names: Iterable[str]) -> list[str | dict[str, str]]:
    """Chat models by name, those with a known price first, then embedding models.

    A provider's list names everything it has; what neither chats nor embeds is left out.
    """
    kinds = {name: entry["kind"] for name, entry in model_entries().items()}
    chat: list[str] = []
    embedding: list[str | dict[str, str]] = []
    for name in names:
        if _EMBEDDING.search(name):
            known = name in kinds
            embedding.append(name if known else {"id": name, "kind": "embedding"})
        elif kinds.get(name) == "chat" or not _OTHER_WORK.search(name):
            chat.append(name)
    return [*sorted(chat, key=lambda name: name not in kinds), *embedding]


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
