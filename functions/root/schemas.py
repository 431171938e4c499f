"""Answers outside the envelope (contract flow.md, Public)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Health:
    """`timestamp` is `yyyy-MM-dd HH:mm:ss`, UTC+8."""

    service: str
    status: Literal["healthy", "unhealthy"]
    timestamp: str
    version: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Greeting:
    message: str
    version: str
    status: Literal["running"]
