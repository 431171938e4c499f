"""Puts the app together: artifacts, both stacks, the switches of a stage."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from aws_cdk import App, DefaultStackSynthesizer, Environment

from infra.artifacts import Artifacts, Asset
from infra.code_asset import build_code
from infra.layers import build_layers
from infra.nag import check
from infra.stacks.data import DataStack
from infra.stacks.service import ServiceStack
from infra.stages import Stage

# The emulator reads assets where they were built; nothing is copied, hashed or drawn.
_LOCAL_CONTEXT = {
    "aws:cdk:disable-asset-staging": True,
    "aws:cdk:enable-path-metadata": False,
}


def build_artifacts(stage: Stage) -> Artifacts:
    """Builds what changed; says so when there is no interpreter to compile byte-code with."""
    code = build_code(stage)
    layers = build_layers(stage)
    if not code.compiled:
        print(f"NOTICE: no python{stage.python} on PATH: no byte-code is shipped", file=sys.stderr)
    return Artifacts(
        code=Asset(code.path, code.digest),
        layers={name: Asset(layer.path, layer.digest) for name, layer in layers.items()},
    )


def synthesize(
    stage: Stage, context: Mapping[str, Any], artifacts: Artifacts, outdir: str
) -> tuple[DataStack, ServiceStack]:
    """Writes the cloud assembly; on AWS stages a finding without a reason is an error."""
    app = App(
        outdir=outdir,
        context={**context, **(_LOCAL_CONTEXT if stage.is_local else {})},
        analytics_reporting=False,
        tree_metadata=not stage.is_local,
    )
    if not stage.is_local:
        check(app)
    env = Environment(
        account=stage.account or os.environ.get("CDK_DEFAULT_ACCOUNT"),
        region=stage.region or os.environ.get("CDK_DEFAULT_REGION"),
    )
    data = DataStack(app, stage=stage, env=env, synthesizer=_synthesizer(stage))
    service = ServiceStack(
        app,
        stage=stage,
        data=data,
        artifacts=artifacts,
        env=env,
        synthesizer=_synthesizer(stage),
    )
    app.synth()
    return data, service


def _synthesizer(stage: Stage) -> DefaultStackSynthesizer | None:
    # The emulator is never bootstrapped.
    if stage.is_local:
        return DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    return None
