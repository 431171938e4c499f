"""Tables, files, secrets and the queue of uploads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.templates import Assembly

CONTEXTS = {
    "identity", "roles", "chat", "documents", "ledger", "limits", "tasks", "payments", "flow",
    "workspaces", "learning",
}  # fmt: skip
STAGES = ("prod", "dev", "local")


def tables(assembly: Assembly) -> dict[str, dict[str, Any]]:
    found = assembly.of_type("AWS::DynamoDB::Table").values()
    return {table["TableName"].rsplit("-", 1)[1]: table for table in found}


@pytest.mark.parametrize("stage", STAGES)
def test_every_context_has_one_table_of_the_common_shape(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    found = tables(assemblies[stage])
    assert set(found) == CONTEXTS
    for table in found.values():
        assert table["KeySchema"] == [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        (index,) = table["GlobalSecondaryIndexes"]
        assert index["IndexName"] == "gsi1"
        assert [key["AttributeName"] for key in index["KeySchema"]] == ["gsi1pk", "gsi1sk"]
        assert index["Projection"] == {"ProjectionType": "ALL"}
        assert {entry["AttributeType"] for entry in table["AttributeDefinitions"]} == {"S"}


@pytest.mark.parametrize("stage", STAGES)
def test_tables_are_on_demand_with_ttl_and_a_stream_of_new_images(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    for table in tables(assemblies[stage]).values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
        assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


@pytest.mark.parametrize(("stage", "expected"), [("prod", True), ("dev", True), ("local", False)])
def test_point_in_time_recovery_is_on_outside_the_local_run(
    assemblies: dict[str, Assembly], stage: str, expected: bool
) -> None:
    for table in tables(assemblies[stage]).values():
        recovery = table["PointInTimeRecoverySpecification"]
        assert recovery["PointInTimeRecoveryEnabled"] is expected


def test_production_data_survives_its_stack(prod: Assembly) -> None:
    for resource in prod.data["Resources"].values():
        # A policy document holds no data.
        if not resource["Type"].endswith("Policy"):
            assert resource["DeletionPolicy"] == "Retain", resource["Type"]
            assert resource["UpdateReplacePolicy"] == "Retain", resource["Type"]
    for table in tables(prod).values():
        assert table["DeletionProtectionEnabled"] is True


def test_production_stacks_are_protected_from_termination(assemblies: dict[str, Assembly]) -> None:
    def protected(assembly: Assembly) -> set[bool]:
        manifest = json.loads((assembly.folder / "manifest.json").read_text())
        stacks = [
            artifact["properties"]
            for artifact in manifest["artifacts"].values()
            if artifact["type"] == "aws:cloudformation:stack"
        ]
        assert len(stacks) == 2
        return {stack.get("terminationProtection", False) for stack in stacks}

    assert protected(assemblies["prod"]) == {True}
    assert protected(assemblies["dev"]) == {False}


def test_development_leaves_nothing_behind(dev: Assembly) -> None:
    policies = {resource.get("DeletionPolicy") for resource in dev.data["Resources"].values()}
    assert "Retain" not in policies


def test_files_bucket_is_private_and_encrypted(prod: Assembly) -> None:
    bucket = prod.only("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    statements = prod.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    conditions = [statement["Condition"] for statement in statements]
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
    assert {statement["Effect"] for statement in statements} == {"Deny"}


def test_files_bucket_takes_browser_uploads_and_drops_broken_ones(prod: Assembly) -> None:
    bucket = prod.only("AWS::S3::Bucket")
    (cors,) = bucket["CorsConfiguration"]["CorsRules"]
    assert "POST" in cors["AllowedMethods"]
    assert "PUT" not in cors["AllowedMethods"]
    broken, incoming, exports = bucket["LifecycleConfiguration"]["Rules"]
    assert broken["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    # Originals stay under uploads/ for download: no rule may expire them.
    assert "ExpirationInDays" not in broken
    assert (incoming["Prefix"], incoming["ExpirationInDays"]) == ("incoming/", 1)
    assert (exports["Prefix"], exports["ExpirationInDays"]) == ("exports/", 1)


def test_uploads_become_messages_of_the_documents_queue(prod: Assembly) -> None:
    ((bucket_id, bucket),) = prod.of_type("AWS::S3::Bucket").items()
    (notification,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
    assert notification["Event"] == "s3:ObjectCreated:*"
    rules = notification["Filter"]["S3Key"]["Rules"]
    assert rules == [{"Name": "prefix", "Value": "uploads/"}]
    queue_id = prod.target(notification["Queue"])
    assert prod.data["Resources"][queue_id]["Properties"]["QueueName"].endswith("-documents")
    policy = next(
        policy
        for policy in prod.of_type("AWS::SQS::QueuePolicy").values()
        if prod.target(policy["Queues"][0]) == queue_id
    )
    # S3 sends a test message when the bucket is made.
    (made_before,) = prod.data["Resources"][bucket_id]["DependsOn"]
    assert prod.data["Resources"][made_before]["Properties"] == policy
    allowed = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert [statement["Principal"] for statement in allowed] == [{"Service": "s3.amazonaws.com"}]
    assert allowed[0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_auth_secret_is_generated_in_its_flat_form(prod: Assembly) -> None:
    generated = [
        secret["GenerateSecretString"]
        for secret in prod.of_type("AWS::SecretsManager::Secret").values()
        if "GenerateSecretString" in secret
    ]
    auth = next(secret for secret in generated if secret["PasswordLength"] < 128)
    assert json.loads(auth["SecretStringTemplate"]) == {"current": "k1"}
    assert auth["GenerateStringKey"] == "k1"
    assert auth["PasswordLength"] >= 64


def test_flow_secret_is_long_enough_for_an_admin_token_and_keys(prod: Assembly) -> None:
    (flow,) = [
        secret["GenerateSecretString"]
        for secret in prod.of_type("AWS::SecretsManager::Secret").values()
        if secret.get("GenerateSecretString", {}).get("PasswordLength") == 128
    ]
    assert json.loads(flow["SecretStringTemplate"]) == {"current": "k1"}
    assert flow["GenerateStringKey"] == "k1"


def test_providers_secret_begins_empty(prod: Assembly) -> None:
    values = [s.get("SecretString") for s in prod.of_type("AWS::SecretsManager::Secret").values()]
    assert values.count("{}") == 1
