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


class AssemblyFolder:
    """`renamed` puts present digests of assets in the place of those of the synthesis."""

    def __init__(self, folder: Path, renamed: dict[str, str] | None = None) -> None:
        self._folder = folder
        self._renamed = renamed or {}

    def stacks(self) -> list[StackArtifact]:
        """Stacks with those they depend on before them."""
        artifacts = self._read("manifest.json")["artifacts"]
        names = [name for name, artifact in artifacts.items() if artifact["type"] == _STACK]
        return [self._stack(name, artifacts[name]) for name in _in_order(names, artifacts)]

    def _stack(self, name: str, artifact: dict[str, Any]) -> StackArtifact:
        properties = artifact["properties"]
        return StackArtifact(
            name=properties.get("stackName", name),
            template=_without_bootstrap(self._read(properties["templateFile"])),
            assets=tuple(self._assets(properties["templateFile"])),
        )

    def _assets(self, template_file: str) -> list[FileAsset]:
        files = self._read(template_file.replace(".template.json", ".assets.json"))["files"]
        return [
            FileAsset(
                path=self._folder / file["source"]["path"],
                zipped=file["source"]["packaging"] == "zip",
                bucket=_filled(destination["bucketName"]),
                key=destination["objectKey"],
            )
            for file in files.values()
            if file["source"]["path"] != template_file
            for destination in file["destinations"].values()
        ]

    def _read(self, name: str) -> dict[str, Any]:
        text = (self._folder / name).read_text()
        for then, now in self._renamed.items():
            text = text.replace(then, now)
        content: dict[str, Any] = json.loads(text)
        return content


def with_environment(template: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """A copy in which functions that have one of these variables have this value of it."""
    copy: dict[str, Any] = json.loads(json.dumps(template))
    for resource in copy["Resources"].values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        variables = resource["Properties"].get("Environment", {}).get("Variables", {})
        variables.update({name: values[name] for name in variables.keys() & values.keys()})
    return copy


def _without_bootstrap(template: dict[str, Any]) -> dict[str, Any]:
    """The rule and parameter that ask for the CDK's bootstrap stack, which is not there."""
    parameters = {
        name: value
        for name, value in template.get("Parameters", {}).items()
        if name != "BootstrapVersion"
    }
    kept = {key: value for key, value in template.items() if key not in ("Rules", "Parameters")}
    return {**kept, "Parameters": parameters} if parameters else kept


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
