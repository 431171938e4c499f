"""What the workflow knows by name."""


class UnknownStep(LookupError):
    """The workflow names a step that nothing here knows: a fault of this deployment."""
