"""The signature of Standard Webhooks, and two secrets for a day."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from shared.messaging.webhooks.sender import ATTEMPTS, delay_after
from shared.messaging.webhooks.signing import WebhookSecrets, new_secret, webhook_headers

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_signature_is_that_of_the_specification():
    """The example that the specification's own libraries test with."""
    moment = datetime.fromtimestamp(1614265330, UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    headers = webhook_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", moment, b'{"test": 2432232314}', [secret]
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_receiver_with_either_secret_finds_its_signature():
    old = WebhookSecrets.new()
    both = old.rotated(NOW)

    headers = webhook_headers("msg_1", NOW, "图".encode(), both.valid(NOW))

    signatures = headers["webhook-signature"].split(" ")
    content = f"msg_1.{headers['webhook-timestamp']}.图".encode()
    for secret in (both.current, old.current):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        assert f"v1,{expected}" in signatures


def test_the_old_secret_is_valid_for_24_hours():
    old = WebhookSecrets.new()
    both = old.rotated(NOW)
    end = NOW + timedelta(hours=24)

    assert old.valid(NOW) == (old.current,)
    assert both.valid(end - timedelta(seconds=1)) == (both.current, old.current)
    assert both.valid(end) == (both.current,)


def test_a_second_rotation_ends_the_first_secret_at_once():
    first = WebhookSecrets.new()
    second = first.rotated(NOW)
    third = second.rotated(NOW + timedelta(hours=1))

    assert third.valid(NOW + timedelta(hours=1)) == (third.current, second.current)


def test_secrets_are_32_random_bytes():
    made = {new_secret() for _ in range(20)}

    assert len(made) == 20
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in made} == {32}


@pytest.mark.parametrize("secret", ["", "abc", "whsec_%%%", "d2hzZWM="])
def test_a_secret_of_another_form_is_refused_and_not_shown(secret: str):
    with pytest.raises(ValueError, match="whsec_<base64>"):
        webhook_headers("msg_1", NOW, b"", [secret])


def test_five_attempts_outlast_an_hour_without_a_receiver():
    delays = [delay_after(attempt) for attempt in range(1, ATTEMPTS)]
    waits = [delay for delay in delays if delay is not None]

    assert len(waits) == ATTEMPTS - 1
    assert waits == sorted(waits)
    assert 3_600 < sum(waits) < 2 * 3_600
    assert delay_after(ATTEMPTS) is None
