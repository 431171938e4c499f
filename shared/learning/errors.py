"""Why a part of a learning job came to nothing."""


class PartFailed(Exception):
    """No later try helps; `code` and `reason` are stable and safe to show."""

    code = "UPSTREAM_ERROR"

    def __init__(self, reason: str, code: str | None = None) -> None:
        self.reason = reason
        self.code = code or self.code
        super().__init__(f"{self.code}: {reason}")


class InvalidModelOutput(PartFailed):
    """The model's answer was not what it was asked for, nor was it after one repair."""

    code = "INVALID_MODEL_OUTPUT"


class ModelUnavailable(RuntimeError):
    """The model cannot be asked now; the workflow tries again in a minute or more."""
