"""Runs every benchmark of this folder: `python -m tests.benchmarks [name …] [--json]`."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NOT_BENCHMARKS = {"__init__", "__main__", "harness", "system", "workspace_system"}


def main() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")} - NOT_BENCHMARKS
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    wanted = sorted(set(sys.argv[1:]) - set(options) or names)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)} (there are {', '.join(sorted(names))})")
    failed = []
    for name in wanted:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", *options]
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(name)
    if failed:
        sys.exit(f"did not run to the end: {', '.join(failed)}")


if __name__ == "__main__":
    main()
