"""Why a step is not run; the workflow fails, and an alarm shows it."""


class AccountInUse(RuntimeError):
    """The account is not being deleted, so nothing of it may go."""
