"""Providers of pictures and videos: the real services where keys are given, else simulators."""

from typing import Any

from infra.local.catalogue import model_entries
from infra.local.errors import LocalRunError
from infra.local.instance import Instance
from infra.local.ports import Ports
from infra.local.simulators.ark.server import DEFAULT_KEY as ARK_SIMULATOR_KEY
from infra.local.simulators.volcengine.server import DEFAULT_KEY as VOLCENGINE_SIMULATOR_KEY

ARK, VOLCENGINE = "ark", "volcengine"
# The defaults of the routes for pictures, photos and videos (shared/media/registry.py).
DEFAULT_IMAGE_MODEL = "doubao-seedream-3.0-t2i"
DEFAULT_PHOTO_MODEL = "jimeng-t2i-4.0"
DEFAULT_VIDEO_MODEL = "doubao-seedance-1.0-pro"
ARK_MODELS = (
    DEFAULT_IMAGE_MODEL,
    "doubao-seedream-4.0",
    "doubao-seedream-4.5",
    DEFAULT_VIDEO_MODEL,
    "doubao-seedance-2.0",
)
VOLCENGINE_MODELS = (
    "jimeng-t2i-3.0",
    "jimeng-t2i-3.1",
    "jimeng-i2i-3.0",
    DEFAULT_PHOTO_MODEL,
    "jimeng-i2v-3.0",
)
# With the key of one service only, it serves every default: the pictures' models are the same
# Seedream 3.0 and 4.0 under the names they have there, the video's is the nearest one.
_AT_VOLCENGINE = {DEFAULT_IMAGE_MODEL: "jimeng-t2i-3.0", DEFAULT_VIDEO_MODEL: "jimeng-i2v-3.0"}
_AT_ARK = {DEFAULT_PHOTO_MODEL: "doubao-seedream-4.0"}


def media_providers(
    instance: Instance, ports: Ports
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Entries of PROVIDERS, and their keys for the secret.

    With a key of one service only that one is configured: nobody who pays for real pictures is
    given drawn ones.

    Raises:
        LocalRunError: one of the two Volcengine keys is missing.
    """
    volcengine_key = _volcengine_key(instance)
    if not (instance.ark_api_key or volcengine_key):
        return _simulators(ports)
    settings: list[dict[str, Any]] = []
    keys: dict[str, str] = {}
    if instance.ark_api_key:
        settings.append(_ark({} if volcengine_key else _AT_ARK))
        keys[ARK] = instance.ark_api_key
    if volcengine_key:
        settings.append(_volcengine({} if instance.ark_api_key else _AT_VOLCENGINE))
        keys[VOLCENGINE] = volcengine_key
    return settings, keys


def _simulators(ports: Ports) -> tuple[list[dict[str, Any]], dict[str, str]]:
    ark = {**_ark({}), "base_url": f"http://127.0.0.1:{ports.ark}/api/v3"}
    volcengine = {**_volcengine({}), "base_url": f"http://127.0.0.1:{ports.volcengine}"}
    return [ark, volcengine], {ARK: ARK_SIMULATOR_KEY, VOLCENGINE: VOLCENGINE_SIMULATOR_KEY}


def _ark(stand_ins: dict[str, str]) -> dict[str, Any]:
    return {"name": ARK, "kind": ARK, "models": [*ARK_MODELS, *_under(stand_ins)]}


def _volcengine(stand_ins: dict[str, str]) -> dict[str, Any]:
    models = [*VOLCENGINE_MODELS, *_under(stand_ins)]
    return {"name": VOLCENGINE, "kind": VOLCENGINE, "models": models}


def _under(stand_ins: dict[str, str]) -> list[dict[str, Any]]:
    """Models under the ids of those they stand in for."""
    return [{**model_entries()[model], "id": name} for name, model in stand_ins.items()]


def _volcengine_key(instance: Instance) -> str:
    pair = (instance.volcengine_access_key, instance.volcengine_secret_key)
    if any(pair) and not all(pair):
        raise LocalRunError(
            "VOLCENGINE_ACCESS_KEY and VOLCENGINE_SECRET_KEY belong together: set both or none.",
            "VOLCENGINE_ACCESS_KEY 和 VOLCENGINE_SECRET_KEY 必须同时设置，或都不设置。",
        )
    return ":".join(pair) if all(pair) else ""
