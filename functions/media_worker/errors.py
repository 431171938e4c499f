"""Why a step did not come to an answer; the workflow knows these by name."""


class LeaseHeld(RuntimeError):
    """Another worker may be submitting this attempt: ask again when its lease is over."""
