"""Puts the demo data in, or finds it there: a second run only reads."""

import json
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.demo.client import ApiClient, ApiError
from infra.local.errors import LocalRunError
from infra.local.instance import Instance

_FOLDER = Path(__file__).parent
_POLL_SECONDS = 0.3
_PROCESSING_SECONDS = 180.0
_UNAUTHORIZED = 401


@dataclass(frozen=True)
class Account:
    email: str
    password: str


@dataclass(frozen=True)
class DemoAccounts:
    admin: Account
    user: Account


def seed(instance: Instance, default_model: str, notes: list[str]) -> DemoAccounts:
    """`notes` gets what was added. Raises LocalRunError."""
    content = tomllib.loads((_FOLDER / "content.toml").read_text())
    content["admin"]["email"] = instance.admin_email
    client = ApiClient(f"http://127.0.0.1:{instance.port}")
    try:
        _sign_up_admin(client, content["admin"])
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


def _sign_up_admin(client: ApiClient, admin: dict[str, str]) -> None:
    """The deployment's ADMIN_EMAIL makes this account an administrator."""
    _enter(client, admin)
    roles = client.get("/api/v1/users/me")["roles"]
    if "admin" not in roles:
        raise LocalRunError(
            f"{admin['email']} is not an administrator (roles: {roles}).",
            f"{admin['email']} 不是管理员。",
        )


def _enter(client: ApiClient, account: dict[str, str]) -> None:
    """Registers, or logs in when the account is there."""
    credentials = {key: account[key] for key in ("email", "password")}
    try:
        session = client.post("/api/v1/auth/login", json=credentials)
    except ApiError as error:
        if error.status != _UNAUTHORIZED:
            raise
        body = {**credentials, "name": account["name"]}
        session = client.post("/api/v1/auth/register", json=body)
    client.sign_in(session["access_token"])


def _knowledge_base(client: ApiClient, wanted: dict[str, str], notes: list[str]) -> str:
    for base in client.every("/api/v1/knowledge-bases"):
        if base["name"] == wanted["name"]:
            return str(base["id"])
    notes.append("knowledge base")
    return str(client.post("/api/v1/knowledge-bases", json=wanted)["id"])


def _documents(
    client: ApiClient, wanted: list[dict[str, str]], base_id: str, notes: list[str]
) -> None:
    present = client.every("/api/v1/documents", knowledge_base_id=base_id)
    names = {document["name"] for document in present}
    pending = [str(d["id"]) for d in present if d["status"] == "processing"]
    for document in wanted:
        if document["file"] in names:
            continue
        content = (_FOLDER / "documents" / document["file"]).read_bytes()
        added = client.post(
            "/api/v1/documents",
            data={"name": document["file"], "knowledge_base_id": base_id},
            files={"file": (document["file"], content, document["type"])},
        )
        pending.append(str(added["id"]))
        notes.append(document["file"])
    for document_id in pending:
        _wait_until_processed(client, document_id)


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
