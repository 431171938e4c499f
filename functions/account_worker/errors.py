"""Why a step is not run; the workflow fails, and an alarm shows it."""


class UnknownStep(LookupError):
    """The workflow names a step that nothing here knows: a fault of this deployment."""


class AccountInUse(RuntimeError):
    """The account is not being deleted, so nothing of it may go."""
