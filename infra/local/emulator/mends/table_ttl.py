"""TTL of a table set by CloudFormation, which the emulator drops."""

from ministack.services import dynamodb

from infra.local.emulator.mends.provisioning import Properties, after, is_true


def apply() -> None:
    for resource_type in ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"):
        after(resource_type, _set_ttl)


def _set_ttl(table: str, properties: Properties) -> None:
    wanted = properties.get("TimeToLiveSpecification")
    if not wanted:
        dynamodb._ttl_settings.pop(table, None)
        return
    specification = {
        "Enabled": is_true(wanted.get("Enabled")),
        "AttributeName": wanted.get("AttributeName"),
    }
    dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification})
