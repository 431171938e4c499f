"""The demo accounts: an administrator and a user."""

import json

from infra.local.aws import LocalAws
from infra.local.demo.client import ApiClient, ApiError, DemoError

_UNAUTHORIZED = 401
_IDENTITY = "rolecraft-local-identity"


class PasswordChangedError(DemoError):
    is_refusal = True

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} has another password now.", f"{email} 的密码已被修改。")


def sign_in_admin(aws: LocalAws, client: ApiClient, admin: dict[str, str]) -> None:
    """Operators make the first admin by invoking identity: no HTTP request can."""
    if _log_in(client, admin) and "admin" in client.get("/api/v1/users/me")["roles"]:
        return
    payload = json.dumps({"bootstrap_admin": admin})
    answer = aws.client("lambda").invoke(FunctionName=_IDENTITY, Payload=payload)
    text = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise DemoError(f"The demo admin could not be made: {text}", "无法创建演示管理员。")
    if not _log_in(client, admin):
        raise PasswordChangedError(admin["email"])


def sign_in_user(client: ApiClient, account: dict[str, str]) -> None:
    """Logs in, or registers when there is no such account."""
    if not _log_in(client, account):
        client.sign_in(client.post("/api/v1/auth/register", json=account)["access_token"])


def _log_in(client: ApiClient, account: dict[str, str]) -> bool:
    credentials = {key: account[key] for key in ("email", "password")}
    try:
        session = client.post("/api/v1/auth/login", json=credentials)
    except ApiError as error:
        if error.status != _UNAUTHORIZED:
            raise
        return False
    client.sign_in(session["access_token"])
    return True
