"""The emulator as a child process: where its state is, and the environment it runs in."""

import os
from pathlib import Path

from infra.local.processes import Child

REGION = "us-east-1"
# With this access key the emulator's account is 000000000000.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
_FROM_HOST = (
    *("PATH", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE"),
    "ROLECRAFT_WORKERS_PER_FUNCTION",
)


def emulator(root: Path, interpreter: Path, state: Path, port: int) -> Child:
    """State (tables, objects, stacks, queued messages) is read from `state` and written back
    when the process is stopped with SIGTERM."""
    return Child(
        name="emulator",
        interpreter=interpreter,
        command=["infra.local.emulator"],
        environment=_environment(state, port),
        directory=root,
        log=state / "logs" / "emulator.log",
        ready_url=f"http://127.0.0.1:{port}/_ministack/health",
        stop_seconds=60.0,
    )


def _environment(state: Path, port: int) -> dict[str, str]:
    scratch = state / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    return {
        **{name: os.environ[name] for name in _FROM_HOST if name in os.environ},
        **CREDENTIALS,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "aws"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(scratch),
        "ROLECRAFT_UNPACKED": str(state / "unpacked"),
        "ROLECRAFT_FUNCTION_LOGS": str(state / "logs" / "functions"),
        "LOG_LEVEL": os.environ.get("EMULATOR_LOG_LEVEL", "WARNING"),
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        # What many calls at once have started takes 60 to 80 MB each.
        "LAMBDA_WARM_TTL_SECONDS": "60",
        # It would bind further ports and tidy containers in the developer's Docker.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",
        "PYTHONUNBUFFERED": "1",
    }
