"""Failures of payments, beyond those every API shares."""

from shared.core.errors import Conflict, NotFound, ServiceUnavailable, Unauthorized, UpstreamError
from shared.core.text import Text


class OrderNotFound(NotFound):
    """No such order, or somebody else's."""

    text = Text("订单不存在", "Order not found")


class NotPayable(Conflict):
    """The order is paid, refunded or closed."""

    text = Text("订单当前状态无法支付", "The order cannot be paid in its state")


class OtherPayer(Conflict):
    """A payment by somebody else was begun: WeChat Pay binds an order to one payer."""

    text = Text("该订单已由另一微信用户发起支付", "Another WeChat user has begun to pay this order")


class NotCancellable(Conflict):
    """The order is paid, refunded or closed."""

    text = Text("订单当前状态无法取消", "The order cannot be cancelled in its state")


class NotRefundable(Conflict):
    """Only a paid order can be refunded."""

    text = Text("只有已支付的订单可以退款", "Only a paid order can be refunded")


class PaymentsNotSetUp(ServiceUnavailable):
    """The operator has not filled in the merchant's secret."""

    text = Text("支付功能尚未配置", "Payments are not set up in this deployment")


class PaymentProviderFailed(UpstreamError):
    """WeChat Pay refused or failed for good; `details.provider`, `details.reason`."""

    text = Text("微信支付调用失败", "WeChat Pay failed")


class NoticeRefused(Unauthorized):
    """A notice that WeChat Pay did not send, or that does not fit the order it names."""

    text = Text("通知验证失败", "The notice could not be verified")
