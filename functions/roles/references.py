"""What a role refers to and does not own: models and knowledge bases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from functions.roles.errors import missing_knowledge_bases, unknown_model
from shared.core import ids
from shared.data.knowledge_bases import find_existing

if TYPE_CHECKING:
    from shared.ai.registry import Registry


def _registry() -> "Registry":
    from shared.ai.registry import registry  # who only reads roles does without it

    return registry()


def default_model() -> str:
    """The model of a role that names none."""
    return _registry().default_model


def is_usable_model(model: str) -> bool:
    """Whether a configured provider has that chat model."""
    from shared.ai.errors import ModelNotAvailable

    try:
        return _registry().find_model(model).kind == "chat"
    except ModelNotAvailable:
        return False


def check_model(model: str) -> None:
    """Let a usable model pass.

    Raises:
        InvalidRequest: no configured provider has it.
    """
    if not is_usable_model(model):
        raise unknown_model()


def existing_knowledge_bases(owner_id: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Those of the knowledge bases that the owner has, in the order given."""
    possible = [item for item in wanted if ids.is_id("kb", item)]
    existing = find_existing(owner_id, possible) if possible else set()
    return tuple(item for item in wanted if item in existing)


def check_knowledge_bases(owner_id: str, wanted: Sequence[str]) -> None:
    """Let knowledge bases pass that all exist and belong to the owner.

    Raises:
        InvalidRequest: some do not; it names them.
    """
    existing = existing_knowledge_bases(owner_id, wanted)
    missing = [item for item in wanted if item not in existing]
    if missing:
        raise missing_knowledge_bases(missing)
