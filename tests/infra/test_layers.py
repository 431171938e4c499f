"""The layer build: what is pruned, compiled, kept, and built again."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from infra import bytecode, catalogue, code_asset, layers
from infra.stages import Stage, load_stage

# PEP 552: bit 0 says "hash", bit 1 "check the source"; ours have the first only.
UNCHECKED_HASH = 1


def flags(pyc: Path) -> int:
    return int.from_bytes(pyc.read_bytes()[4:8], "little")


def pyc_of(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with one tiny layer and one function."""
    for folder in ("layers/tiny", "functions/root", "shared"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "layers/tiny/requirements.in").write_text("tiny\n")
    (tmp_path / "layers/tiny/requirements.lock").write_text("tiny==1\n")
    (tmp_path / "functions/root/handler.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "shared/prices.json").write_text("{}")
    for module in (layers, code_asset):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(layers, "BUILD", tmp_path / "build/layers")
    monkeypatch.setattr(code_asset, "BUILD", tmp_path / "build/code")
    return tmp_path


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Puts a package in place of an installation and notes where."""
    made: list[Path] = []

    def install(lock: Path, target: Path, stage: Stage) -> None:
        (target / "tiny").mkdir(parents=True)
        (target / "tiny/__init__.py").write_text("VALUE = 1\n")
        made.append(target)

    monkeypatch.setattr(layers, "_install", install)
    return made


def test_models_of_aws_services_that_are_never_called_are_dropped(tmp_path: Path) -> None:
    models = tmp_path / "botocore/data"
    for service in ("dynamodb", "ec2", "s3"):
        (models / service).mkdir(parents=True)
    (models / "endpoints.json").write_text("{}")
    layers.prune(tmp_path)
    assert {path.name for path in models.iterdir()} == {"dynamodb", "s3", "endpoints.json"}


def test_scripts_tests_stubs_and_headers_are_dropped(tmp_path: Path) -> None:
    kept = tmp_path / "package/module.py"
    for name in ("bin/tool", "package/tests/test_it.py", "package/stub.pyi", "package/api.h"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    kept.write_text("")
    layers.prune(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]


def test_layer_carries_byte_code_that_is_never_checked_against_files(
    project: Path, installs: list[Path]
) -> None:
    (layer,) = layers.build_layers(load_stage("local")).values()
    module = layer.path / "python/tiny/__init__.py"
    assert flags(pyc_of(module)) == UNCHECKED_HASH
    assert b"/opt/python/tiny/__init__.py" in pyc_of(module).read_bytes()
    assert layer.compiled
    assert layer.size > 0


def test_unchanged_layer_is_not_built_again(project: Path, installs: list[Path]) -> None:
    stage = load_stage("local")
    first = layers.build_layers(stage)["tiny"]
    second = layers.build_layers(stage)["tiny"]
    assert len(installs) == 1
    assert second == replace(first, cached=True)


def test_changed_lock_or_target_builds_the_layer_again(project: Path, installs: list[Path]) -> None:
    stage = load_stage("local")
    first = layers.build_layers(stage)["tiny"]
    (project / "layers/tiny/requirements.lock").write_text("tiny==2\n")
    second = layers.build_layers(stage)["tiny"]
    third = layers.build_layers(replace(stage, architecture="other"))["tiny"]
    assert len({first.digest, second.digest, third.digest}) == 3
    assert len(installs) == 3


def test_layer_without_a_matching_interpreter_ships_sources_and_says_so(
    project: Path, installs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    (layer,) = layers.build_layers(load_stage("prod")).values()
    assert not layer.compiled
    assert not [*layer.path.rglob("*.pyc")]


def test_a_shim_without_its_interpreter_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bytecode.find_interpreter("3.99") is None


def test_processes_that_build_at_once_build_once(
    project: Path, installs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits for the first, then finds everything done."""
    install = layers._install
    inside = threading.Event()
    second_waits = threading.Event()

    def slow_install(lock: Path, target: Path, stage: Stage) -> None:
        inside.set()
        second_waits.wait(5)
        install(lock, target, stage)

    monkeypatch.setattr(layers, "_install", slow_install)
    stage = load_stage("local")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(layers.build_layers, stage)
        assert inside.wait(5)
        second = pool.submit(layers.build_layers, stage)
        second_waits.set()
        assert not first.result()["tiny"].cached
        assert second.result()["tiny"].cached
    assert len(installs) == 1


def test_missing_lock_says_what_to_do(project: Path) -> None:
    (project / "layers/tiny/requirements.lock").unlink()
    with pytest.raises(layers.LayerError, match="make lock"):
        layers.build_layers(load_stage("local"))


def test_layers_beyond_the_limit_of_lambda_are_refused(
    project: Path, installs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "MAX_UNZIPPED_BYTES", 10)
    with pytest.raises(layers.LayerError, match="250 MB"):
        layers.build_layers(load_stage("local"))


def test_code_asset_holds_sources_data_and_byte_code_that_runs_alone(project: Path) -> None:
    asset = code_asset.build_code(load_stage("local"))
    handler = asset.path / "functions/root/handler.py"
    assert (asset.path / "shared/prices.json").exists()
    assert flags(pyc_of(handler)) == UNCHECKED_HASH
    script = "import functions.root.handler as module; print(module.__cached__)"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, cwd=asset.path, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(pyc_of(handler))


def test_code_asset_changes_with_the_sources_and_with_nothing_else(project: Path) -> None:
    stage = load_stage("local")
    first = code_asset.build_code(stage)
    (project / "shared/__pycache__").mkdir()
    (project / "shared/__pycache__/left.pyc").write_bytes(b"left over")
    assert code_asset.build_code(stage) == first
    (project / "shared/prices.json").write_text('{"new": 1}')
    assert code_asset.build_code(stage).digest != first.digest


def test_locks_pin_every_package_with_a_hash_and_name_no_index() -> None:
    for name in layers.layer_names():
        text = (layers.ROOT / "layers" / name / "requirements.lock").read_text()
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
        assert pins
        assert all(line.endswith("\\") for line in pins)
        assert "://" not in text


def test_a_layer_that_stands_alone_is_not_added_to_the_others(
    project: Path, installs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = project / "layers/javascript"
    alone.mkdir()
    (alone / "requirements.in").write_text("tiny\n")
    (alone / "requirements.lock").write_text("tiny==1\n")
    built = layers.build_layers(load_stage("local"))
    monkeypatch.setattr(layers, "MAX_UNZIPPED_BYTES", built["javascript"].size)

    assert layers.build_layers(load_stage("local"))["javascript"].cached


def test_what_stands_alone_is_the_layer_of_one_function() -> None:
    entries = [*catalogue.API, catalogue.CODE_EXECUTOR, catalogue.CHAT_STREAM]

    assert {entry.spec.layers for entry in entries if layers._ALONE & {*entry.spec.layers}} == {
        (name,) for name in layers._ALONE
    }
