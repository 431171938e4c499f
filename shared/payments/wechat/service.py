"""The running function's `WeChatPay`."""

from shared.ai.guard import Guard
from shared.core.threads import off_loop
from shared.data.breakers import TableBreakerStore
from shared.payments.wechat.client import WeChatPay
from shared.payments.wechat.merchant import load_merchant
from shared.payments.wechat.refusals import PROVIDER

_current: WeChatPay | None = None


async def wechat_pay() -> WeChatPay:
    """The client of the deployment's merchant; a new one when the secret has changed.

    Raises:
        PaymentsNotSetUp: the secret is empty or cannot be used.
    """
    global _current
    merchant = await off_loop(load_merchant)
    if _current is None or _current.merchant is not merchant:
        guard = Guard(PROVIDER, _no_keys, TableBreakerStore())
        _current = WeChatPay(merchant, guard)
    return _current


async def _no_keys() -> tuple[str, ...]:
    return ()
