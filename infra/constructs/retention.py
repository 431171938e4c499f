"""How long things live: data by the stage's protection, logs by its retention."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from infra.stages import LOG_RETENTION, Stage


def removal_policy(stage: Stage) -> RemovalPolicy:
    return RemovalPolicy.RETAIN if stage.protected else RemovalPolicy.DESTROY


def log_retention(stage: Stage) -> logs.RetentionDays:
    return logs.RetentionDays[LOG_RETENTION[stage.log_retention_days]]
