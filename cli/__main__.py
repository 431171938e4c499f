"""`python -m cli`, which bin/rolecraft runs."""

from cli.main import rolecraft

if __name__ == "__main__":
    rolecraft(prog_name="rolecraft")
