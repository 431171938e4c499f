"""One local run: its port, its state directory, and what the environment asks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import LocalRunError

ROOT = Path(__file__).parents[2]
DEFAULT_PORT = 8080
DEFAULT_STATE = ".rolecraft"
DEFAULT_ADMIN_EMAIL = "admin@rolecraft.example"
_LAST_PORT = 65_535


@dataclass(frozen=True)
class Instance:
    port: int
    state: Path
    admin_email: str
    openai_base_url: str
    openai_api_key: str
    openai_models: tuple[str, ...]
    ark_api_key: str
    volcengine_access_key: str
    volcengine_secret_key: str
    trusted_hosts: str
    wechat_pay_file: Path | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def run_file(self) -> Path:
        return self.state / "run.json"

    @property
    def demo_file(self) -> Path:
        return self.state / "demo.json"

    @property
    def ports_file(self) -> Path:
        return self.state / "ports.json"

    @property
    def payment_keys_file(self) -> Path:
        return self.state / "wechatpay.json"

    @property
    def lock_file(self) -> Path:
        return self.state / "lock"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def instance_from(environment: Mapping[str, str], root: Path = ROOT) -> Instance:
    """Reads PORT, STATE, ADMIN_EMAIL, TRUSTED_HOSTS and the providers' settings.

    Raises:
        LocalRunError: a bad port, or hosts that are no JSON object.
    """
    models = environment.get("OPENAI_MODELS", "").split(",")
    merchant = environment.get("WECHAT_PAY_FILE", "").strip()
    return Instance(
        port=_port(environment.get("PORT") or str(DEFAULT_PORT)),
        state=root / (environment.get("STATE") or DEFAULT_STATE),
        admin_email=environment.get("ADMIN_EMAIL") or DEFAULT_ADMIN_EMAIL,
        openai_base_url=environment.get("OPENAI_BASE_URL", "").rstrip("/"),
        openai_api_key=environment.get("OPENAI_API_KEY", ""),
        openai_models=tuple(name.strip() for name in models if name.strip()),
        ark_api_key=environment.get("ARK_API_KEY", "").strip(),
        volcengine_access_key=environment.get("VOLCENGINE_ACCESS_KEY", "").strip(),
        volcengine_secret_key=environment.get("VOLCENGINE_SECRET_KEY", "").strip(),
        trusted_hosts=_trusted_hosts(environment.get("TRUSTED_HOSTS") or "{}"),
        wechat_pay_file=Path(merchant) if merchant else None,
    )


def _trusted_hosts(text: str) -> str:
    try:
        hosts = json.loads(text)
    except ValueError:
        hosts = None
    if isinstance(hosts, dict) and all(isinstance(pem, str) for pem in hosts.values()):
        return text
    raise LocalRunError(
        'TRUSTED_HOSTS must be a JSON object: {"localhost:9443": "<PEM of its authority>"}.',
        'TRUSTED_HOSTS 必须是 JSON 对象：{"localhost:9443": "<颁发机构的 PEM 证书>"}。',
    )


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= _LAST_PORT:
        return int(text)
    raise LocalRunError(
        f"PORT must be a number from 1 to 65535, not {text!r}.",
        f"PORT 必须是 1 到 65535 之间的数字，而不是 {text!r}。",
    )
