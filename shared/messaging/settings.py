"""Where promised messages go."""

from shared.core.settings import Settings


class DispatchSettings(Settings):
    """DOCUMENTS_QUEUE_URL and ACCOUNT_DELETION_STATE_MACHINE_ARN."""

    documents_queue_url: str
    account_deletion_state_machine_arn: str
