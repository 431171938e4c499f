"""What payments need from the environment."""

from shared.core.settings import Settings


class PaymentSettings(Settings):
    """WECHAT_PAY_SECRET_ARN names the secret of shared/payments/wechat/merchant.py.

    It is empty where the deployment takes no payments.
    """

    wechat_pay_secret_arn: str = ""
