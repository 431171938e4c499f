"""The processes of a run beside the emulator: simulators, stream server, gateway."""

import os
import sys
from pathlib import Path

from infra.local.emulator.process import CREDENTIALS
from infra.local.gateway.app import READY_PATH
from infra.local.instance import ROOT, Instance
from infra.local.ports import Ports
from infra.local.processes import Child

_FROM_HOST = ("PATH", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE")


def model_simulator(instance: Instance, ports: Ports) -> Child:
    """Speaks the OpenAI protocol; nothing asks it unless it is configured as a provider."""
    return _python(
        instance,
        "models",
        ["infra.local.simulators.openai", "--port", str(ports.models)],
        {},
        f"http://127.0.0.1:{ports.models}/v1/models",
    )


def media_simulators(instance: Instance, ports: Ports) -> tuple[Child, Child]:
    """Ark and Volcengine's visual API; nothing asks them where real keys are set."""
    return (
        _media_simulator(instance, "ark", ports.ark),
        _media_simulator(instance, "volcengine", ports.volcengine),
    )


def payment_simulator(instance: Instance, ports: Ports) -> Child:
    """WeChat Pay; nothing asks it where WECHAT_PAY_FILE names a real merchant."""
    command = ["infra.local.simulators.wechatpay", "--port", str(ports.wechatpay)]
    command += ["--keys", str(instance.payment_keys_file.absolute())]
    return _python(
        instance, "wechatpay", command, {}, f"http://127.0.0.1:{ports.wechatpay}/_control"
    )


def _media_simulator(instance: Instance, name: str, port: int) -> Child:
    command = [f"infra.local.simulators.{name}", "--port", str(port)]
    return _python(instance, name, command, {}, f"http://127.0.0.1:{port}/_control")


def chat_stream(instance: Instance, ports: Ports, function: dict[str, str]) -> Child:
    """`function` is the environment of the deployed function."""
    environment = {
        **function,
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports.emulator}",
        "CHAT_STREAM_PORT": str(ports.chat_stream),
    }
    ready = f"http://127.0.0.1:{ports.chat_stream}/health"
    return _python(instance, "chat_stream", ["infra.local.stream_server"], environment, ready)


def gateway(instance: Instance, ports: Ports, http_api_url: str) -> Child:
    environment = {
        "GATEWAY_PORT": str(ports.gateway),
        "HTTP_API_URL": http_api_url,
        "CHAT_STREAM_URL": f"http://127.0.0.1:{ports.chat_stream}",
    }
    ready = f"http://127.0.0.1:{ports.gateway}{READY_PATH}"
    return _python(instance, "gateway", ["infra.local.gateway"], environment, ready)


def _python(
    instance: Instance, name: str, command: list[str], environment: dict[str, str], ready: str
) -> Child:
    host = {key: os.environ[key] for key in _FROM_HOST if key in os.environ}
    local = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost")))
    return Child(
        name=name,
        interpreter=Path(sys.executable),
        command=command,
        environment={**host, "NO_PROXY": local, "PYTHONUNBUFFERED": "1", **environment},
        directory=ROOT,
        log=instance.log(name),
        ready_url=ready,
    )
