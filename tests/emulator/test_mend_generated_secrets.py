"""Secrets a template asks to be generated."""

import json
import string
from typing import Any

from tests.emulator.support import RunningEmulator


def secret(**options: Any) -> dict[str, Any]:
    return {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": options}}


def test_generated_values_follow_their_options(emulator: RunningEmulator) -> None:
    ids = emulator.deploy(
        {
            "Plain": secret(PasswordLength=64, ExcludePunctuation=True),
            "InJson": secret(
                SecretStringTemplate='{"current": "k1"}',
                GenerateStringKey="k1",
                PasswordLength=48,
                ExcludePunctuation=True,
            ),
            "Digits": secret(
                PasswordLength=6,
                ExcludePunctuation=True,
                ExcludeLowercase=True,
                ExcludeUppercase=True,
                ExcludeCharacters="0",
            ),
        }
    )
    manager = emulator.client("secretsmanager")
    plain, in_json, digits = (
        manager.get_secret_value(SecretId=ids[key])["SecretString"]
        for key in ("Plain", "InJson", "Digits")
    )
    assert len(plain) == 64
    assert set(plain) <= set(string.ascii_letters + string.digits)
    assert json.loads(in_json)["current"] == "k1"
    assert len(json.loads(in_json)["k1"]) == 48
    assert len(digits) == 6
    assert set(digits) <= set("123456789")
