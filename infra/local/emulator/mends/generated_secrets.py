"""GenerateSecretString: real randomness, and the options the emulator passes over."""

import json
import secrets
import string
from typing import Any

from ministack.services.cloudformation import provisioners

from infra.local.emulator.mends.provisioning import is_true

_DEFAULT_LENGTH = 32
_CLASSES = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


def apply() -> None:
    provisioners._sm_secret_string = _secret_string


def _secret_string(properties: dict[str, Any]) -> str:
    options = properties.get("GenerateSecretString")
    if properties.get("SecretString") or not options:
        return str(properties.get("SecretString", ""))
    password = _password(options)
    if "SecretStringTemplate" not in options:
        return password
    fields = json.loads(options["SecretStringTemplate"])
    fields[options["GenerateStringKey"]] = password
    return json.dumps(fields)


def _password(options: dict[str, Any]) -> str:
    excluded = set(options.get("ExcludeCharacters", ""))
    classes = [
        [char for char in chars if char not in excluded]
        for name, chars in _CLASSES.items()
        if not is_true(options.get(name))
    ]
    if is_true(options.get("IncludeSpace")) and " " not in excluded:
        classes.append([" "])
    usable = [chars for chars in classes if chars]
    length = int(options.get("PasswordLength", _DEFAULT_LENGTH))
    picked: list[str] = []
    # AWS puts one of every allowed class in unless told not to.
    if is_true(options.get("RequireEachIncludedType", True)):
        picked = [secrets.choice(chars) for chars in usable]
    everything = [char for chars in usable for char in chars]
    picked += [secrets.choice(everything) for _ in range(length - len(picked))]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked[:length])
