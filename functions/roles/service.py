"""What callers do with roles: own ones are changed, public ones read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from functions.roles.errors import RoleBusy, RoleNotFound, VersionNotFound
from functions.roles.etag import require_match
from functions.roles.references import (
    check_knowledge_bases,
    check_model,
    existing_knowledge_bases,
    is_usable_model,
)
from functions.roles.schemas import NewRole, RoleChange
from shared.core import clock, ids
from shared.data.changing import until_written
from shared.data.role_deletion import delete_whole_role
from shared.data.role_versions import find_version, find_versions, store_version
from shared.data.roles import (
    ModelConfig,
    Role,
    RoleCard,
    find_role,
    store_role,
    update_role,
)
from shared.data.transaction import ConditionFailed, Transaction
from shared.http.paging import Page, PageRequest


def create_role(owner_id: str, role_id: str, wanted: NewRole) -> Role:
    """Store a new role; where a repeat of the same call finds it stored, give that one."""
    settings = wanted.model_fields_given
    check_model(settings.model)
    check_knowledge_bases(owner_id, wanted.knowledge_bases)
    now = clock.iso_ms(clock.now())
    role = Role(
        id=role_id,
        owner_id=owner_id,
        name=wanted.name,
        description=wanted.description,
        avatar=wanted.avatar,
        category=wanted.category,
        system_prompt=wanted.system_prompt,
        welcome_message=wanted.welcome_message,
        model_config=ModelConfig(**settings.model_dump()),
        skills=tuple(wanted.skills),
        knowledge_bases=tuple(wanted.knowledge_bases),
        is_public=wanted.is_public,
        version=1,
        created_at=now,
        updated_at=now,
    )
    transaction = Transaction()
    store_role(transaction, role)
    try:
        transaction.commit()
    except ConditionFailed:
        return _own(owner_id, role_id)
    return role


def read_role(caller_id: str, role_id: str) -> Role:
    """One's own role, or anybody's public one."""
    role = _find(role_id)
    if role.owner_id != caller_id and not role.is_public:
        raise RoleNotFound
    return role


def change_role(owner_id: str, role_id: str, change: RoleChange, if_match: str | None) -> Role:
    """Set the given fields and leave the others, whoever changes those at the same time."""
    given = change.given()
    if "model" in given.get("model_config", {}):
        check_model(given["model_config"]["model"])
    check_knowledge_bases(owner_id, given.get("knowledge_bases", []))
    return _replace(owner_id, role_id, if_match, lambda role: _changed(role, given))


def restore_version(owner_id: str, role_id: str, number: int, if_match: str | None) -> Role:
    """Make an earlier version the newest; what it refers to and is gone by now is left out."""
    earlier = read_version(owner_id, role_id, number)
    existing = existing_knowledge_bases(owner_id, earlier.knowledge_bases)
    settings = earlier.model_config
    known = is_usable_model(settings.model)

    def restored(role: Role) -> Role:
        return replace(
            earlier,
            knowledge_bases=existing,
            model_config=settings if known else replace(settings, model=role.model_config.model),
            version=role.version,
            created_at=role.created_at,
            updated_at=role.updated_at,
        )

    return _replace(owner_id, role_id, if_match, restored)


def remove_role(owner_id: str, role_id: str, if_match: str | None) -> None:
    """Delete a role with all its versions."""

    def attempt() -> None:
        role = _own(owner_id, role_id)
        require_match(if_match, role.version)
        delete_whole_role(role)

    until_written(attempt, busy=RoleBusy)


def list_versions(owner_id: str, role_id: str, wanted: PageRequest) -> Page[RoleCard]:
    """Every version of one's own role, newest first."""
    if not ids.is_id("role", role_id):
        raise RoleNotFound
    versions = find_versions(role_id, wanted.end)
    present = next(versions, None)
    if present is None or present.owner_id != owner_id:
        raise RoleNotFound
    cards = [present, *(card for card, _ in zip(versions, range(wanted.end - 1), strict=False))]
    return Page.of(cards[wanted.start :], present.version, wanted)


def read_version(owner_id: str, role_id: str, number: int) -> Role:
    """One version of one's own role, with its prompt."""
    present = _own(owner_id, role_id)
    version = present if number == present.version else find_version(role_id, number)
    if version is None:
        raise VersionNotFound
    return version


def _find(role_id: str) -> Role:
    role = find_role(role_id) if ids.is_id("role", role_id) else None
    if role is None:
        raise RoleNotFound
    return role


def _own(owner_id: str, role_id: str) -> Role:
    role = _find(role_id)
    if role.owner_id != owner_id:
        raise RoleNotFound
    return role


def _changed(role: Role, given: dict[str, Any]) -> Role:
    values: dict[str, Any] = dict(given)
    for name in ("skills", "knowledge_bases"):
        if name in values:
            values[name] = tuple(values[name])
    if "model_config" in values:
        values["model_config"] = replace(role.model_config, **values["model_config"])
    return replace(role, **values)


def _replace(
    owner_id: str, role_id: str, if_match: str | None, changed: Callable[[Role], Role]
) -> Role:
    """Put the changed role in place of the present one; what changes nothing writes nothing."""

    def attempt() -> Role:
        old = _own(owner_id, role_id)
        require_match(if_match, old.version)
        new = changed(old)
        if new == old:
            return old
        new = replace(new, version=old.version + 1, updated_at=clock.iso_ms(clock.now()))
        transaction = Transaction()
        update_role(transaction, old, new)
        store_version(transaction, old)
        transaction.commit()
        return new

    return until_written(attempt, busy=RoleBusy)
