"""Sizes, docstrings, logs and errors (docs/decisions/0074)."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PRODUCT, Source, no_findings, sources

FUNCTION_LINES = 40
FILE_LINES = {"functions": 300, "shared": 300, "infra": 300, "cli": 300, "tests": 400}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(source: Source) -> Iterator[Function]:
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


@pytest.mark.parametrize("folder", FILE_LINES)
def test_files_are_short(folder: str) -> None:
    no_findings(
        f"{source.path}:1 has {lines} lines, at most {FILE_LINES[folder]}"
        for source in sources(folder)
        if (lines := source.text.count("\n")) > FILE_LINES[folder]
    )


@pytest.mark.parametrize("folder", FILE_LINES)
def test_functions_are_short(folder: str) -> None:
    """From `def` to the end, without the docstring."""
    no_findings(
        source.at(node, f"{node.name} has {lines} lines, at most {FUNCTION_LINES}")
        for source in sources(folder)
        for node in _functions(source)
        if (lines := _lines(node)) > FUNCTION_LINES
    )


def _lines(node: Function) -> int:
    described = ast.get_docstring(node) is not None
    description = node.body[0]
    of_docstring = (description.end_lineno or 0) - description.lineno + 1 if described else 0
    return (node.end_lineno or 0) - node.lineno + 1 - of_docstring


def test_modules_say_what_they_are_for() -> None:
    no_findings(
        f"{source.path}:1 has no docstring"
        for source in sources(*FILE_LINES)
        if source.tree.body and not ast.get_docstring(source.tree)
    )


def test_public_names_of_shared_are_described() -> None:
    no_findings(
        source.at(node, f"{node.name} has no docstring")
        for source in sources("shared")
        for node in source.tree.body
        if isinstance(node, Function | ast.ClassDef)
        if not node.name.startswith("_") and not _is_overload(node) and not ast.get_docstring(node)
    )


def _is_overload(node: ast.AST) -> bool:
    return any("overload" in ast.unparse(entry) for entry in getattr(node, "decorator_list", ()))


def test_nothing_is_printed() -> None:
    no_findings(
        source.at(node, "prints")
        for source in sources(*PRODUCT)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("print", "pprint")
    )


def test_log_lines_have_constant_texts() -> None:
    """What varies is a field: a line is found by its text, and no value is baked into it."""
    no_findings(
        source.at(node, f"logs {ast.unparse(node.args[0])}")
        for source in sources("functions", "shared", "infra")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and _is_log(node.func)
        if node.args and not isinstance(node.args[0], ast.Constant)
    )


def _is_log(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
        return False
    return "log" in ast.unparse(function.value).lower()


def test_a_catch_all_raises_again_logs_or_hands_the_error_on() -> None:
    found = []
    for source in sources(*PRODUCT):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and _catches_all(node) and not _tells(node):
                found.append(source.at(node, "swallows every error"))
    no_findings(found)


def _catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")


def _tells(handler: ast.ExceptHandler) -> bool:
    for node in ast.walk(handler):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Attribute) and node.attr == "exception":
            return True
        if isinstance(node, ast.Name) and handler.name and node.id == handler.name:
            return True
    return False


def test_no_middleware_with_a_task_of_its_own() -> None:
    """`BaseHTTPMiddleware` and `@app.middleware("http")` cost 118 µs of each request."""
    found = []
    for source in sources(*PRODUCT):
        for node in ast.walk(source.tree):
            name = getattr(node, "id", getattr(node, "attr", ""))
            if name in ("BaseHTTPMiddleware", "middleware") and isinstance(node, ast.expr):
                found.append(source.at(node, name))
    no_findings(found)
