"""RSA signatures of WeChat Pay: SHA-256, PKCS#1 v1.5, over lines that each end with a newline.

Sources: pay.weixin.qq.com/doc/v3/merchant/4012365342 (requests), 4012365334 (answers and notices),
4012791855 (parameters of the page).
"""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

SCHEME = "WECHATPAY2-SHA256-RSA2048"


def lines(*parts: str) -> bytes:
    """The message that is signed."""
    return "".join(f"{part}\n" for part in parts).encode()


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """The signature as base64."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the owner of that key signed the message; False for what is no base64."""
    try:
        key.verify(
            base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def authorization(
    key: RSAPrivateKey,
    *,
    mchid: str,
    serial_no: str,
    method: str,
    target: str,
    body: str,
    timestamp: int,
    nonce: str,
) -> str:
    """The header `Authorization` of a request.

    Args:
        target: the path with its query, as it is sent.
        body: exactly what is sent; empty for GET.
        nonce: at most 32 characters.
    """
    signature = sign(key, lines(method, target, str(timestamp), nonce, body))
    fields = {
        "mchid": mchid,
        "nonce_str": nonce,
        "signature": signature,
        "timestamp": timestamp,
        "serial_no": serial_no,
    }
    return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in fields.items())


def pay_params(
    key: RSAPrivateKey, *, appid: str, prepay_id: str, timestamp: int, nonce: str
) -> dict[str, str]:
    """What the page hands to WeixinJSBridge or wx.requestPayment; `signType` is not signed."""
    package = f"prepay_id={prepay_id}"
    return {
        "appId": appid,
        "timeStamp": str(timestamp),
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": sign(key, lines(appid, str(timestamp), nonce, package)),
    }


def answer_message(headers: Mapping[str, str], body: str) -> bytes:
    """What WeChat Pay signed of an answer or a notice (`headers` by lower-case names)."""
    timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    return lines(timestamp, nonce, body)
