"""The administrator of code tokens, and a token that runs code blocks."""

import json
from typing import Any

from infra.local.aws import LocalAws
from infra.local.demo.client import ApiClient
from infra.local.instance import Instance

_ADMIN_CHARACTERS = 64


def flow_admin_token(aws: LocalAws, secret: str) -> str:
    """What the secret's key in use begins with (docs/code-block-api.md)."""
    answer = aws.client("secretsmanager").get_secret_value(SecretId=secret)
    held = json.loads(answer["SecretString"])
    return str(held[held["current"]])[:_ADMIN_CHARACTERS]


def flow_access(
    instance: Instance, admin_token: str, wanted: dict[str, Any], notes: list[str]
) -> dict[str, str]:
    """Admin token and the demo's own token, which is made where it is missing."""
    client = ApiClient(f"http://127.0.0.1:{instance.port}")
    try:
        client.sign_in(admin_token)
        found = client.get("/flow/tokens", ws_id=wanted["ws_id"], email=wanted["email"])
        if not found:
            notes.append("code token")
            found = [client.post("/flow/tokens", json=wanted)]
    finally:
        client.close()
    return {"flow_admin_token": admin_token, "flow_access_token": found[0]["access_token"]}
