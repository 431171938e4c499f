"""Failures of model providers: one tree with stable reasons (contract retry).

AIServiceError
├── KeyExhausted           the key is refused or out of money; another key may work
├── RateLimitExceeded      429 about speed
├── ModelNotAvailable      unknown model, no access to it
├── ProviderTimeout        no answer in time, or silence in the middle of one
├── ProviderUnavailable    network error, 5xx, overload
├── InvalidProviderAnswer  not JSON, blank, cut in the middle
├── ContextTooLong         the prompt does not fit the model
└── ProviderRejected       the request was refused (parameters, content policy)
"""

from typing import ClassVar


class AIServiceError(Exception):
    """A model provider failed.

    `reason` is stable and safe to show; the message is the provider's own words, for the log.
    `retry_after` is in seconds, as the provider said it. `attempts` is set by the retry module.
    """

    reason: str = "failed"
    retryable: bool = False
    # Whether the failure speaks of the provider's health, so that the breaker counts it.
    counts_as_outage: ClassVar[bool] = False

    def __init__(
        self,
        provider: str,
        message: str = "",
        *,
        reason: str | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message or reason or self.reason)
        self.provider = provider
        self.reason = reason or type(self).reason
        self.retryable = type(self).retryable if retryable is None else retryable
        self.retry_after = retry_after
        self.status = status
        self.attempts = 1


class KeyExhausted(AIServiceError):
    """The API key was refused or has no money left: `key_rejected` or `out_of_credit`."""

    reason = "key_rejected"


class RateLimitExceeded(AIServiceError):
    """Too many requests or tokens per minute."""

    reason = "rate_limited"
    retryable = True


class ModelNotAvailable(AIServiceError):
    """The provider does not serve this model to this account."""

    reason = "model_not_available"


class ProviderTimeout(AIServiceError):
    """No answer in time, or silence in the middle of one."""

    reason = "timeout"
    retryable = True
    counts_as_outage = True


class ProviderUnavailable(AIServiceError):
    """The network or the provider is down: `connection_failed` or `unavailable`."""

    reason = "unavailable"
    retryable = True
    counts_as_outage = True


class InvalidProviderAnswer(AIServiceError):
    """The answer cannot be used: `invalid_answer`, `blank_answer` or `cut`."""

    reason = "invalid_answer"
    retryable = True
    counts_as_outage = True


class ContextTooLong(AIServiceError):
    """Prompt and answer do not fit the model's context."""

    reason = "context_too_long"


class ProviderRejected(AIServiceError):
    """The provider refused the request: `rejected`, `forbidden` or `content_filtered`."""

    reason = "rejected"
