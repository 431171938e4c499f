"""Notices: forged, doubled, late, lost, and in any order; and the scheduled query."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.handler import handler
from shared.core import clock
from shared.data.credits import find_credits
from tests.support.accounts import Account
from tests.support.at_once import at_once
from tests.support.http import Client
from tests.support.payments import (
    NOTIFY,
    ORDERS,
    WeChat,
    minutes_later,
    new_order,
    pay,
    paying_order,
    run_worker,
    stored,
)


@pytest.mark.parametrize("lie", ["wrong-amount", "wrong-signature", "old", "probe", "other-order"])
def test_a_lie_is_refused_and_the_truth_after_it_is_taken(
    client: Client, wechat: WeChat, buyer: Account, lie: str
) -> None:
    order_id = paying_order(client)
    wechat.told(pay=order_id, notice=lie)
    notices = wechat.notices(2)
    assert [(notice["mode"], notice["status"]) for notice in notices] == [(lie, 401), ("ok", 200)]
    assert stored(buyer.id, order_id).status == "paid"
    assert find_credits(buyer.id)["photo"] == 10


def test_the_same_notice_many_times_at_once_credits_once(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paying_order(client)
    wechat.told(pay=order_id, notice="twice")
    for _ in range(3):
        wechat.told(notice_again=order_id, notice="twice")
    assert {notice["status"] for notice in wechat.notices(12)} == {200}
    assert find_credits(buyer.id)["photo"] == 10


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"no json", b"\xff\xfe", json.dumps({"resource": {}}).encode()],
)
def test_what_wechat_did_not_sign_is_refused(client: Client, raw: bytes) -> None:
    answer = Client(handler).call("POST", NOTIFY, raw=raw)
    assert answer.status == 401
    assert json.loads(answer.text)["code"] == "FAIL"


def test_a_new_certificate_is_fetched_when_it_first_signs(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paying_order(client)
    wechat.told(sign="new-certificate")
    with minutes_later(2):  # what is unknown is asked for once a minute
        wechat.told(pay=order_id)
        assert wechat.notices(1)[0]["status"] == 200
        assert stored(buyer.id, order_id).status == "paid"
        paying_order(client)  # its answer is signed with the new one too


def test_a_merchant_with_a_public_key_needs_no_certificates(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    wechat.told(sign="public-key")
    wechat.trust_public_key()
    order_id = paying_order(client)
    wechat.told(pay=order_id, notice="wrong-signature")
    assert [notice["status"] for notice in wechat.notices(2)] == [401, 200]
    assert stored(buyer.id, order_id).status == "paid"


def test_a_serial_that_no_certificate_has_is_refused(client: Client, wechat: WeChat) -> None:
    wechat.told(sign="public-key")  # the merchant has not been given it
    headers = {
        "wechatpay-serial": "PUB_KEY_ID_unknown",
        "wechatpay-timestamp": str(int(clock.timestamp())),
        "wechatpay-nonce": "n",
        "wechatpay-signature": "AAAA",
    }
    answer = Client(handler).call("POST", NOTIFY, raw=b"{}", headers=headers)
    assert (answer.status, json.loads(answer.text)["code"]) == (401, "FAIL")


def test_a_lost_notice_is_made_good_within_ten_minutes(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paying_order(client)
    with minutes_later(4):
        run_worker()  # nobody has paid yet
    wechat.told(pay=order_id, notice="lost")
    with minutes_later(8):
        run_worker()
    assert stored(buyer.id, order_id).status == "paid"
    assert find_credits(buyer.id)["photo"] == 10


def test_unpaid_orders_are_closed_after_two_hours_here_and_there(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    asked, never_asked = paying_order(client), new_order(client)
    with minutes_later(119):
        run_worker()
        assert stored(buyer.id, never_asked).status == "created"
    with minutes_later(126):
        run_worker()
    assert stored(buyer.id, asked).status == "closed"
    assert stored(buyer.id, never_asked).status == "closed"
    assert wechat.report()["orders"] == {asked: "CLOSED"}
    with minutes_later(200):
        assert run_worker() == {"checked": 0, "failed": 0}


def test_a_payment_in_the_last_second_is_not_closed_away(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paying_order(client)
    wechat.told(pay=order_id, notice="lost")
    with minutes_later(126):
        run_worker()
    assert stored(buyer.id, order_id).status == "paid"


def test_one_order_that_fails_keeps_no_other_waiting(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    orders = [paying_order(client) for _ in range(3)]
    for order_id in orders:
        wechat.told(pay=order_id, notice="lost")
    wechat.told(fault="unsigned")
    with minutes_later(2):
        assert run_worker() == {"checked": 3, "failed": 1}
    with minutes_later(10):
        assert run_worker() == {"checked": 1, "failed": 0}
    assert {stored(buyer.id, order_id).status for order_id in orders} == {"paid"}
    assert find_credits(buyer.id)["photo"] == 30


@pytest.mark.parametrize("fault", ["429", "500", "reset", "malformed", "lost-answer", "unsigned"])
def test_a_prepay_that_fails_once_never_makes_a_second_order_at_wechat(
    client: Client, wechat: WeChat, fault: str
) -> None:
    order_id = new_order(client)
    wechat.told(fault=fault)
    first = pay(client, order_id)
    assert first.status in (200, 502), first.text
    assert pay(client, order_id).status == 200
    assert list(wechat.report()["orders"]) == [order_id]


def test_a_refusal_of_wechat_names_its_reason(client: Client, wechat: WeChat) -> None:
    order_id = paying_order(client)
    wechat.told(pay=order_id, notice="lost")
    with minutes_later(119):
        answer = client.post(f"{ORDERS}/{order_id}/pay/retry")
    assert answer.status == 200  # the first prepay_id is still good
    wechat.told(fault="500", times=2)
    answer = pay(client, new_order(client))
    assert answer.status == 502
    assert answer.error["details"] == {"provider": "wechatpay", "reason": "unavailable"}


def test_notices_query_cancel_and_pay_at_the_same_instant_end_in_one_state(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paying_order(client)
    wechat.told(pay=order_id, notice="twice")

    calls: list[Callable[[], Any]] = [
        run_worker,
        lambda: client.post(f"{ORDERS}/{order_id}/cancel").status,
        lambda: pay(client, order_id).status,
        lambda: wechat.told(notice_again=order_id, notice="twice"),
    ]
    with minutes_later(2):  # when the worker asks
        at_once(calls * 3)
    wechat.notices(4)
    assert stored(buyer.id, order_id).status == "paid"
    assert find_credits(buyer.id)["photo"] == 10


def test_a_notice_for_a_closed_order_that_was_paid_after_all_is_taken(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paying_order(client)
    client.post(f"{ORDERS}/{order_id}/cancel")
    wechat.told(reset=True)  # a platform that has forgotten the closing
    from shared.payments.reconcile import apply_payment

    order = stored(buyer.id, order_id)
    told = {
        "out_trade_no": order_id,
        "trade_state": "SUCCESS",
        "transaction_id": "4200000000000000000000000001",
        "amount": {"total": order.amount_fen, "currency": "CNY"},
        "success_time": clock.iso(clock.now()),
    }
    assert apply_payment(order, told).status == "paid"
    assert find_credits(buyer.id)["photo"] == 10
