"""Who makes pictures in a local run: simulators, or the services whose keys are set."""

import json

import pytest

from infra.local.errors import LocalRunError
from infra.local.instance import instance_from
from infra.local.ports import Ports
from infra.local.providers import Providers, configured_providers
from shared.ai.registry import Registry
from shared.ai.settings import AISettings
from shared.media.registry import DEFAULT_IMAGE_MODEL, DEFAULT_PHOTO_MODEL
from shared.tasks.types.video import DEFAULT_VIDEO_MODEL

PORTS = Ports(gateway=1, emulator=2, chat_stream=3, models=4, ark=5, volcengine=6, wechatpay=9)
KEYS = {"VOLCENGINE_ACCESS_KEY": "AKLTreal", "VOLCENGINE_SECRET_KEY": "real-secret"}


def providers(**environment: str) -> Providers:
    return configured_providers(instance_from(environment), PORTS)


def registry(found: Providers) -> Registry:
    return Registry(AISettings.model_validate({"providers": json.dumps(found.settings)}))


def test_without_keys_both_simulators_serve() -> None:
    found = providers()
    addresses = {each["name"]: each["base_url"] for each in found.settings}
    assert addresses == {
        "ark": "http://127.0.0.1:5/api/v3",
        "volcengine": "http://127.0.0.1:6",
    }
    assert {*found.keys} == {"ark", "volcengine"}


def test_every_configured_model_is_one_the_data_file_knows() -> None:
    for provider in registry(providers()).settings.providers:
        for model in provider.models:
            assert model.kind in ("image", "video"), model.id
            assert model.media is not None


@pytest.mark.parametrize(
    ("environment", "name", "key"),
    [
        ({"ARK_API_KEY": "ark-real"}, "ark", "ark-real"),
        (KEYS, "volcengine", "AKLTreal:real-secret"),
    ],
)
def test_a_key_means_its_service_at_its_own_address_and_no_simulator(
    environment: dict[str, str], name: str, key: str
) -> None:
    found = providers(**environment)
    (setting,) = found.settings
    assert setting["name"] == name
    assert "base_url" not in setting
    assert found.keys == {name: key}
    assert key not in str(found.variables)
    assert registry(found).find(DEFAULT_IMAGE_MODEL)[0].name == name


DEFAULTS = [DEFAULT_IMAGE_MODEL, DEFAULT_PHOTO_MODEL, DEFAULT_VIDEO_MODEL]


@pytest.mark.parametrize(
    ("environment", "upstream"),
    [
        (KEYS, ["jimeng_t2i_v30", "jimeng_t2i_v40", "jimeng_i2v_first_v30"]),
        (
            {"ARK_API_KEY": "ark-real"},
            [
                "doubao-seedream-3-0-t2i-250415",
                "doubao-seedream-4-0-250828",
                "doubao-seedance-1-0-pro-250528",
            ],
        ),
    ],
)
def test_the_key_of_one_service_serves_every_default(
    environment: dict[str, str], upstream: list[str]
) -> None:
    models = registry(providers(**environment))
    found = [models.find(default)[1].media for default in DEFAULTS]
    assert [media.upstream for media in found if media] == upstream


def test_with_both_keys_the_default_model_is_arks() -> None:
    found = providers(ARK_API_KEY="ark-real", **KEYS)
    assert {*found.keys} == {"ark", "volcengine"}
    assert registry(found).find(DEFAULT_IMAGE_MODEL)[0].name == "ark"


def test_half_a_pair_of_keys_is_refused() -> None:
    with pytest.raises(LocalRunError, match="belong together"):
        providers(VOLCENGINE_ACCESS_KEY="AKLTreal")


def test_pictures_and_chat_are_configured_side_by_side() -> None:
    found = providers(OPENAI_API_KEY="k", OPENAI_MODELS="gpt-4o-mini")
    assert [each["name"] for each in found.settings] == ["openai", "ark", "volcengine"]
    assert found.default_model == "gpt-4o-mini"
