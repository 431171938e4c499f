"""Who the merchant of a local run is, and what its simulator refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.errors import LocalRunError
from infra.local.instance import instance_from
from infra.local.payments import merchant_secret
from infra.local.ports import Ports
from infra.local.simulators.wechatpay.keys import load_key, new_keys
from infra.local.simulators.wechatpay.seal import BadSignature, Seal
from shared.payments.wechat.signing import authorization

PORTS = Ports(gateway=8080, emulator=1, chat_stream=2, models=3, ark=4, volcengine=5, wechatpay=6)
KEYS = new_keys()


def test_without_a_file_the_merchant_is_the_simulators_and_stays_the_same(tmp_path: Path) -> None:
    instance = replace(instance_from({}), state=tmp_path)
    first, again = (merchant_secret(instance, PORTS) for _ in range(2))
    assert first == again
    assert first["api_url"] == "http://127.0.0.1:6"
    assert first["notify_url"] == "http://127.0.0.1:8080/api/v1/payments/wechat/notify"
    assert (tmp_path / "wechatpay.json").stat().st_mode & 0o077 == 0


def test_a_file_names_a_real_merchant(tmp_path: Path) -> None:
    file = tmp_path / "merchant.json"
    file.write_text(json.dumps({"mchid": "1"}))
    instance = replace(instance_from({"WECHAT_PAY_FILE": str(file)}), state=tmp_path)
    assert merchant_secret(instance, PORTS) == {"mchid": "1"}


@pytest.mark.parametrize("content", ["no json", "[1]"])
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "merchant.json"
    file.write_text(content)
    instance = replace(instance_from({"WECHAT_PAY_FILE": str(file)}), state=tmp_path)
    with pytest.raises(LocalRunError):
        merchant_secret(instance, PORTS)


def header(*, body: str = "", timestamp: int = 1000, serial: str = KEYS.serial_no) -> str:
    return authorization(
        load_key(KEYS.private_key),
        mchid=KEYS.mchid,
        serial_no=serial,
        method="GET",
        target="/v3/certificates",
        body=body,
        timestamp=timestamp,
        nonce="n",
    )


@pytest.mark.parametrize(
    "given",
    ["", "Bearer x", header(body="x"), header(timestamp=600), header(serial="0")],
)
def test_the_platform_takes_no_request_the_merchant_did_not_sign(given: str) -> None:
    seal = Seal(KEYS, lambda: 1000.0)
    with pytest.raises(BadSignature):
        seal.check_request(given, "GET", "/v3/certificates", "")


def test_the_platform_takes_what_the_merchant_signed() -> None:
    Seal(KEYS, lambda: 1000.0).check_request(header(), "GET", "/v3/certificates", "")
