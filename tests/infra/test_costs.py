"""Nothing is billed by the hour; what has a monthly fee at rest is listed with its sum.

Prices: us-east-1, in US dollars, without free tiers but that of SQS, which has no end.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.infra.templates import Assembly

# Billed by request, by message, by byte, or not at all.
FREE_AT_REST = {
    "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage", "AWS::CloudFront::Distribution", "AWS::DynamoDB::Table",
    "AWS::Events::EventBus", "AWS::Events::Rule", "AWS::IAM::Policy", "AWS::IAM::Role",
    "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function", "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission", "AWS::Lambda::Url", "AWS::Logs::LogGroup",
    # Its metric is billed for the hours in which something was counted.
    "AWS::Logs::MetricFilter",
    "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup",
    "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy",
    "AWS::StepFunctions::StateMachine",
}  # fmt: skip
MONTHLY_FEE = {
    "AWS::SecretsManager::Secret": Decimal("0.40"),
    "AWS::CloudWatch::Alarm": Decimal("0.10"),  # for each metric it reads
    "AWS::CloudWatch::Dashboard": Decimal("3.00"),
}
MINUTES = Decimal(60 * 730)
# An idle event source mapping polls its queue with 5 long polls of 20 s each.
POLLS = 5 * 3 * MINUTES
# One tick of housekeeping: request, 512 MB for 200 ms on arm64, a dozen small reads, 1 KB log.
TICK = (
    Decimal("0.20") / 1_000_000
    + Decimal("0.5") * Decimal("0.2") * Decimal("0.0000133334")
    + 22 * Decimal("0.5") * Decimal("0.125") / 1_000_000
    + Decimal("0.50") / 1_000_000
)


def polling(assembly: Assembly) -> Decimal:
    """What asking empty queues costs in a month."""
    mappings = assembly.of_type("AWS::Lambda::EventSourceMapping").values()
    consumers = [mapping for mapping in mappings if "StartingPosition" not in mapping]
    return POLLS * len(consumers) * Decimal("0.40") / 1_000_000


def fees(assembly: Assembly) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for resource in assembly.resources.values():
        fee = MONTHLY_FEE.get(resource["Type"])
        if fee is not None:
            read = [m for m in resource["Properties"].get("Metrics", ()) if "MetricStat" in m]
            fee *= max(1, len(read))
            found[resource["Type"]] = found.get(resource["Type"], Decimal(0)) + fee
    return found


@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_only_known_kinds_of_resources_are_used(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    kinds = {resource["Type"] for resource in assemblies[stage].resources.values()}
    assert kinds <= FREE_AT_REST | set(MONTHLY_FEE)


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_no_capacity_is_reserved_and_no_snapshot_is_kept(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    for function in assembly.functions().values():
        assert "SnapStart" not in function
        assert "VpcConfig" not in function
    for table in assembly.of_type("AWS::DynamoDB::Table").values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
    for mapping in assembly.of_type("AWS::Lambda::EventSourceMapping").values():
        assert "ProvisionedPollerConfig" not in mapping


def test_development_pays_for_its_three_secrets_only(dev: Assembly) -> None:
    assert fees(dev) == {"AWS::SecretsManager::Secret": Decimal("1.20")}


def test_production_pays_for_secrets_and_alarms(prod: Assembly) -> None:
    assert fees(prod) == {
        "AWS::SecretsManager::Secret": Decimal("1.20"),
        "AWS::CloudWatch::Alarm": Decimal("0.90"),
    }


def test_a_month_without_a_single_request_stays_below_five_dollars(
    prod: Assembly, dev: Assembly
) -> None:
    usage = polling(prod) + TICK * (MINUTES + MINUTES / 4)  # housekeeping, payment_worker
    assert sum(fees(prod).values()) + usage < 5
    assert sum(fees(dev).values()) + usage < Decimal("1.95")
