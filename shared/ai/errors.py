"""Failures of model providers: one tree with stable reasons (contract retry.md).

UpstreamError                   502 UPSTREAM_ERROR, details.provider, details.reason
└── AIServiceError
    ├── KeyExhausted            the key is refused or out of money; another key may work
    ├── RateLimitExceeded       429 about speed
    ├── ModelNotAvailable       unknown model, or no access to it
    ├── ProviderTimeout         no answer in time, or silence in the middle of one
    ├── ProviderUnavailable     network error, 5xx, overload
    ├── InvalidProviderAnswer   not JSON, blank, cut in the middle
    ├── ContextTooLong          the prompt does not fit the model
    ├── ProviderRejected        the request was refused (parameters, content policy)
    └── CircuitOpen             503 SERVICE_UNAVAILABLE: not called, the breaker is open
"""

from math import ceil
from typing import ClassVar

from shared.core.errors import ServiceUnavailable, UpstreamError
from shared.core.text import Text

_MAX_DETAIL = 300


class AIServiceError(UpstreamError):
    """A model provider failed.

    Attributes:
        provider: its configured name.
        reason: stable and safe to show; also in the envelope's `details.reason`.
        detail: the provider's own words, for the log only.
        retryable: whether the same call may succeed a little later.
        retry_after_s: seconds the provider asked for, if it did.
        upstream_status: its HTTP status, if there was one.
        attempts: calls made, set by the retry module.
    """

    default_reason: ClassVar[str] = "failed"
    default_retryable: ClassVar[bool] = False
    # It speaks of the provider's health, so the circuit breaker counts it.
    outage: ClassVar[bool] = False

    def __init__(
        self,
        provider: str,
        detail: str = "",
        *,
        reason: str | None = None,
        retryable: bool | None = None,
        retry_after_s: float | None = None,
        upstream_status: int | None = None,
    ) -> None:
        self.provider = provider
        self.reason = reason or self.default_reason
        self.detail = detail[:_MAX_DETAIL]
        self.retryable = self.default_retryable if retryable is None else retryable
        self.retry_after_s = retry_after_s
        self.upstream_status = upstream_status
        self.attempts = 1
        super().__init__(details={"provider": provider, "reason": self.reason})

    def __str__(self) -> str:
        return f"{self.provider}: {self.reason}" + (f": {self.detail}" if self.detail else "")


class KeyExhausted(AIServiceError):
    """The API key was refused or has no money left: `key_rejected` or `out_of_credit`."""

    default_reason = "key_rejected"
    text = Text("模型服务的密钥无效或余额不足", "The model provider refused the key")


class RateLimitExceeded(AIServiceError):
    """Too many requests or tokens per minute."""

    default_reason = "rate_limited"
    default_retryable = True
    text = Text("模型服务繁忙，请稍后再试", "The model provider is busy, please try again later")


class ModelNotAvailable(AIServiceError):
    """Nobody configured serves this model, or not to this account."""

    default_reason = "model_not_available"
    text = Text("所选模型不可用", "The model is not available")


class ProviderTimeout(AIServiceError):
    """No answer in time, or silence in the middle of one."""

    default_reason = "timeout"
    default_retryable = True
    outage = True
    text = Text("模型服务响应超时", "The model provider did not answer in time")


class ProviderUnavailable(AIServiceError):
    """The network or the provider is down: `connection_failed` or `unavailable`."""

    default_reason = "unavailable"
    default_retryable = True
    outage = True
    text = Text("模型服务暂时不可用", "The model provider is unavailable")


class InvalidProviderAnswer(AIServiceError):
    """The answer cannot be used: `invalid_answer`, `blank_answer` or `cut`."""

    default_reason = "invalid_answer"
    default_retryable = True
    outage = True
    text = Text("模型服务返回了无法使用的结果", "The model provider's answer cannot be used")


class ContextTooLong(AIServiceError):
    """Prompt and answer do not fit the model's context."""

    default_reason = "context_too_long"
    text = Text("内容超出了模型的上下文长度", "The conversation does not fit the model's context")


class ProviderRejected(AIServiceError):
    """The provider refused the request: `rejected`, `forbidden` or `content_filtered`."""

    default_reason = "rejected"
    text = Text("模型服务拒绝了该请求", "The model provider refused the request")


class CircuitOpen(AIServiceError):
    """Not called: the provider failed too often, and its rest is not over."""

    status = ServiceUnavailable.status
    code = ServiceUnavailable.code
    text = ServiceUnavailable.text
    default_reason = "circuit_open"

    def __init__(self, provider: str, *, retry_after_s: float) -> None:
        super().__init__(provider, retry_after_s=retry_after_s)
        self.retry_after = max(1, ceil(retry_after_s))
