"""cdk-nag: both AWS stages are clean, and the check does bite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs

from infra.nag import accept, check
from tests.infra.templates import Assembly


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_aws_stages_have_no_finding_without_a_reason(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assert assemblies[stage].report["pluginReports"] == []


def test_every_accepted_finding_has_a_reason_to_read(prod: Assembly) -> None:
    reasons = accepted(prod.folder)
    assert reasons
    for rule, reason in reasons:
        assert rule.startswith("AwsSolutions-")
        assert len(reason) >= 30, rule


def test_no_wildcard_action_is_accepted(prod: Assembly) -> None:
    assert not [rule for rule, _ in accepted(prod.folder) if "[Action::" in rule]


def test_a_finding_without_a_reason_stops_the_synthesis(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), analytics_reporting=False)
    check(app)
    sqs.Queue(Stack(app, "Careless"), "Queue")
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()


def test_an_accepted_finding_does_not_stop_it(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), analytics_reporting=False)
    check(app)
    queue = sqs.Queue(Stack(app, "Careful"), "Queue", enforce_ssl=True)
    accept(queue, "AwsSolutions-SQS3", "nothing is lost with a message of this test")
    app.synth()


def accepted(folder: Path) -> list[tuple[str, str]]:
    """Rule and reason of everything that was accepted anywhere in the assembly."""
    return [
        (rule.removeprefix("Annotation::"), reason)
        for file in folder.glob("*.metadata.json")
        for entries in json.loads(file.read_text(encoding="utf-8")).values()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule, reason in entry["data"].items()
    ]
