"""Every vector of WeChat Pay v3, both ways: what we sign, what we believe, what we read."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from shared.core import clock
from shared.payments.wechat.encryption import Undecryptable, decrypt, encrypt
from shared.payments.wechat.merchant import Merchant
from shared.payments.wechat.signing import (
    answer_message,
    authorization,
    is_signed,
    lines,
    pay_params,
    sign,
)
from shared.payments.wechat.verification import Forged, published_keys, verify

_FILE = Path(__file__).parents[2] / "support/vectors/wechatpay_v3.json"
DOCUMENT: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
REQUESTS = {v["name"]: v for v in DOCUMENT["request_signing"]}
ANSWERS = {v["name"]: v for v in DOCUMENT["response_verification"]}
NOTICES = {v["name"]: v for v in DOCUMENT["notifications"]}
SEALED = {v["name"]: v for v in DOCUMENT["aes_gcm"]}
CERTIFIED, KEY_ID = DOCUMENT["platform"]["serial_no"], DOCUMENT["platform"]["public_key_id"]


def merchant_key() -> RSAPrivateKey:
    key = load_pem_private_key(DOCUMENT["merchant"]["private_key_pem"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def platform_key() -> RSAPublicKey:
    key = load_pem_public_key(DOCUMENT["platform"]["public_key_pem"].encode())
    assert isinstance(key, RSAPublicKey)
    return key


def merchant() -> Merchant:
    return Merchant(
        mchid=DOCUMENT["mchid"],
        appid=DOCUMENT["appid"],
        serial_no=DOCUMENT["merchant"]["serial_no"],
        private_key=merchant_key(),
        apiv3_key=DOCUMENT["apiv3_key"].encode(),
        notify_url="https://pay.example.com/notify",
        public_keys={KEY_ID: platform_key()},
    )


async def known(serial: str) -> RSAPublicKey | None:
    return platform_key() if serial in (CERTIFIED, KEY_ID) else None


@contextmanager
def at(timestamp: str) -> Iterator[None]:
    with clock.travelling(lambda: float(timestamp)):
        yield


def small(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def check(vector: dict[str, Any], *, seconds_later: int = 0) -> None:
    headers = small(vector["headers"])
    with at(str(int(headers["wechatpay-timestamp"]) + seconds_later)):
        asyncio.run(verify(headers, vector["body_utf8"], known))


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_are_signed_as_in_the_vector(name: str) -> None:
    given, expected = REQUESTS[name]["input"], REQUESTS[name]["expected"]
    made = authorization(
        merchant_key(),
        mchid=given["mchid"],
        serial_no=given["serial_no"],
        method=given["method"],
        target=given["canonical_url"],
        body=given["body_utf8"],
        timestamp=int(given["timestamp"]),
        nonce=given["nonce_str"],
    )
    assert made == expected["authorization"]
    message = expected["message_to_sign"].encode()
    assert is_signed(merchant_key().public_key(), message, expected["signature"])


def test_parameters_of_the_page_are_signed_as_in_the_vector() -> None:
    vector = DOCUMENT["client_pay_params"]
    given = vector["input"]
    made = pay_params(
        merchant_key(),
        appid=given["appId"],
        prepay_id=given["package"].removeprefix("prepay_id="),
        timestamp=int(given["timeStamp"]),
        nonce=given["nonceStr"],
    )
    assert made == vector["client_params"]


@pytest.mark.parametrize("name", ANSWERS)
def test_signed_answers_are_believed(name: str) -> None:
    headers = small(ANSWERS[name]["headers"])
    message = answer_message(headers, ANSWERS[name]["body_utf8"])
    assert message.decode() == ANSWERS[name]["message_to_verify"]
    check(ANSWERS[name])


def test_certificates_are_read_and_sign_their_own_answer() -> None:
    vector = ANSWERS["certificates_ok"]
    with at(vector["headers"]["Wechatpay-Timestamp"]):
        keys = published_keys(merchant(), json.loads(vector["body_utf8"])["data"])
    assert set(keys) == {CERTIFIED}
    assert keys[CERTIFIED].public_numbers() == platform_key().public_numbers()


def test_a_certificate_that_has_run_out_is_not_used() -> None:
    listed = json.loads(ANSWERS["certificates_ok"]["body_utf8"])["data"]
    with at("2500000000"):
        assert published_keys(merchant(), listed) == {}


@pytest.mark.parametrize(
    "name", [n for n, v in NOTICES.items() if v["expected"]["signature_valid"]]
)
def test_true_notices_are_believed(name: str) -> None:
    check(NOTICES[name])


@pytest.mark.parametrize(
    "name", [n for n, v in NOTICES.items() if not v["expected"]["signature_valid"]]
)
def test_forged_notices_are_refused(name: str) -> None:
    with pytest.raises(Forged) as refused:
        check(NOTICES[name])
    assert refused.value.probe is (name == "bad_signature_probe")


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_signature_of_another_time_is_refused(seconds: int) -> None:
    with pytest.raises(Forged):
        check(NOTICES["payment_success"], seconds_later=seconds)


@pytest.mark.parametrize("seconds", [299, -299])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    check(NOTICES["payment_success"], seconds_later=seconds)


@pytest.mark.parametrize(
    "header", ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature"]
)
def test_a_notice_without_one_of_its_headers_is_refused(header: str) -> None:
    vector = NOTICES["payment_success"]
    headers = {name: value for name, value in vector["headers"].items() if name != header}
    with at(vector["headers"]["Wechatpay-Timestamp"]), pytest.raises(Forged):
        asyncio.run(verify(small(headers), vector["body_utf8"], known))


@pytest.mark.parametrize(
    "name", [n for n, v in NOTICES.items() if "decrypted_utf8" in v["expected"]]
)
def test_notices_are_decrypted_as_in_the_vector(name: str) -> None:
    resource = json.loads(NOTICES[name]["body_utf8"])["resource"]
    plain = decrypt(DOCUMENT["apiv3_key"].encode(), resource)
    assert plain.decode() == NOTICES[name]["expected"]["decrypted_utf8"]


def test_an_altered_resource_is_not_decrypted() -> None:
    resource = json.loads(NOTICES["valid_signature_but_undecryptable"]["body_utf8"])["resource"]
    with pytest.raises(Undecryptable):
        decrypt(DOCUMENT["apiv3_key"].encode(), resource)


@pytest.mark.parametrize("name", SEALED)
def test_encryption_is_that_of_the_vector_both_ways(name: str) -> None:
    vector = SEALED[name]
    key, plain = vector["key_utf8"].encode(), vector["plaintext_utf8"].encode()
    nonce, associated = vector["nonce_utf8"], vector["associated_data_utf8"]
    made = encrypt(key, plain, nonce=nonce, associated_data=associated)
    assert made["ciphertext"] == vector["ciphertext_base64"]
    assert decrypt(key, made) == plain


@pytest.mark.parametrize(
    "change",
    [{"ciphertext": "?"}, {"ciphertext": ""}, {"nonce": "short"}, {"algorithm": "AES-CBC"}],
)
def test_a_resource_that_is_none_is_refused(change: dict[str, str]) -> None:
    whole = encrypt(b"k" * 32, b"{}", nonce="123456789012", associated_data="")
    with pytest.raises(Undecryptable):
        decrypt(b"k" * 32, {**whole, **change})


def test_a_signature_of_another_message_is_none() -> None:
    key = merchant_key()
    signature = sign(key, lines("a", "b"))
    assert is_signed(key.public_key(), lines("a", "b"), signature)
    assert not is_signed(key.public_key(), lines("a", "c"), signature)
    assert not is_signed(key.public_key(), lines("a", "b"), "no base64!")
