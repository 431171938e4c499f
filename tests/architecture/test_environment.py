"""The environment is read late and in known places; nothing is built while importing."""

import ast
from collections.abc import Iterator

from tests.architecture.sources import PRODUCT, Source, is_within, no_findings, sources

# Who may read variables, within a function.
READERS = {
    "shared.core.settings": "settings come from there",
    "shared.data": "table names, read when a table is used",
    "shared.documents.extraction.isolated": "a child process gets a few of them",
    "shared.ai.counters": "a counter's line carries the stage, and settings may be missing",
    "shared.http.startup": "switches pydantic's search for plugins off",
    "functions.dispatcher.service": "which table a stream belongs to, by the names of all tables",
}
BUILDERS = {"client", "connection", "from_env", "read_secret", "registry"}


def _environment_uses(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            yield node
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node for alias in node.names if alias.name in ("environ", "getenv"))


def _at_import(source: Source) -> Iterator[ast.AST]:
    """What runs when the module is imported: all but the bodies of functions."""
    waiting: list[ast.AST] = [source.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
        elif isinstance(node, ast.Lambda):
            continue
        elif node is not None:
            yield node
            waiting += ast.iter_child_nodes(node)


def test_only_known_places_read_the_environment() -> None:
    no_findings(
        source.at(node, "reads the environment")
        for source in sources(*PRODUCT)
        if not is_within(source.module, *READERS) and not source.module.endswith(".settings")
        for node in _environment_uses(source.tree)
    )


def test_nothing_reads_the_environment_while_importing() -> None:
    no_findings(
        source.at(node, "reads the environment while importing")
        for source in sources(*PRODUCT)
        for node in _at_import(source)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    )


def test_nothing_is_built_while_importing() -> None:
    no_findings(
        source.at(node, "is called while importing")
        for source in sources(*PRODUCT)
        for node in _at_import(source)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in BUILDERS
    )
