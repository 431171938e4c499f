"""The README's tour works word for word."""

import itertools
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, System

DEFAULT_ORIGIN = "http://localhost:8080"


def _tour(readme: str) -> str:
    """Every shell block of the section that follows the heading of the tour."""
    commands: list[str] = []
    heading = ""
    # Prose and blocks take turns; what a block quotes may look like a heading.
    parts = re.split(r"^```", (ROOT / readme).read_text(), flags=re.MULTILINE)
    for prose, block in itertools.zip_longest(parts[::2], parts[1::2], fillvalue=""):
        heading = [heading, *re.findall(r"^## (.*)", prose, flags=re.MULTILINE)][-1]
        if heading.startswith(("A tour", "走一遍")) and block.startswith("bash\n"):
            commands.append(block.removeprefix("bash\n"))
    return "\n".join(commands)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_tour_works_word_for_word(system: System, tmp_path: Path, readme: str) -> None:
    script = _tour(readme)
    assert DEFAULT_ORIGIN in script
    script = script.replace(DEFAULT_ORIGIN, system.url)
    script = script.replace("li@example.com", f"{readme.lower()}@example.com")
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert '"done": true' in run.stdout
    assert "policy.md" in run.stdout
    assert '"correction":"receive"' in run.stdout
