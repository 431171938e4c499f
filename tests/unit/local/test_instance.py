"""What the environment asks of a local run."""

from pathlib import Path

import pytest

from infra.local.errors import LocalRunError
from infra.local.instance import instance_from
from infra.local.ports import Ports
from infra.local.providers import chosen_models, configured_providers

PORTS = Ports(
    gateway=8080,
    emulator=8081,
    chat_stream=8082,
    models=8083,
    ark=8084,
    volcengine=8085,
    wechatpay=9,
)


def test_defaults() -> None:
    instance = instance_from({}, Path("/project"))
    assert instance.url == "http://localhost:8080"
    assert instance.demo_file == Path("/project/.rolecraft/demo.json")


def test_second_instance_has_its_own_state() -> None:
    instance = instance_from({"PORT": "9080", "STATE": ".rolecraft-9080"}, Path("/project"))
    assert instance.url == "http://localhost:9080"
    assert instance.lock_file == Path("/project/.rolecraft-9080/lock")


@pytest.mark.parametrize("hosts", ["localhost:9443", "[]", '{"localhost:9443": 1}'])
def test_trusted_hosts_are_an_object_of_certificates(hosts: str) -> None:
    with pytest.raises(LocalRunError, match="TRUSTED_HOSTS"):
        instance_from({"TRUSTED_HOSTS": hosts})


def test_no_private_host_is_trusted_unless_it_is_named() -> None:
    assert (
        instance_from({}).trusted_hosts
        == instance_from({"TRUSTED_HOSTS": ""}).trusted_hosts
        == "{}"
    )
    named = '{"localhost:9443": "PEM"}'
    assert instance_from({"TRUSTED_HOSTS": named}).trusted_hosts == named


@pytest.mark.parametrize("port", ["0", "65536", "80a", "-1", "八"])
def test_bad_port_is_named(port: str) -> None:
    with pytest.raises(LocalRunError, match="PORT"):
        instance_from({"PORT": port})


def test_without_settings_only_the_builtin_model_answers() -> None:
    providers = configured_providers(instance_from({}), PORTS)
    assert providers.default_model == "builtin"
    assert {each["name"] for each in providers.settings} == {"ark", "volcengine"}


def test_key_goes_into_the_secret_and_never_into_variables() -> None:
    environment = {
        "OPENAI_BASE_URL": "https://models.example/v1/",
        "OPENAI_API_KEY": "sk-very-secret",
        "OPENAI_MODELS": "small, large",
    }
    providers = configured_providers(instance_from(environment), PORTS)
    assert providers.keys["openai"] == "sk-very-secret"
    assert providers.default_model == "small"
    setting = providers.settings[0]
    assert setting["base_url"] == "https://models.example/v1"
    assert setting["models"] == ["small", "large"]
    assert "sk-very-secret" not in str(providers.variables)


def test_server_without_a_key_is_asked_without_one() -> None:
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "OPENAI_MODELS": "llama"}
    providers = configured_providers(instance_from(environment), PORTS)
    assert providers.settings[0]["keyless"] is True
    assert "openai" not in providers.keys


def test_known_chat_models_come_first_and_what_does_not_chat_is_left_out() -> None:
    offered = ["whisper-1", "own-chat", "gpt-4o-mini", "dall-e-3", "text-embedding-3-small"]
    assert chosen_models([*offered, "own-embedding"]) == [
        "gpt-4o-mini",
        "own-chat",
        "text-embedding-3-small",
        {"id": "own-embedding", "kind": "embedding"},
    ]


def test_provider_without_a_chat_model_is_refused() -> None:
    environment = {"OPENAI_API_KEY": "k", "OPENAI_MODELS": "text-embedding-3-small"}
    with pytest.raises(LocalRunError, match="offers no chat model"):
        configured_providers(instance_from(environment), PORTS)


def test_own_simulator_is_a_provider_when_asked_for() -> None:
    providers = configured_providers(instance_from({"OPENAI_BASE_URL": "simulator"}), PORTS)
    assert providers.settings[0]["base_url"] == "http://127.0.0.1:8083/v1"
    assert providers.default_model == "sim"
    assert providers.keys
