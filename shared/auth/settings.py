"""What every API function needs to know its callers."""

from shared.core.settings import Settings


class AuthSettings(Settings):
    """AUTH_SECRET_ARN names the signing keys: `{"current": "<kid>", "<kid>": "<secret>"}`."""

    auth_secret_arn: str
