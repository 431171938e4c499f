"""Puts the demo data in once; what was deleted or changed later is left as it is."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.aws import LocalAws
from infra.local.demo.accounts import sign_in_admin, sign_in_user
from infra.local.demo.client import ApiClient, DemoError
from infra.local.demo.code import flow_access
from infra.local.demo.contents import ensure_documents, ensure_knowledge_base, ensure_roles
from infra.local.instance import Instance

_CONTENT = Path(__file__).parent / "content.toml"
# Kept beside the data, in the emulated AWS: it is lost when they are.
_MARK = "/rolecraft/local/demo"


@dataclass(frozen=True)
class Account:
    email: str
    password: str


@dataclass(frozen=True)
class DemoAccounts:
    admin: Account
    user: Account


def seed(
    instance: Instance, aws: LocalAws, default_model: str, admin_token: str, notes: list[str]
) -> DemoAccounts:
    """`notes` gets what was added. Raises DemoError."""
    content = tomllib.loads(_CONTENT.read_text())
    content["admin"]["email"] = instance.admin_email
    wanted = hashlib.sha256(f"{json.dumps(content)} {default_model}".encode()).hexdigest()
    present = _read_mark(aws)
    if present == wanted:
        notes.append("unchanged")
    else:
        try:
            _fill(instance, aws, content, default_model, notes)
        except DemoError as error:
            if not (present and error.is_refusal):
                raise
            # It was complete once: whoever changed an account or an object since meant it.
            notes.append(f"left as it is: {str(error).splitlines()[0]}")
        aws.client("ssm").put_parameter(Name=_MARK, Value=wanted, Type="String", Overwrite=True)
    accounts = DemoAccounts(
        *(Account(content[who]["email"], content[who]["password"]) for who in ("admin", "user"))
    )
    flow = flow_access(instance, admin_token, content["code"], notes)
    _write_demo_file(instance, accounts, flow)
    return accounts


def _read_mark(aws: LocalAws) -> str | None:
    ssm = aws.client("ssm")
    try:
        return str(ssm.get_parameter(Name=_MARK)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return None


def _fill(
    instance: Instance,
    aws: LocalAws,
    content: dict[str, Any],
    default_model: str,
    notes: list[str],
) -> None:
    client = ApiClient(f"http://127.0.0.1:{instance.port}")
    try:
        sign_in_admin(aws, client, content["admin"])
        sign_in_user(client, content["user"])
        base_id = ensure_knowledge_base(client, content["knowledge_base"], notes)
        ensure_documents(client, content["documents"], base_id, notes)
        ensure_roles(client, content["roles"], base_id, default_model, notes)
    finally:
        client.close()


def _write_demo_file(instance: Instance, accounts: DemoAccounts, flow: dict[str, str]) -> None:
    """Contract identity.md, administration of users; `flow_access_token` runs code blocks."""
    demo = {"base_url": instance.url, **asdict(accounts), **flow}
    instance.demo_file.write_text(json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
