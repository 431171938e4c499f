"""Puts the demo data in, or finds it there: a second run only reads."""

import json
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.aws import LocalAws
from infra.local.demo.client import ApiClient, ApiError
from infra.local.errors import LocalRunError
from infra.local.instance import Instance

_FOLDER = Path(__file__).parent
_POLL_SECONDS = 0.3
_PROCESSING_SECONDS = 180.0
_UNAUTHORIZED = 401
_IDENTITY = "rolecraft-local-identity"


@dataclass(frozen=True)
class Account:
    email: str
    password: str


@dataclass(frozen=True)
class DemoAccounts:
    admin: Account
    user: Account


def seed(instance: Instance, aws: LocalAws, default_model: str, notes: list[str]) -> DemoAccounts:
    """`notes` gets what was added. Raises LocalRunError."""
    content = tomllib.loads((_FOLDER / "content.toml").read_text())
    content["admin"]["email"] = instance.admin_email
    client = ApiClient(f"http://127.0.0.1:{instance.port}")
    try:
        _make_admin(aws, client, content["admin"])
        _enter(client, content["user"])
        base_id = _knowledge_base(client, content["knowledge_base"], notes)
        _documents(client, content["documents"], base_id, notes)
        _roles(client, content["roles"], base_id, default_model, notes)
    finally:
        client.close()
    accounts = DemoAccounts(
        *(Account(content[who]["email"], content[who]["password"]) for who in ("admin", "user"))
    )
    _write_demo_file(instance, accounts)
    return accounts


def _make_admin(aws: LocalAws, client: ApiClient, admin: dict[str, str]) -> None:
    """Operators make the first admin by invoking identity: no HTTP request can."""
    if _log_in(client, admin) and "admin" in client.get("/api/v1/users/me")["roles"]:
        return
    payload = json.dumps({"bootstrap_admin": admin})
    answer = aws.client("lambda").invoke(FunctionName=_IDENTITY, Payload=payload)
    text = answer["Payload"].read().decode()
    if "FunctionError" in answer or not _log_in(client, admin):
        raise LocalRunError(
            f"The demo admin {admin['email']} could not be made or has another password: {text}",
            f"无法创建演示管理员 {admin['email']}，或其密码已被修改。",
        )


def _enter(client: ApiClient, account: dict[str, str]) -> None:
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


def _knowledge_base(client: ApiClient, wanted: dict[str, str], notes: list[str]) -> str:
    for base in client.every("/api/v1/knowledge-bases"):
        if base["name"] == wanted["name"]:
            return str(base["id"])
    notes.append("knowledge base")
    return str(client.post("/api/v1/knowledge-bases", json=wanted)["id"])


def _documents(
    client: ApiClient, wanted: list[dict[str, str]], base_id: str, notes: list[str]
) -> None:
    present = {}
    for document in client.every("/api/v1/documents", knowledge_base_id=base_id):
        if document["status"] == "failed":  # by a fault that may be mended by now: once more
            client.delete(f"/api/v1/documents/{document['id']}")
        else:
            present[document["name"]] = document
    for document in wanted:
        name = document["file"]
        if name not in present:
            present[name] = _upload(client, document, base_id)
            notes.append(name)
        if present[name]["status"] != "completed":
            _wait_until_processed(client, str(present[name]["id"]))


def _upload(client: ApiClient, document: dict[str, str], base_id: str) -> dict[str, Any]:
    name = document["file"]
    content = (_FOLDER / "documents" / name).read_bytes()
    added: dict[str, Any] = client.post(
        "/api/v1/documents",
        data={"name": name, "knowledge_base_id": base_id},
        files={"file": (name, content, document["type"])},
    )
    return added


def _wait_until_processed(client: ApiClient, document_id: str) -> None:
    deadline = time.monotonic() + _PROCESSING_SECONDS
    while (document := client.get(f"/api/v1/documents/{document_id}"))["status"] != "completed":
        if document["status"] == "failed" or time.monotonic() > deadline:
            raise LocalRunError(
                f"The demo document {document['name']} is {document['status']}: "
                f"{document.get('error')}",
                f"演示文档 {document['name']} 未处理完成：{document['status']}。",
            )
        time.sleep(_POLL_SECONDS)


def _roles(
    client: ApiClient,
    wanted: list[dict[str, str]],
    base_id: str,
    default_model: str,
    notes: list[str],
) -> None:
    present = {role["name"]: role for role in client.every("/api/v1/roles")}
    usable = {model["id"] for model in client.get("/api/v1/models")["items"]}
    for role in wanted:
        settings = {"model": default_model}
        if role["name"] not in present:
            body = {**role, "knowledge_bases": [base_id], "model_config": settings}
            client.post("/api/v1/roles", json=body)
            notes.append(role["name"])
            continue
        there = present[role["name"]]
        # The provider was switched on or off since: the demo answers by what is configured.
        if _model_of(client, there["id"]) not in usable - {"builtin"} | {default_model}:
            client.put(f"/api/v1/roles/{there['id']}", {"model_config": settings})
            notes.append(f"{role['name']} now on {default_model}")


def _model_of(client: ApiClient, role_id: str) -> str:
    role: dict[str, Any] = client.get(f"/api/v1/roles/{role_id}")
    return str(role["model_config"]["model"])


def _write_demo_file(instance: Instance, accounts: DemoAccounts) -> None:
    """Contract identity.md, administration of users. No service takes a flow token yet."""
    demo = {"base_url": instance.url, **asdict(accounts), "flow_admin_token": ""}
    instance.demo_file.write_text(json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
