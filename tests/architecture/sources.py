"""The project's Python sources, parsed once, and how a broken rule is told."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("functions", "shared")


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, its dotted module, its text and syntax tree."""

    path: str
    module: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST, text: str) -> str:
        """A finding, as an editor can open it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)} {text}"


@dataclass(frozen=True)
class Import:
    """`from module import names`; `import module` has no names."""

    node: ast.AST
    module: str
    names: tuple[str, ...]


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file below the folders."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(_read(path) for path in found if "node_modules" not in path.parts)


def _read(path: Path) -> Source:
    relative = path.relative_to(ROOT)
    parts = relative.with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text("utf-8")
    return Source(relative.as_posix(), module, text, ast.parse(text))


def imports(source: Source) -> Iterator[Import]:
    """Every import of the file, wherever it stands; relative ones made whole."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node, alias.name, ())
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node, _absolute(source, node), names)


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.module.split(".")
    if not source.path.endswith("__init__.py"):
        package = package[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def is_within(module: str, *packages: str) -> bool:
    """Whether the module is one of the packages or stands in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def no_findings(found: Iterable[str]) -> None:
    """Fails with one line for each finding."""
    lines = sorted(found)
    assert not lines, f"{len(lines)} found:\n" + "\n".join(lines)
