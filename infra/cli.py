"""`python -m infra.cli`: runs RoleCraft on this machine and looks after it."""

import argparse
import os
import sys

from infra.local.commands import down, logs, status
from infra.local.errors import LocalRunError
from infra.local.instance import Instance, instance_from
from infra.local.processes import ChildFailedError
from infra.local.supervisor import Supervisor


def main() -> None:
    arguments = _parser().parse_args()
    try:
        _run(arguments, instance_from(os.environ))
    except (LocalRunError, ChildFailedError) as error:
        sys.exit(f"\n{error}")


def _run(arguments: argparse.Namespace, instance: Instance) -> None:
    match arguments.command:
        case "up":
            Supervisor(instance).up()
        case "down":
            down(instance)
        case "status":
            status(instance)
        case "logs":
            logs(instance, arguments.name, arguments.lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.cli",
        description="Runs RoleCraft on this machine. PORT (8080) and STATE (.rolecraft) choose "
        "the instance; OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODELS a real model; "
        "ARK_API_KEY, or VOLCENGINE_ACCESS_KEY and VOLCENGINE_SECRET_KEY, real pictures.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start everything and stay")
    commands.add_parser("down", help="stop what `up` started, keeping its data")
    commands.add_parser("status", help="what runs, and where")
    log = commands.add_parser("logs", help="the last lines of a function or a process")
    log.add_argument("name", nargs="?", help="e.g. identity, document_worker, gateway, emulator")
    log.add_argument("--lines", type=int, default=50)
    return parser


if __name__ == "__main__":
    main()
