"""What a workspace refers to and does not own: company, role, knowledge bases."""

from collections.abc import Sequence

from shared.core import ids
from shared.data.knowledge_bases import find_existing
from shared.data.roles import find_role
from shared.workspaces.errors import unknown_reference


def check_company_id(company_id: str) -> None:
    """Let the form of an id pass; the write demands that the company is the owner's and there.

    Raises InvalidRequest (companyId).
    """
    if not ids.is_id("company", company_id):
        raise unknown_reference("companyId")


def check_role(owner_id: str, role_id: str | None) -> None:
    """Let a role pass that the owner may use. Raises InvalidRequest (roleId)."""
    if role_id is None:
        return
    role = find_role(role_id) if ids.is_id("role", role_id) else None
    if role is None or not (role.is_public or role.owner_id == owner_id):
        raise unknown_reference("roleId")


def check_knowledge_bases(owner_id: str, wanted: Sequence[str]) -> None:
    """Let the owner's knowledge bases pass. Raises InvalidRequest (knowledgeBaseIds)."""
    possible = [each for each in wanted if ids.is_id("kb", each)]
    if wanted and find_existing(owner_id, possible) != set(wanted):
        raise unknown_reference("knowledgeBaseIds")
