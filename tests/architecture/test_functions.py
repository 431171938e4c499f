"""Every function as Lambda starts it: its entry, its routes, what its import loads."""

import importlib
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.http.route import RoleCraftRoute
from tests.architecture.sources import ROOT, no_findings, sources

ENTRIES = {"handler.py": "handler", "run.py": "app"}
# Costs tens of milliseconds each, and is needed by a branch only, or never.
HEAVY = [
    "aws_xray_sdk", "boto3", "lxml", "moto", "numpy", "pypdfium2", "pytest", "python_calamine",
    "requests", "selectolax",
]  # fmt: skip
FOLDERS = sorted(path for path in (ROOT / "functions").iterdir() if (path / "__init__.py").exists())
NAMES = [path.name for path in FOLDERS]


def _entry(folder: Path) -> tuple[str, str]:
    """The entry's module and name: `handler`, or `app` of `run` under the web adapter."""
    for file, name in ENTRIES.items():
        if (folder / file).exists():
            return f"functions.{folder.name}.{file.removesuffix('.py')}", name
    raise AssertionError(f"functions/{folder.name} has neither handler.py nor run.py")


def _apps() -> Iterator[tuple[str, FastAPI]]:
    for folder in FOLDERS:
        app = getattr(importlib.import_module(_entry(folder)[0]), "app", None)
        if isinstance(app, FastAPI):
            yield folder.name, app


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for dependency in dependant.dependencies:
        yield from _calls(dependency)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_a_function_has_its_entry(folder: Path) -> None:
    module, name = _entry(folder)
    assert callable(getattr(importlib.import_module(module), name))


def test_routes_and_their_dependencies_are_coroutines() -> None:
    """FastAPI runs anything else in a thread: five times the time of a short request."""
    no_findings(
        f"functions/{name}: {call} of {route.path}"
        for name, app in _apps()
        for route in app.routes
        if isinstance(route, APIRoute)
        for call in _calls(route.dependant)
        if not inspect.iscoroutinefunction(call)
    )


def test_routes_are_of_the_house_class() -> None:
    no_findings(
        f"functions/{name}: {route} is no {RoleCraftRoute.__name__}"
        for name, app in _apps()
        for route in app.routes
        if getattr(route, "path", "").startswith("/api/") and not isinstance(route, RoleCraftRoute)
    )


def test_api_packages_begin_before_fastapi_is_imported() -> None:
    packages = {source.module: source.text for source in sources("functions")}
    no_findings(
        f"functions/{name}/__init__.py:1 does not call shared.http.startup.begin"
        for name, _ in _apps()
        if "begin()" not in packages[f"functions.{name}"]
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_an_entry_imports_without_environment_and_heavy_modules(folder: Path) -> None:
    code = (
        f"import json, sys, {_entry(folder)[0]}\n"
        f"sys.stdout.write(json.dumps([n for n in {HEAVY} if n in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
