"""The merchant of WeChat Pay: a real one where a file names it, else the simulator's."""

import json

from infra.local.errors import LocalRunError
from infra.local.instance import Instance
from infra.local.ports import Ports
from infra.local.simulators.wechatpay.keys import keys_in

NOTIFY_PATH = "/api/v1/payments/wechat/notify"


def merchant_secret(instance: Instance, ports: Ports) -> dict[str, str]:
    """What goes into the merchant's secret (shared/payments/wechat/merchant.py).

    Raises:
        LocalRunError: WECHAT_PAY_FILE is not a JSON object of texts.
    """
    if instance.wechat_pay_file is None:
        keys = keys_in(instance.payment_keys_file)
        api_url = f"http://127.0.0.1:{ports.wechatpay}"
        return keys.merchant_secret(api_url, f"http://127.0.0.1:{ports.gateway}{NOTIFY_PATH}")
    try:
        secret: dict[str, str] = json.loads(instance.wechat_pay_file.read_text())
        return {str(name): str(value) for name, value in secret.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise LocalRunError(
            f"WECHAT_PAY_FILE cannot be read as a JSON object: {type(error).__name__}",
            f"WECHAT_PAY_FILE 无法作为 JSON 对象读取：{type(error).__name__}",
        ) from error
