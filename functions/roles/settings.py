"""What the roles API needs to know of its deployment."""

from shared.core.settings import Settings


class RolesSettings(Settings):
    """DEFAULT_MODEL answers for a role that names no model."""

    default_model: str
