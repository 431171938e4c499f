"""Settings of the identity function."""

from shared.core.settings import Settings


class IdentitySettings(Settings):
    """ADMIN_EMAIL is whom `bootstrap_admin` makes the first admin, where the event names none."""

    admin_email: str = ""
