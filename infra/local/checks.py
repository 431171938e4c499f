"""What this machine must have before anything is started."""

import shutil
import subprocess
import sys

from infra.local.errors import LocalRunError
from infra.local.ports import is_free

_PYTHON = (3, 11)
_NODE = 20


def check_python() -> str:
    found = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    if sys.version_info < _PYTHON:
        raise LocalRunError(
            f"Python 3.11 or later is needed, this is {found}.",
            f"需要 Python 3.11 或更高版本，当前是 {found}。",
        )
    return found


def check_node() -> str:
    """The CDK's kernel runs on node."""
    node = shutil.which("node")
    found = ""
    if node:
        asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        found = asked.stdout.strip().removeprefix("v")
    if not found or int(found.split(".")[0]) < _NODE:
        seen = f"node {found}" if found else "none"
        raise LocalRunError(
            f"Node.js 20 or later is needed on the PATH (the CDK uses it); found: {seen}.",
            f"需要 Node.js 20 或更高版本（CDK 需要它）并位于 PATH 中；当前：{seen}。",
        )
    return found


def check_port(port: int) -> None:
    if not is_free(port):
        raise LocalRunError(
            f"Port {port} is taken by another program: stop it, or choose another: "
            f"make up PORT={port + 10}",
            f"端口 {port} 已被其他程序占用：请停止该程序，或换一个端口：make up PORT={port + 10}",
        )
