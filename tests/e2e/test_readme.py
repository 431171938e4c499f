"""The README's tour works word for word."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, System

DEFAULT_ORIGIN = "http://localhost:8080"


def _tour(readme: str) -> str:
    """Every shell block of the section that follows the heading of the tour."""
    text = (ROOT / readme).read_text()
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    tour = next(part for part in section if part.startswith(("A tour", "走一遍")))
    return "\n".join(re.findall(r"```bash\n(.*?)```", tour, flags=re.DOTALL))


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
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert '"done": true' in run.stdout
    assert "policy.md" in run.stdout
    assert '"correction":"receive"' in run.stdout
