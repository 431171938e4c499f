"""Secrets Manager: JSON secrets, kept in memory for five minutes."""

import json
from functools import cache

from shared.aws.clients import client
from shared.core import clock

KEEP_SECONDS = 300


@cache
def _kept() -> dict[str, tuple[float, dict[str, str]]]:
    return {}


def read_secret(arn: str, *, fresh: bool = False) -> dict[str, str]:
    """The secret's JSON object of texts.

    Args:
        arn: ARN or name.
        fresh: ask Secrets Manager even where memory has it (a key id that is not known yet).
    """
    kept = None if fresh else kept_secret(arn)
    if kept is not None:
        return kept
    answer = client("secretsmanager").get_secret_value(SecretId=arn)
    value: dict[str, str] = json.loads(answer["SecretString"])
    _kept()[arn] = (clock.timestamp(), value)
    return value


def kept_secret(arn: str) -> dict[str, str] | None:
    """What memory has, or None: it never waits, so an event loop may ask."""
    kept = _kept().get(arn)
    if kept and clock.is_recent(kept[0], KEEP_SECONDS):
        return kept[1]
    return None


def forget_secrets() -> None:
    """Drop what memory has."""
    _kept.cache_clear()
