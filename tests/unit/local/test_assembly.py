"""Reading what the CDK synthesized."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.deployment.assembly import AssemblyFolder, with_environment
from infra.local.deployment.assets import zip_folder

DIGEST_THEN, DIGEST_NOW = "a" * 64, "b" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stack = {"type": "aws:cloudformation:stack", "properties": {}}
    manifest = {
        "artifacts": {
            "Tree": {"type": "cdk:tree", "properties": {}},
            "Service": {**stack, "dependencies": ["Service.assets", "Data"]},
            "Data": stack,
            "Service.assets": {"type": "cdk:asset-manifest"},
        }
    }
    for name in ("Service", "Data"):
        properties = {"templateFile": f"{name}.template.json"}
        manifest["artifacts"][name] = {**manifest["artifacts"][name], "properties": properties}
        write(tmp_path / f"{name}.template.json", template())
        write(tmp_path / f"{name}.assets.json", {"files": files(name)})
    write(tmp_path / "manifest.json", manifest)
    return tmp_path


def template() -> dict[str, Any]:
    return {
        "Rules": {"CheckBootstrapVersion": {}},
        "Parameters": {"BootstrapVersion": {}, "Kept": {"Type": "String", "Default": "x"}},
        "Resources": {
            "F": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"S3Key": f"{DIGEST_THEN}.zip"},
                    "Environment": {"Variables": {"PROVIDERS": "[]"}},
                },
            },
            "Plain": {"Type": "AWS::Lambda::Function", "Properties": {}},
            "Queue": {"Type": "AWS::SQS::Queue"},
        },
    }


def files(stack: str) -> dict[str, Any]:
    destination = {"bucketName": "assets-${AWS::AccountId}-${AWS::Region}"}
    return {
        DIGEST_THEN: {
            "source": {"path": "/build/code", "packaging": "zip"},
            "destinations": {"here": {**destination, "objectKey": f"{DIGEST_THEN}.zip"}},
        },
        "template": {
            "source": {"path": f"{stack}.template.json", "packaging": "file"},
            "destinations": {"here": {**destination, "objectKey": "template.json"}},
        },
    }


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))


def test_stacks_come_after_those_they_need(folder: Path) -> None:
    assert [stack.name for stack in AssemblyFolder(folder).stacks()] == ["Data", "Service"]


def test_bootstrap_rule_and_parameter_are_left_out(folder: Path) -> None:
    stack = AssemblyFolder(folder).stacks()[0]
    assert "Rules" not in stack.template
    assert [*stack.template["Parameters"]] == ["Kept"]


def test_assets_are_placed_in_the_local_account(folder: Path) -> None:
    (asset,) = AssemblyFolder(folder).stacks()[0].assets
    assert asset.bucket == "assets-000000000000-us-east-1"
    assert (asset.path, asset.zipped, asset.key) == (
        Path("/build/code"),
        True,
        f"{DIGEST_THEN}.zip",
    )


def test_present_code_takes_the_place_of_the_synthesized_one(folder: Path) -> None:
    stack = AssemblyFolder(folder, {DIGEST_THEN: DIGEST_NOW}).stacks()[0]
    assert stack.assets[0].key == f"{DIGEST_NOW}.zip"
    code = stack.template["Resources"]["F"]["Properties"]["Code"]
    assert code["S3Key"] == f"{DIGEST_NOW}.zip"


def test_variables_change_only_where_they_exist() -> None:
    before = template()
    changed = with_environment(before, {"PROVIDERS": '[{"name":"x"}]', "OTHER": "1"})
    resources = changed["Resources"]
    variables = resources["F"]["Properties"]["Environment"]["Variables"]
    assert variables == {"PROVIDERS": '[{"name":"x"}]'}
    assert resources["Plain"] == before["Resources"]["Plain"]
    assert before == template()


def test_archive_depends_on_content_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "package").mkdir(parents=True)
        (tmp_path / name / "package" / "模块.py").write_text("x = 1")
    assert zip_folder(tmp_path / "one") == zip_folder(tmp_path / "two")
