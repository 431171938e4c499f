"""What analytics needs from the environment."""

from shared.core.settings import Settings


class AnalyticsSettings(Settings):
    """FILES_BUCKET takes the files that are too large for an answer."""

    files_bucket: str
