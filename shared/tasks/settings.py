"""What tasks need from the environment."""

from shared.aws.storage import Storage
from shared.core.settings import Settings


class TasksSettings(Settings):
    """FILES_BUCKET holds the results."""

    files_bucket: str


def files() -> Storage:
    """The bucket of results."""
    return Storage(TasksSettings.from_env().files_bucket)
