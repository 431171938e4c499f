"""What the demo user has: a knowledge base with documents, and roles that know it."""

import time
from pathlib import Path
from typing import Any

from infra.local.demo.client import ApiClient
from infra.local.errors import LocalRunError

DOCUMENTS = Path(__file__).parent / "documents"
_POLL_SECONDS = 0.3
_PROCESSING_SECONDS = 180.0


def ensure_knowledge_base(client: ApiClient, wanted: dict[str, str], notes: list[str]) -> str:
    for base in client.every("/api/v1/knowledge-bases"):
        if base["name"] == wanted["name"]:
            return str(base["id"])
    notes.append("knowledge base")
    return str(client.post("/api/v1/knowledge-bases", json=wanted)["id"])


def ensure_documents(
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
    content = (DOCUMENTS / name).read_bytes()
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


def ensure_roles(
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
