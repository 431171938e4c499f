"""What a run tells others about itself: `run.json` in its state directory."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class RunState:
    pid: int
    url: str
    ports: dict[str, int]
    pids: dict[str, int] = field(default_factory=dict)
    ready: bool = False

    def write(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), indent=2) + "\n")
        partial.rename(path)


def read_run(path: Path) -> RunState | None:
    """None when nothing ran here, or what ran is gone."""
    if not path.is_file():
        return None
    state = RunState(**json.loads(path.read_text()))
    return state if is_alive(state.pid) else None


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
