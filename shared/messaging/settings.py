"""Where promised messages go."""

from shared.core.settings import Settings


class DispatchSettings(Settings):
    """URLs of the queues, ARNs of the state machines, and EVENT_BUS_NAME."""

    event_bus_name: str
    documents_queue_url: str
    workspaces_queue_url: str
    account_deletion_state_machine_arn: str
    task_state_machine_arn: str
    webhook_state_machine_arn: str
    learning_job_state_machine_arn: str
