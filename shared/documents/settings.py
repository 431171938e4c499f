"""What documents and retrieval need to know of their deployment."""

from shared.aws.storage import Storage
from shared.core.settings import Settings


class DocumentsSettings(Settings):
    """FILES_BUCKET holds uploads and index segments."""

    files_bucket: str


def files() -> Storage:
    """The bucket of uploads and segments."""
    return Storage(DocumentsSettings.from_env().files_bucket)
