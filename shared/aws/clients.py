"""The one place that makes AWS clients: botocore, without boto3's import cost."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session


@cache
def _session() -> "Session":
    from botocore.session import get_session  # 200 ms of imports, so not before the first call

    return get_session()


@cache
def client(service: str, *, read_timeout_s: float = 20, attempts: int = 3) -> Any:
    """The process's client of a service (thread-safe), region and endpoint from the environment.

    Timeouts are short enough for an API call; three attempts with the standard retry mode, one
    for a caller that retries by itself.
    """
    from botocore.config import Config

    config = Config(
        connect_timeout=3,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=50,
        s3={"addressing_style": "auto"},
        signature_version="s3v4" if service == "s3" else None,
    )
    made: BaseClient = _session().create_client(service, config=config)
    return made


def forget_clients() -> None:
    """Drop every client (tests start and stop their AWS)."""
    client.cache_clear()
    _session.cache_clear()
