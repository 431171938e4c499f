"""What a deployment consists of: code, layers and templates, each built when it changed."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.code_asset import CodeAsset, build_code
from infra.layers import Layer, LayerError, build_layers
from infra.local.errors import LocalRunError
from infra.stages import load_stage

_STAGE = "local"
_STAMP = "rolecraft-stamp"


@dataclass(frozen=True)
class Assembly:
    """Synthesized templates in `folder`; they call the code by the name it had then."""

    folder: Path
    code_then: str
    code: str
    cached: bool


def build_local_layers() -> dict[str, Layer]:
    try:
        return build_layers(load_stage(_STAGE))
    except LayerError as error:
        raise LocalRunError(f"The layers: {error}", "依赖层构建失败，原因见上。") from error


def synthesize(root: Path, layers: dict[str, Layer]) -> Assembly:
    """Runs the CDK app unless its sources and the layers are those of the last time.

    A change of the functions' code alone changes one name in the templates: no synthesis.
    """
    folder = root / "build" / "cdk.local"
    stamp = folder / _STAMP
    wanted = _digest(root, layers)
    seen, _, code_then = stamp.read_text().partition(" ") if stamp.is_file() else ("", "", "")
    cached = seen == wanted
    if not cached:
        _run_app(root, folder)
        code_then = _name_of_code(folder, layers)
        stamp.write_text(f"{wanted} {code_then}")
    return Assembly(folder, code_then, asset_name(_build_code().digest), cached)


def _build_code() -> CodeAsset:
    return build_code(load_stage(_STAGE))


def _name_of_code(folder: Path, layers: dict[str, Layer]) -> str:
    """What the synthesis calls the code, told by its folder: it may have changed meanwhile."""
    files: dict[str, Path] = {
        name: Path(file["source"]["path"])
        for manifest in folder.glob("*.assets.json")
        for name, file in json.loads(manifest.read_text())["files"].items()
    }
    if not {asset_name(layer.digest) for layer in layers.values()} <= files.keys():
        raise RuntimeError("the CDK names assets in another way than asset_name()")
    code = _build_code().path
    return next(name for name, path in files.items() if (folder / path).resolve() == code)


def asset_name(digest: str) -> str:
    """What the CDK makes of an asset hash that it is given (AssetHashType.CUSTOM)."""
    return hashlib.sha256(digest.encode()).hexdigest()


def _run_app(root: Path, folder: Path) -> None:
    environment = {**os.environ, "STAGE": _STAGE, "CDK_OUTDIR": str(folder)}
    command = [sys.executable, "-m", "infra.app"]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LocalRunError(
            f"The CDK app failed:\n{done.stderr.strip()}", "CDK 模板生成失败，原因见上。"
        )


def _digest(root: Path, layers: dict[str, Layer]) -> str:
    state = hashlib.sha256(sys.version.encode())
    for file in _sources(root):
        state.update(f"{file.relative_to(root)} ".encode() + file.read_bytes())
    for name in sorted(layers):
        state.update(f"{name} {layers[name].digest}".encode())
    return state.hexdigest()


def _sources(root: Path) -> list[Path]:
    infra = root / "infra"
    local = infra / "local"
    sources = [
        file
        for pattern in ("*.py", "*.json")
        for file in infra.rglob(pattern)
        if local not in file.parents
    ]
    return sorted([*sources, root / "cdk.json", root / "requirements-dev.lock"])
