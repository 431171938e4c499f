"""Each stage is synthesized once for all tests: the CDK needs seconds for it."""

from __future__ import annotations

import fcntl
from dataclasses import replace
from pathlib import Path

import pytest

from infra.app import read_context
from infra.artifacts import Artifacts, Asset
from infra.assembly import synthesize
from infra.layers import layer_names
from infra.stages import Stage, load_stage
from tests.infra.templates import Assembly, Synthesize


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all test processes of this run see."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "assemblies"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def artifacts(shared_folder: Path) -> Artifacts:
    """Folders in the place of code and layers: templates need no packages."""

    def folder(name: str) -> Asset:
        path = shared_folder / name
        path.mkdir(exist_ok=True)
        (path / "content").write_text(name)
        return Asset(path, f"digest-of-{name}")

    layers = {name: folder(name) for name in layer_names()}
    return Artifacts(code=folder("code"), layers=layers)


@pytest.fixture(scope="session")
def synthesized(artifacts: Artifacts, shared_folder: Path) -> Synthesize:
    """Synthesizes a stage, or takes what another test process has made of it."""

    def run(stage: Stage) -> Assembly:
        folder = shared_folder / f"cdk-{stage.name}"
        with (shared_folder / f"{stage.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "manifest.json").exists():
                synthesize(stage, read_context({}), artifacts, str(folder))
        return Assembly.read(folder, stage.title)

    return run


@pytest.fixture(scope="session")
def prod(synthesized: Synthesize) -> Assembly:
    return synthesized(replace(load_stage("prod"), alarm_email="ops@example.com"))


@pytest.fixture(scope="session")
def dev(synthesized: Synthesize) -> Assembly:
    return synthesized(load_stage("dev"))


@pytest.fixture(scope="session")
def local(synthesized: Synthesize) -> Assembly:
    return synthesized(load_stage("local"))


@pytest.fixture(scope="session")
def assemblies(prod: Assembly, dev: Assembly, local: Assembly) -> dict[str, Assembly]:
    return {"prod": prod, "dev": dev, "local": local}
