"""The parts of the local run that need no process and no socket."""
