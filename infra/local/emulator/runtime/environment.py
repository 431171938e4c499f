"""The environment variables a function sees: Lambda's own and the function's, nothing else."""

import os
import sys
import uuid
from pathlib import Path
from typing import Any

# What a process needs from its host to run and to reach the outside from behind a proxy.
_FROM_HOST = ("PATH", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE")
_LOCAL_HOSTS = "127.0.0.1,localhost"


def function_environment(
    config: dict[str, Any], credentials: dict[str, str], task_root: Path, scratch: Path
) -> dict[str, str]:
    """`config` is the function's configuration as GetFunctionConfiguration gives it."""
    own = config.get("Environment", {}).get("Variables", {})
    host = {name: os.environ[name] for name in _FROM_HOST if name in os.environ}
    return {
        **host,
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), _LOCAL_HOSTS))),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        # botocore would put a service's prefix before 127.0.0.1.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        **own,
        **_reserved(config, task_root),
        **credentials,
        # /tmp of one execution environment is its own on AWS.
        "TMPDIR": str(scratch),
    }


def _reserved(config: dict[str, Any], task_root: Path) -> dict[str, str]:
    """Names a function's own configuration cannot set.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    region = config["FunctionArn"].split(":")[3]
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": config.get("LoggingConfig", {}).get("LogGroup")
        or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
        "LAMBDA_TASK_ROOT": str(task_root),
        "_HANDLER": config["Handler"],
    }
