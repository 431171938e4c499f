"""The tree of errors a client can see (contract common.md, table of codes).

AppError
├── InvalidRequest          400 INVALID_REQUEST
├── Unauthorized            401 UNAUTHORIZED
├── Forbidden               403 FORBIDDEN
├── NotFound                404 NOT_FOUND
├── MethodNotAllowed        405 METHOD_NOT_ALLOWED
├── Conflict                409 CONFLICT
├── PayloadTooLarge         413 PAYLOAD_TOO_LARGE
├── UnsupportedMediaType    415 UNSUPPORTED_MEDIA_TYPE
├── RateLimited             429 RATE_LIMITED          (Retry-After)
├── UpstreamError           502 UPSTREAM_ERROR        (details.provider, details.reason)
└── ServiceUnavailable      503 SERVICE_UNAVAILABLE   (Retry-After)
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from shared.core.text import Text

Details = Mapping[str, Any]


class AppError(Exception):
    """A failure with a stable code, a status and a text for a person."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"
    text: ClassVar[Text] = Text(
        "服务内部错误，请稍后再试", "Internal error, please try again later"
    )

    def __init__(
        self,
        message: Text | None = None,
        *,
        details: Details | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = message or self.text
        self.details: dict[str, Any] = dict(details or {})
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {self.message.en}")


class InvalidRequest(AppError):
    """Malformed, of the wrong type, out of range, or an unknown value."""

    status = 400
    code = "INVALID_REQUEST"
    text = Text("请求参数错误", "The request is not valid")

    @classmethod
    def of_field(cls, field: str, reason: Text) -> "InvalidRequest":
        """The refusal of one field, dotted path, with its reason."""
        message = Text(f"请求参数错误：{field} {reason.zh}", f"Invalid {field}: {reason.en}")
        entry = {"field": field, "reason": reason.en}
        return cls(message, details={**entry, "errors": [entry]})


class WrongField(ValueError):
    """Raised by a model that sees several fields together: the 400 names `field`, not the body."""

    def __init__(self, field: str, reason: Text) -> None:
        self.field = field
        super().__init__(reason)


def demand_either(**fields: object) -> None:
    """Of two fields that exclude each other one is to be given; None is not given.

    Raises:
        WrongField: the first where neither is, the second where both are.
    """
    (first, one), (second, other) = fields.items()
    if (one is None) == (other is None):
        reason = Text(f"{first} 与 {second} 须且只能提供一个", f"give either {first} or {second}")
        raise WrongField(first if one is None else second, reason)


class Unauthorized(AppError):
    """No, bad, expired or revoked credential: one message for all of them."""

    status = 401
    code = "UNAUTHORIZED"
    text = Text("未登录或登录已失效", "Not signed in, or the credential is no longer valid")


class Forbidden(AppError):
    """A known caller who is not allowed."""

    status = 403
    code = "FORBIDDEN"
    text = Text("没有权限执行此操作", "You are not allowed to do this")


class NotFound(AppError):
    """No such object, or somebody else's: existence is never leaked."""

    status = 404
    code = "NOT_FOUND"
    text = Text("请求的资源不存在", "Not found")


class MethodNotAllowed(AppError):
    """The route exists, not with this method."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    text = Text("不支持的请求方法", "Method not allowed")


class Conflict(AppError):
    """The state does not allow it."""

    status = 409
    code = "CONFLICT"
    text = Text("与当前状态冲突", "In conflict with the current state")


class PayloadTooLarge(AppError):
    """The body is over the limit."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"
    text = Text("请求内容过大", "The request body is too large")


class UnsupportedMediaType(AppError):
    """The body's Content-Type is not what the route takes."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    text = Text("不支持的内容类型", "Unsupported content type")


class RateLimited(AppError):
    """Too many calls, attempts, or no budget left."""

    status = 429
    code = "RATE_LIMITED"
    text = Text("请求过于频繁，请稍后再试", "Too many requests, please try again later")


class UpstreamError(AppError):
    """A model or payment provider failed for good."""

    status = 502
    code = "UPSTREAM_ERROR"
    text = Text("上游服务调用失败", "An upstream provider failed")


class ServiceUnavailable(AppError):
    """A dependency is down or its circuit is open."""

    status = 503
    code = "SERVICE_UNAVAILABLE"
    text = Text("服务暂时不可用，请稍后再试", "Temporarily unavailable, please try again later")

    def __init__(
        self,
        message: Text | None = None,
        *,
        details: Details | None = None,
        retry_after: int = 5,
    ) -> None:
        super().__init__(message, details=details, retry_after=retry_after)
