"""Ports on 127.0.0.1: the gateway's is given, the others follow it where they are free."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

_LAST_PORT = 65_535


@dataclass(frozen=True)
class Ports:
    gateway: int
    emulator: int
    chat_stream: int
    models: int
    ark: int
    volcengine: int
    wechatpay: int


def choose_ports(gateway: int, remembered: Path) -> Ports:
    """The ports of the last run while they are free: links and clients of that run still work."""
    last = json.loads(remembered.read_text()) if remembered.is_file() else {}
    taken = {gateway}
    chosen = {}
    names = ("emulator", "chat_stream", "models", "ark", "volcengine", "wechatpay")
    for offset, name in enumerate(names, start=1):
        chosen[name] = _first_free((last.get(name, 0), gateway + offset), taken)
        taken.add(chosen[name])
    ports = Ports(gateway=gateway, **chosen)
    remembered.write_text(json.dumps(asdict(ports)))
    return ports


def _first_free(wanted: tuple[int, ...], taken: set[int]) -> int:
    for port in wanted:
        if 0 < port <= _LAST_PORT and port not in taken and is_free(port):
            return port
    return free_port()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
