"""cfn-lint: the templates against the schemas of the resource types, the workflow included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.infra.templates import Assembly


def test_templates_fit_the_schemas_of_their_resources(prod: Assembly) -> None:
    templates = sorted(map(str, prod.folder.glob("*.template.json")))
    assert len(templates) == 2
    # Warnings are about style the CDK chooses, such as dependencies written twice.
    lint = Path(sys.executable).with_name("cfn-lint")
    command = [str(lint), "--ignore-checks", "W", "--regions", "us-east-1"]
    done = subprocess.run(
        [*command, "--template", *templates], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0)
