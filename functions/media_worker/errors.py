"""Why a step did not come to an answer; the workflow knows these by name."""


class UnknownStep(LookupError):
    """The workflow names a step that nothing here knows: a fault of this deployment."""


class LeaseHeld(RuntimeError):
    """Another worker may be submitting this attempt: ask again when its lease is over."""
