"""The CDK app: `python -m infra.app`, alone or started by the CDK CLI."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from infra.layers import ROOT, LayerError
from infra.stages import SETTINGS, Stage, StageError, load_stage


def read_context(environ: Mapping[str, str]) -> dict[str, Any]:
    """The CLI hands the context over; a run without it reads cdk.json as the CLI would."""
    given = environ.get("CDK_CONTEXT_JSON")
    if given:
        return dict(json.loads(given))
    return dict(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"])


def read_stage(context: Mapping[str, Any], environ: Mapping[str, str]) -> Stage:
    """The stage of `-c stage=` or STAGE; settings of cdk.json give way to `-c name=value`."""
    name = str(context.get("stage") or environ.get("STAGE") or "dev")
    settings = dict(context.get("rolecraft", {}).get(name, {}))
    settings.update({key: context[key] for key in SETTINGS if key in context})
    return load_stage(name, settings)


def _prepare_kernel(stage: Stage) -> None:
    """CDK's node process reads these when it starts: at the first import of aws_cdk."""
    # Node's end of life is node's own message; jsii would frame it in red at every run.
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "18,20")
    if stage.is_local:
        # Two seconds of start for a check that the AWS stages pass with the same constructs.
        os.environ.setdefault("CDK_VALIDATION", "false")


def main() -> None:
    started = time.monotonic()
    try:
        context = read_context(os.environ)
        stage = read_stage(context, os.environ)
        _prepare_kernel(stage)
        from infra.assembly import build_artifacts, synthesize

        outdir = os.environ.get("CDK_OUTDIR", "cdk.out")
        synthesize(stage, context, build_artifacts(stage), outdir)
    except (StageError, LayerError) as error:
        sys.exit(f"rolecraft: {error}")
    seconds = time.monotonic() - started
    print(f"synthesized {stage.name} into {outdir} in {seconds:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
