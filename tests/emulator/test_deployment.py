"""Deploying into the emulator: only what changed, and failures that can be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import LocalAws
from infra.local.deployment.assembly import FileAsset
from infra.local.deployment.assets import upload_assets
from infra.local.deployment.stacks import Change, Stacks
from infra.local.errors import LocalRunError
from infra.local.providers import store_keys
from tests.emulator.support import ROLE, RunningEmulator

BUCKET = "deployment"


@pytest.fixture
def aws(emulator: RunningEmulator) -> LocalAws:
    return LocalAws(emulator.port)


@pytest.fixture
def stacks(aws: LocalAws) -> Stacks:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    return Stacks(aws.client("cloudformation"), s3, BUCKET)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "index.py").write_text("def handler(event, context): return 'first'")
    return folder


def template(key: str, **more: Any) -> dict[str, Any]:
    properties = {
        "Code": {"S3Bucket": BUCKET, "S3Key": key},
        "Handler": "index.handler",
        "Runtime": "python3.11",
        "Role": ROLE,
        # Longer than what may be sent inline.
        "Environment": {"Variables": {f"NAME_{n}": "x" * 1000 for n in range(60)}},
    }
    resources = {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}, **more}
    return {"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": "F"}}}}


def test_files_are_sent_once_and_old_ones_removed(aws: LocalAws, code: Path) -> None:
    s3 = aws.client("s3")
    old, new = (FileAsset(code, True, "assets", f"{name}.zip") for name in ("old", "new"))
    assert upload_assets(s3, [old, old]) == 1
    assert upload_assets(s3, [old]) == 0
    assert upload_assets(s3, [new]) == 1
    (listed,) = s3.list_objects_v2(Bucket="assets")["Contents"]
    assert listed["Key"] == "new.zip"


def test_stack_is_created_left_alone_and_updated(
    emulator: RunningEmulator, aws: LocalAws, stacks: Stacks, code: Path
) -> None:
    s3 = aws.client("s3")

    def deploy(key: str) -> Change:
        upload_assets(s3, [FileAsset(code, True, BUCKET, key)])
        return stacks.apply("three-times", template(key))

    assert deploy("one.zip") is Change.CREATED
    assert deploy("one.zip") is Change.UNCHANGED
    name = stacks.outputs("three-times")["Name"]
    assert emulator.invoke(name) == ("first", None)
    (code / "index.py").write_text("def handler(event, context): return 'second'")
    assert deploy("two.zip") is Change.UPDATED
    assert emulator.invoke(name) == ("second", None)


def test_failed_stack_names_its_resource_and_can_be_deployed_again(
    aws: LocalAws, stacks: Stacks, code: Path
) -> None:
    upload_assets(aws.client("s3"), [FileAsset(code, True, BUCKET, "one.zip")])
    broken = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"FunctionName": {"Fn::GetAtt": ["F", "NoSuchAttribute"]}},
    }
    with pytest.raises(LocalRunError, match="Stack fails could not be deployed"):
        stacks.apply("fails", template("one.zip", Mapping=broken))
    assert stacks.apply("fails", template("one.zip")) is Change.CREATED


def test_keys_are_written_when_they_change(aws: LocalAws) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="providers", SecretString="{}")
    store_keys(secrets, "providers", {"openai": "k"})
    value = secrets.get_secret_value(SecretId="providers")
    assert json.loads(value["SecretString"]) == {"openai": "k"}
    store_keys(secrets, "providers", {"openai": "k"})
    assert secrets.get_secret_value(SecretId="providers")["VersionId"] == value["VersionId"]
