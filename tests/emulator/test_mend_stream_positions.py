"""A function goes on reading a table's stream after the emulator was started again."""

from pathlib import Path

from infra.local.emulator.process import emulator as emulator_process
from tests.emulator.conftest import ROOT
from tests.emulator.support import RunningEmulator, function
from tests.support.ports import own_port
from tests.support.waiting import until

CODE = """
import os, pathlib
def handler(event, context):
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        pathlib.Path(os.environ["SEEN"], key).touch()
"""
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "streamed",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
    },
}
READER = {
    "Type": "AWS::Lambda::EventSourceMapping",
    "Properties": {
        "FunctionName": {"Ref": "Reader"},
        "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
        "StartingPosition": "TRIM_HORIZON",
    },
}


def _write(running: RunningEmulator, key: str) -> None:
    running.client("dynamodb").put_item(TableName="streamed", Item={"pk": {"S": key}})


def _wait_for(folder: Path, *keys: str) -> None:
    until(lambda: {path.name for path in folder.iterdir()} >= set(keys))


def test_records_after_a_restart_are_read(interpreter: Path, tmp_path: Path) -> None:
    first = RunningEmulator(own_port())
    child = emulator_process(ROOT, interpreter, tmp_path / "state", first.port)
    child.start()
    seen = tmp_path / "seen"
    seen.mkdir()
    reader = function(CODE, Environment={"Variables": {"SEEN": str(seen)}})
    first.deploy({"Table": TABLE, "Reader": reader, "Mapping": READER})
    for number in range(3):
        _write(first, f"before-{number}")
    _wait_for(seen, "before-0", "before-1", "before-2")
    child.stop()

    second = RunningEmulator(own_port())
    child = emulator_process(ROOT, interpreter, tmp_path / "state", second.port)
    child.start()
    _write(second, "after")
    _wait_for(seen, "after")
    child.stop()
