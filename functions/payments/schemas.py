"""What the payments API takes and shows."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from shared.core import clock
from shared.core.text import Text
from shared.data.orders import Order, Status
from shared.payments.products import products

ProductId = Literal["photo_pack", "video_pack", "subscription_month"]
StatusFilter = Status
OpenId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
_SHOWN = ("product", "quantity", "amount_fen", "status", "grants", "transaction_id",
          "refund_status", "refund_reason")  # fmt: skip
_TIMES = ("created_at", "updated_at", "expires_at", "paid_at", "closed_at", "refunded_at")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewOrder(_Body):
    """Body of POST /api/v1/orders; how many an order may hold is in products.json."""

    product: ProductId
    quantity: Annotated[int, Field(ge=1, strict=True)] = 1

    @field_validator("quantity")
    @classmethod
    def _not_too_many(cls, quantity: int, info: ValidationInfo) -> int:
        product = products().get(info.data.get("product", ""))
        if product and quantity > product.most:
            raise ValueError(Text(f"不能大于 {product.most}", f"must be at most {product.most}"))
        return quantity


class Payer(_Body):
    """Body of POST /api/v1/orders/:id/pay."""

    openid: OpenId


class KnownPayer(_Body):
    """Body of POST /api/v1/orders/:id/pay/retry: the first call named the payer."""

    openid: OpenId | None = None


class NewRefund(_Body):
    """Body of POST /api/v1/orders/:id/refund."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""


def order_body(order: Order) -> dict[str, Any]:
    """An order as clients see it."""
    times = {name: getattr(order, name) for name in _TIMES}
    return {
        "id": order.id,
        **{name: getattr(order, name) for name in _SHOWN},
        "currency": "CNY",
        **{name: value and clock.to_wire(value) for name, value in times.items()},
        "history": list(order.history),
    }
