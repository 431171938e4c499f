"""Reads what the CDK synthesized: stacks in order, their templates, the files they need."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The values the CDK leaves open in bucket names and keys.
_PLACEHOLDERS = {
    "${AWS::AccountId}": "000000000000",
    "${AWS::Region}": "us-east-1",
    "${AWS::Partition}": "aws",
}
_STACK = "aws:cloudformation:stack"


@dataclass(frozen=True)
class FileAsset:
    """`path` is a file, or a folder to be zipped; `key` changes with its content."""

    path: Path
    zipped: bool
    bucket: str
    key: str


@dataclass(frozen=True)
class StackArtifact:
    name: str
    template: dict[str, Any]
    assets: tuple[FileAsset, ...]


def read_assembly(folder: Path) -> list[StackArtifact]:
    """Stacks with those they depend on before them."""
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    names = [name for name, artifact in artifacts.items() if artifact["type"] == _STACK]
    return [_stack(folder, artifacts[name]) for name in _in_order(names, artifacts)]


def with_environment(template: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """A copy in which functions that have one of these variables have this value of it."""
    copy: dict[str, Any] = json.loads(json.dumps(template))
    for resource in copy["Resources"].values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        variables = resource["Properties"].get("Environment", {}).get("Variables", {})
        variables.update({name: values[name] for name in variables.keys() & values.keys()})
    return copy


def _stack(folder: Path, artifact: dict[str, Any]) -> StackArtifact:
    properties = artifact["properties"]
    template = json.loads((folder / properties["templateFile"]).read_text())
    return StackArtifact(
        name=properties["stackName"],
        template=_without_bootstrap(template),
        assets=tuple(_assets(folder, properties["templateFile"])),
    )


def _without_bootstrap(template: dict[str, Any]) -> dict[str, Any]:
    """The rule and parameter that ask for the CDK's bootstrap stack, which is not there."""
    parameters = {
        name: value
        for name, value in template.get("Parameters", {}).items()
        if name != "BootstrapVersion"
    }
    kept = {key: value for key, value in template.items() if key not in ("Rules", "Parameters")}
    return {**kept, "Parameters": parameters} if parameters else kept


def _assets(folder: Path, template_file: str) -> list[FileAsset]:
    manifest = folder / template_file.replace(".template.json", ".assets.json")
    files = json.loads(manifest.read_text())["files"].values()
    return [
        FileAsset(
            path=folder / file["source"]["path"],
            zipped=file["source"]["packaging"] == "zip",
            bucket=_filled(destination["bucketName"]),
            key=destination["objectKey"],
        )
        for file in files
        if file["source"]["path"] != template_file
        for destination in file["destinations"].values()
    ]


def _filled(text: str) -> str:
    for placeholder, value in _PLACEHOLDERS.items():
        text = text.replace(placeholder, value)
    return text


def _in_order(names: list[str], artifacts: dict[str, Any]) -> list[str]:
    ordered: list[str] = []

    def place(name: str) -> None:
        if name in ordered:
            return
        for needed in artifacts[name].get("dependencies", []):
            if needed in names:
                place(needed)
        ordered.append(name)

    for name in names:
        place(name)
    return ordered
