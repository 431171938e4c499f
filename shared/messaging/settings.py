"""Where promised messages go."""

from shared.core.settings import Settings


class DispatchSettings(Settings):
    """DOCUMENTS_QUEUE_URL and the ARNs of the state machines."""

    documents_queue_url: str
    account_deletion_state_machine_arn: str
    task_state_machine_arn: str
    webhook_state_machine_arn: str
    learning_job_state_machine_arn: str
