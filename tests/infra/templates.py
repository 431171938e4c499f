"""Reading synthesized templates: resources by type, references followed across the stacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.stages import Stage

Properties = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """Both templates of a stage."""

    data: dict[str, Any]
    service: dict[str, Any]
    folder: Path
    report: dict[str, Any]

    @classmethod
    def read(cls, folder: Path, title: str) -> Assembly:
        def content(name: str) -> dict[str, Any]:
            parsed: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
            return parsed

        return cls(
            data=content(f"RoleCraft-{title}-Data.template.json"),
            service=content(f"RoleCraft-{title}-Service.template.json"),
            folder=folder,
            report=content("validation-report.json"),
        )

    @property
    def resources(self) -> dict[str, Any]:
        return {**self.data["Resources"], **self.service["Resources"]}

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Properties by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> Properties:
        (properties,) = self.of_type(kind).values()
        return properties

    def state_machine(self, name: str) -> Properties:
        """The workflow of that name, without the stage's part of it."""
        (found,) = [
            machine
            for machine in self.of_type("AWS::StepFunctions::StateMachine").values()
            if machine["StateMachineName"].split("-", 2)[2] == name
        ]
        return found

    def functions(self) -> dict[str, Properties]:
        """Functions by the name of their folder."""
        return {
            properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: properties
            for properties in self.of_type("AWS::Lambda::Function").values()
        }

    def function_id(self, name: str) -> str:
        variables = ("Environment", "Variables", "POWERTOOLS_SERVICE_NAME")
        for logical_id, properties in self.of_type("AWS::Lambda::Function").items():
            if properties[variables[0]][variables[1]][variables[2]] == name:
                return logical_id
        raise KeyError(name)

    def target(self, value: Any) -> str:
        """The logical id behind Ref, GetAtt, ImportValue, or the first of these in a Join."""
        if isinstance(value, list):
            return next((found for item in value if (found := self.target(item))), "")
        if not isinstance(value, dict):
            return ""
        if "Ref" in value:
            return str(value["Ref"])
        if "Fn::GetAtt" in value:
            return str(value["Fn::GetAtt"][0])
        if "Fn::ImportValue" in value:
            return self.target(self._exports[value["Fn::ImportValue"]])
        return self.target(value["Fn::Join"][1]) if "Fn::Join" in value else ""

    @property
    def _exports(self) -> dict[str, Any]:
        outputs = self.data.get("Outputs", {}).values()
        return {output["Export"]["Name"]: output["Value"] for output in outputs}

    def statements(self, function: str) -> list[dict[str, Any]]:
        """The policy statements of a function's role."""
        role = self.target(self.functions()[function]["Role"])
        return self.role_statements(role)

    def role_statements(self, role: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for policy in self.of_type("AWS::IAM::Policy").values():
            if any(self.target(item) == role for item in policy["Roles"]):
                found += policy["PolicyDocument"]["Statement"]
        return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


Synthesize = Callable[[Stage], Assembly]
