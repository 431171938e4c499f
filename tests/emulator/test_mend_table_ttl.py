"""TTL of a table declared in a template."""

from typing import Any

import pytest

from tests.emulator.support import RunningEmulator


def table(kind: str, attribute: str | None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if kind == "AWS::DynamoDB::GlobalTable":
        properties["Replicas"] = [{"Region": "us-east-1"}]
    if attribute:
        properties["TimeToLiveSpecification"] = {"AttributeName": attribute, "Enabled": True}
    return {"Type": kind, "Properties": properties}


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"])
def test_ttl_follows_the_template(emulator: RunningEmulator, kind: str) -> None:
    stack = f"ttl-{kind.rsplit(':', maxsplit=1)[-1]}"

    def status(attribute: str | None) -> Any:
        name = emulator.deploy({"T": table(kind, attribute)}, stack)["T"]
        answer = emulator.client("dynamodb").describe_time_to_live(TableName=name)
        return answer["TimeToLiveDescription"]

    assert status("ttl") == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    assert status("ends")["AttributeName"] == "ends"
    assert status(None)["TimeToLiveStatus"] == "DISABLED"
