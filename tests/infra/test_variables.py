"""What the code of a function reads from its environment is what the template sets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.templates import Assembly

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.parent.name for path in (ROOT / "functions").glob("*/__init__.py"))
RESOURCE = re.compile(r'"([A-Z]+(?:_[A-Z]+)*_TABLE)"')
# The worker of webhooks shows tasks, and calls neither providers nor the ledger. A run of a
# workspace uses the engine of chat and belongs to no session; whoever queues one moves no money.
NOT_NEEDED = {
    ("workspaces", "LEDGER_TABLE"),
    ("workspace_runner", "CHAT_TABLE"),
    ("webhook_worker", "LIMITS_TABLE"),
    ("webhook_worker", "LEDGER_TABLE"),
    # They know every type of task, and make or work on none of those that ask for courses and
    # their teachers.
    ("webhook_worker", "IDENTITY_TABLE"),
    ("media_worker", "IDENTITY_TABLE"),
    ("learning_worker", "IDENTITY_TABLE"),
    ("workspace_runner", "IDENTITY_TABLE"),
    ("webhook_worker", "LEARNING_TABLE"),
    ("media_worker", "LEARNING_TABLE"),
    ("chat", "LEARNING_TABLE"),
    ("chat_stream", "LEARNING_TABLE"),
    ("workspace_runner", "LEARNING_TABLE"),
    # What a learning job makes is no file.
    ("learning_worker", "FILES_BUCKET"),
}
# Read by libraries, by the adapter, or by run.sh.
NOT_OURS = ("POWERTOOLS_", "AWS_", "STAGE")


def module_file(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.exists()), None)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def code_of(function: str) -> dict[str, ast.Module]:
    """Every module of this project that a function can import, however deep."""
    folder = ROOT / "functions" / function
    waiting = [f"functions.{function}.{file.stem}" for file in folder.glob("*.py")]
    found: dict[str, ast.Module] = {}
    while waiting:
        name = waiting.pop()
        file = module_file(name)
        if file is not None and name not in found:
            found[name] = ast.parse(file.read_text(encoding="utf-8"))
            waiting.extend(imports(found[name]))
    return found


def settings_fields(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Variable and whether it must be set, for the fields of Settings classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and "Settings" in {ast.unparse(b) for b in node.bases}:
            for field in node.body:
                if isinstance(field, ast.AnnAssign):
                    yield ast.unparse(field.target).upper(), field.value is None


@pytest.mark.parametrize("function", NAMES)
def test_every_variable_the_code_cannot_do_without_is_set(local: Assembly, function: str) -> None:
    needed: set[str] = set()
    for tree in code_of(function).values():
        needed.update(RESOURCE.findall(ast.unparse(tree).replace("'", '"')))
        needed.update(name for name, required in settings_fields(tree) if required)
    given = set(local.functions()[function]["Environment"]["Variables"])
    assert {name for name in needed - given if (function, name) not in NOT_NEEDED} == set()


@pytest.mark.parametrize("function", NAMES)
def test_no_setting_is_given_that_the_code_never_reads(local: Assembly, function: str) -> None:
    read: set[str] = set()
    for tree in code_of(function).values():
        read.update(name for name, _ in settings_fields(tree))
    given = set(local.functions()[function]["Environment"]["Variables"])
    resources = ("_TABLE", "_BUCKET")
    own = {n for n in given if not n.startswith(NOT_OURS) and not n.endswith(resources)}
    assert own <= read


def test_every_function_of_the_template_has_its_folder(local: Assembly) -> None:
    assert set(local.functions()) == set(NAMES)


def test_start_script_of_the_stream_can_be_executed() -> None:
    script = ROOT / "functions/chat_stream/run.sh"
    # The adapter starts it directly: without the bit the function never becomes ready.
    assert script.stat().st_mode & 0o111 == 0o111
    assert script.read_bytes().startswith(b"#!")
