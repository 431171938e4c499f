"""cdk-nag: the AwsSolutions checks, and how an accepted finding is written down."""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Stack, Validations
from constructs import Construct


def check(app: App) -> None:
    """Makes synthesis fail on every AwsSolutions finding without a reason."""
    # Seconds of import that only the AWS stages need.
    from cdk_nag import AwsSolutionsChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(construct: Construct, rule: str, reason: str) -> None:
    """Accepts one finding, for `construct` and what is below it; a finding that names a
    wildcard is accepted by its full id, such as `AwsSolutions-IAM5[Resource::*]`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def accept_wildcard(user: Construct, owner: Construct, arn: str, suffix: str, reason: str) -> None:
    """Accepts the wildcard resource `<arn><suffix>` in the policy of `user`, where `arn` belongs
    to `owner` in another stack: a finding calls it by its export."""
    stack = Stack.of(owner)
    export = stack.resolve(stack.export_value(arn))["Fn::ImportValue"]
    accept(user, f"AwsSolutions-IAM5[Resource::{export}{suffix}]", reason)
