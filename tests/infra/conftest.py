"""Each stage is synthesized once for all tests: the CDK needs seconds for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.app import read_context
from infra.artifacts import Artifacts, Asset
from infra.assembly import synthesize
from infra.stages import Stage, load_stage
from tests.infra.templates import Assembly, Synthesize


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Folders in the place of code and layers: templates need no packages."""
    root = tmp_path_factory.mktemp("artifacts")

    def folder(name: str) -> Asset:
        (root / name).mkdir()
        (root / name / "content").write_text(name)
        return Asset(root / name, f"digest-of-{name}")

    layers = {name: folder(name) for name in ("api", "documents", "streaming")}
    return Artifacts(code=folder("code"), layers=layers)


@pytest.fixture(scope="session")
def synthesized(artifacts: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    def run(stage: Stage) -> Assembly:
        folder = tmp_path_factory.mktemp(f"cdk-{stage.name}")
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
