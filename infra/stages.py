"""Stages: everything that differs between dev, prod and the local run, in one place."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

ARM64 = "arm64"
X86_64 = "x86_64"
LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"
# All variables of a function together may have 4 KB; the others need less than 1 KB.
MAX_PROVIDERS_BYTES = 3_000
# Days CloudWatch Logs offers and CDK's names of them.
LOG_RETENTION = {
    1: "ONE_DAY",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    90: "THREE_MONTHS",
    365: "ONE_YEAR",
}


class StageError(ValueError):
    """The deployment settings do not describe a stage; the text says which setting and why."""


@dataclass(frozen=True)
class Stage:
    """One deployment target: where it runs, what it may cost, what it keeps."""

    name: str
    # Code is built for this interpreter and processor; `artifacts` is its folder under build/.
    artifacts: str = "aws"
    python: str = "3.13"
    architecture: str = ARM64
    account: str | None = None
    region: str | None = None
    # Data outlives its stack, and neither stack nor table can be deleted by mistake.
    protected: bool = False
    log_retention_days: int = 14
    document_concurrency: int = 10
    # How long a code block may run; on AWS all has to end before the HTTP API's 30 s.
    code_timeout_seconds: int = 25
    workspace_concurrency: int = 10
    # Constructs that cost money at rest or that the emulator does not know.
    point_in_time_recovery: bool = True
    edge: bool = True
    tracing: bool = True
    alarms: bool = False
    dashboard: bool = False
    snap_start: bool = False
    bedrock: bool = True
    # A secret with the keys of a merchant of WeChat Pay.
    payments: bool = False
    # Deployment settings: cdk.json block `rolecraft.<stage>` or `-c name=value`.
    admin_email: str = ""
    alarm_email: str = ""
    providers: str = "[]"
    default_model: str = "builtin"
    currency: str = "CNY"
    domain: str = ""
    certificate_arn: str = ""

    @property
    def title(self) -> str:
        return self.name.capitalize()

    @property
    def is_local(self) -> bool:
        return self.artifacts == "local"

    @property
    def variables(self) -> dict[str, str]:
        """Deployment settings by the name of the environment variable that carries them."""
        return {
            "PROVIDERS": self.providers,
            "DEFAULT_MODEL": self.default_model,
            "CURRENCY": self.currency,
            "ADMIN_EMAIL": self.admin_email,
            "CODE_TIMEOUT_SECONDS": str(self.code_timeout_seconds),
            # Only a local run has hosts of its own that may be called.
            "TRUSTED_HOSTS": "{}",
        }

    def resource_name(self, suffix: str) -> str:
        return f"rolecraft-{self.name}-{suffix}".replace("_", "-")


def _machine() -> str:
    return ARM64 if platform.machine() in {"arm64", "aarch64"} else X86_64


_STAGES = {
    "dev": Stage(name="dev"),
    "prod": Stage(name="prod", protected=True, log_retention_days=90, alarms=True),
    "local": Stage(
        name="local",
        artifacts="local",
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        architecture=_machine(),
        account=LOCAL_ACCOUNT,
        region=LOCAL_REGION,
        log_retention_days=1,
        document_concurrency=2,
        code_timeout_seconds=300,
        workspace_concurrency=2,
        point_in_time_recovery=False,
        edge=False,
        tracing=False,
        bedrock=False,
        payments=True,
    ),
}
_TEXT_SETTINGS = (
    "region", "admin_email", "alarm_email", "default_model", "currency", "domain",
    "certificate_arn",
)  # fmt: skip
_FLAG_SETTINGS = ("snap_start", "alarms", "dashboard", "bedrock", "payments")
SETTINGS = (*_TEXT_SETTINGS, *_FLAG_SETTINGS, "providers", "log_retention_days")


def load_stage(name: str, settings: Mapping[str, object] | None = None) -> Stage:
    """Returns the stage `name` with deployment settings applied; raises StageError."""
    if name not in _STAGES:
        raise StageError(f"stage {name!r} is unknown: choose one of {', '.join(_STAGES)}")
    changes = {key: _setting(key, value) for key, value in (settings or {}).items()}
    stage = replace(_STAGES[name], **changes)  # type: ignore[arg-type]
    if bool(stage.domain) != bool(stage.certificate_arn):
        raise StageError("domain and certificate_arn belong together: set both or none")
    return stage


def _setting(key: str, value: object) -> object:
    if key in _TEXT_SETTINGS:
        return str(value)
    if key in _FLAG_SETTINGS:
        return _flag(key, value)
    if key == "providers":
        return _providers(value)
    if key == "log_retention_days":
        return _retention_days(value)
    raise StageError(f"setting {key!r} is unknown: choose from {', '.join(SETTINGS)}")


def _flag(key: str, value: object) -> bool:
    # `-c name=value` always gives text.
    flags = {True: True, False: False, "true": True, "false": False}
    if not isinstance(value, bool | str) or value not in flags:
        raise StageError(f"setting {key!r} must be true or false, not {value!r}")
    return flags[value]


def _retention_days(value: object) -> int:
    if str(value) not in {str(days) for days in LOG_RETENTION}:
        raise StageError(f"setting 'log_retention_days' must be one of {[*LOG_RETENTION]}")
    return int(str(value))


def _providers(value: object) -> str:
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as error:
        raise StageError(f"setting 'providers' is not JSON: {error}") from error
    if not isinstance(parsed, list):
        raise StageError("setting 'providers' must be a JSON list")
    text = json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_PROVIDERS_BYTES:
        raise StageError(f"setting 'providers' has more than {MAX_PROVIDERS_BYTES:,} bytes")
    return text
