"""The command and its groups; a new group is a module here and a line below (docs/cli.md)."""

import click

from cli.code import code
from cli.queues import queues
from cli.schedules import schedules
from cli.usage import usage

_HELP = """Looks after a running RoleCraft.

ROLECRAFT_URL names the deployment; ROLECRAFT_EMAIL and ROLECRAFT_PASSWORD, or ROLECRAFT_TOKEN,
say who asks. Without them it is the local run and its demo admin, from .rolecraft/demo.json.
"""


@click.group(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
def rolecraft() -> None:
    """The root of all groups."""


rolecraft.add_command(code)
rolecraft.add_command(queues)
rolecraft.add_command(schedules)
rolecraft.add_command(usage)
