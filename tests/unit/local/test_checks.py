"""A machine that lacks something is told so in a sentence."""

from pathlib import Path

import pytest

from infra.local import checks
from infra.local.errors import LocalRunError


def node_that_says(version: str, folder: Path) -> None:
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)


def test_recent_node_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node_that_says("v22.1.0", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert checks.check_node() == "22.1.0"


def test_old_node_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node_that_says("v18.20.0", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(LocalRunError, match=r"Node\.js 20.*node 18\.20\.0"):
        checks.check_node()


def test_missing_node_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalRunError, match="found: none"):
        checks.check_node()


def test_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_PYTHON", (99, 0))
    with pytest.raises(LocalRunError, match=r"需要 Python 3\.11"):
        checks.check_python()
