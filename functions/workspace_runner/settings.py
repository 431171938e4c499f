"""What the workspace runner needs to know of its queue."""

from shared.core.settings import Settings


class RunnerSettings(Settings):
    """WORKSPACE_RECEIVES is the queue's `maxReceiveCount`: the last attempt ends the run.

    WORKSPACES_QUEUE_URL is where the rest of a long reconciliation is sent.
    """

    workspace_receives: int = 3
    workspaces_queue_url: str
