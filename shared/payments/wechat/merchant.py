"""The merchant's keys, out of the secret that the operator fills in.

`{"mchid", "appid", "serial_no", "private_key" (PEM), "apiv3_key" (32 characters), "notify_url"}`,
in public-key mode also `{"public_key_id": "PUB_KEY_ID_…", "public_key" (PEM)}`, and `api_url` where
it is not the real service.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from shared.aws.secrets import read_secret
from shared.core.observability import get_logger
from shared.payments.errors import PaymentsNotSetUp
from shared.payments.settings import PaymentSettings

API_URL = "https://api.mch.weixin.qq.com"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are at WeChat Pay; `public_keys` are the platform's by id, where it has given one."""

    mchid: str
    appid: str
    serial_no: str
    private_key: RSAPrivateKey = field(repr=False)
    apiv3_key: bytes = field(repr=False)
    notify_url: str
    api_url: str = API_URL
    public_keys: Mapping[str, RSAPublicKey] = field(default_factory=dict, repr=False)


def load_merchant() -> Merchant:
    """The deployment's merchant; blocking, from memory for five minutes.

    Raises:
        PaymentsNotSetUp: the secret is empty or cannot be used.
    """
    arn = PaymentSettings.from_env().wechat_pay_secret_arn
    if not arn:
        raise PaymentsNotSetUp
    secret = read_secret(arn)
    try:
        return _read(tuple(sorted(secret.items())))
    except (KeyError, ValueError, TypeError) as error:
        # The text of such an error may hold a part of the key.
        get_logger().error("merchant secret unusable", extra={"error": type(error).__name__})
        raise PaymentsNotSetUp from None


@lru_cache(maxsize=2)  # the one in use, and the one after a change
def _read(secret: tuple[tuple[str, str], ...]) -> Merchant:
    values = dict(secret)
    private_key = load_pem_private_key(values["private_key"].encode(), password=None)
    apiv3_key = values["apiv3_key"].encode()
    if not isinstance(private_key, RSAPrivateKey) or len(apiv3_key) != _KEY_BYTES:
        raise ValueError("keys")
    return Merchant(
        mchid=values["mchid"],
        appid=values["appid"],
        serial_no=values["serial_no"],
        private_key=private_key,
        apiv3_key=apiv3_key,
        notify_url=values["notify_url"],
        api_url=values.get("api_url") or API_URL,
        public_keys=_public_keys(values),
    )


def _public_keys(values: Mapping[str, str]) -> dict[str, RSAPublicKey]:
    if not values.get("public_key_id"):
        return {}
    key = load_pem_public_key(values["public_key"].encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("public_key")
    return {values["public_key_id"]: key}
