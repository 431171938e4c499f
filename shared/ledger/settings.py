"""What the ledger needs from the environment."""

from shared.core.settings import Settings


class LedgerSettings(Settings):
    """CURRENCY of every amount of the deployment (ISO 4217)."""

    currency: str = "CNY"
