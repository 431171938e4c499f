"""The caller of a request, whatever credential it brought."""

from dataclasses import dataclass, field
from typing import Literal

Scope = Literal["chat", "documents", "images", "code", "analytics", "all"]
ADMIN = "admin"
TEACHER = "teacher"
STUDENT = "student"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: a signed-in user, or an API key acting for its owner.

    `roles` are the user's (admin, teacher, student); a key carries none. `scopes` bind keys
    only: a user may use every API group.
    """

    user_id: str
    roles: frozenset[str] = field(default_factory=frozenset)
    key_id: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_admin(self) -> bool:
        """Whether the caller signed in as a user with the role admin."""
        return ADMIN in self.roles

    @property
    def is_teacher(self) -> bool:
        """Whether the caller signed in as a user with the role teacher."""
        return TEACHER in self.roles

    @property
    def is_student(self) -> bool:
        """Whether the caller signed in as a user with the role student."""
        return STUDENT in self.roles

    def may_use(self, scope: Scope) -> bool:
        """Whether the credential covers an API group."""
        return self.key_id is None or "all" in self.scopes or scope in self.scopes
