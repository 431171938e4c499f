"""Orders: prices, lists, payment, cancelling, refund, credits and subscriptions."""

from datetime import timedelta

import pytest

from functions.payments.handler import handler
from shared.core import clock
from shared.data.credits import find_credits
from shared.data.users import find_user
from shared.payments.products import products
from tests.support.accounts import Account, new_account, new_admin
from tests.support.http import Client
from tests.support.payments import (
    OPENID,
    ORDERS,
    WeChat,
    minutes_later,
    new_order,
    pay,
    paying_order,
    run_worker,
    store_merchant,
    stored,
)


def paid_order(
    client: Client, wechat: WeChat, product: str = "photo_pack", quantity: int = 1
) -> str:
    order_id = paying_order(client, product=product, quantity=quantity)
    wechat.told(pay=order_id)
    wechat.notices(1)
    return order_id


def test_an_order_has_the_price_of_the_data_file(client: Client) -> None:
    answer = client.post(ORDERS, {"product": "photo_pack", "quantity": 3})
    assert answer.status == 201
    assert answer.data["amount_fen"] == 3 * products()["photo_pack"].price_fen
    assert answer.data["currency"] == "CNY"
    assert answer.data["status"] == "created"
    assert client.get(f"{ORDERS}/{answer.data['id']}").data == answer.data


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "product"),
        ({"product": "car"}, "product"),
        ({"product": "photo_pack", "quantity": 0}, "quantity"),
        ({"product": "photo_pack", "quantity": "2"}, "quantity"),
        ({"product": "car", "quantity": 1000}, "product"),
        ({"product": "photo_pack", "quantity": 101}, "quantity"),
        ({"product": "photo_pack", "price": 1}, "price"),
    ],
)
def test_what_cannot_be_ordered_is_named(
    client: Client, body: dict[str, object], field: str
) -> None:
    answer = client.post(ORDERS, body)
    assert answer.status == 400
    assert answer.error["details"]["field"] == field


def test_more_than_an_order_may_hold_is_refused(client: Client) -> None:
    answer = client.post(ORDERS, {"product": "subscription_month", "quantity": 13})
    assert answer.status == 400
    assert "12" in answer.error["message"]


def test_orders_are_listed_newest_first_and_by_status(client: Client) -> None:
    first, second = new_order(client), new_order(client, "video_pack")
    assert client.post(f"{ORDERS}/{first}/cancel").data["status"] == "closed"
    listed = client.get(ORDERS).data
    assert [order["id"] for order in listed["items"]] == [second, first]
    assert listed["total"] == 2
    closed = client.get(ORDERS, status="closed").data
    assert [order["id"] for order in closed["items"]] == [first]


def test_one_idempotency_key_makes_one_order(client: Client) -> None:
    made = {
        client.post(ORDERS, {"product": "photo_pack"}, idempotency_key="once").data["id"]
        for _ in range(3)
    }
    assert len(made) == 1
    assert client.get(ORDERS).data["total"] == 1


def test_paying_gives_signed_parameters_and_a_notice_makes_it_paid(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = new_order(client, quantity=2)
    answer = pay(client, order_id)
    params = answer.data["pay_params"]
    assert set(params) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert params["package"].startswith("prepay_id=wx")
    assert answer.data["status"] == "paying"
    wechat.told(pay=order_id)
    assert wechat.notices(1)[0]["status"] == 200
    paid = client.get(f"{ORDERS}/{order_id}").data
    assert paid["status"] == "paid"
    assert paid["paid_at"]
    assert find_credits(buyer.id) == {"photo": 20, "video": 0}
    assert client.get("/api/v1/payments/credits").data == {"photo": 20, "video": 0}


def test_paying_again_is_the_same_order_at_wechat(client: Client, wechat: WeChat) -> None:
    order_id = paying_order(client)
    again = [client.post(f"{ORDERS}/{order_id}/pay/retry") for _ in range(3)]
    with minutes_later(125 - 10):
        late = pay(client, order_id)
    assert late.status == 200
    assert {answer.data["pay_params"]["package"] for answer in [*again, late]} == {
        again[0].data["pay_params"]["package"]
    }
    assert list(wechat.report()["orders"]) == [order_id]


def test_a_first_payment_needs_a_payer(client: Client) -> None:
    answer = client.post(f"{ORDERS}/{new_order(client)}/pay/retry")
    assert answer.status == 400
    assert answer.error["details"]["field"] == "openid"


def test_another_payer_is_refused(client: Client) -> None:
    order_id = paying_order(client)
    assert pay(client, order_id, "somebody-else").status == 409


def test_paid_and_closed_orders_cannot_be_paid(client: Client, wechat: WeChat) -> None:
    paid = paid_order(client, wechat)
    assert pay(client, paid).status == 409
    closed = new_order(client)
    client.post(f"{ORDERS}/{closed}/cancel")
    refused = pay(client, closed)
    assert refused.status == 409
    assert refused.error["details"]["status"] == "closed"


def test_cancelling_closes_at_wechat_too(client: Client, wechat: WeChat) -> None:
    order_id = paying_order(client)
    assert client.post(f"{ORDERS}/{order_id}/cancel").data["status"] == "closed"
    assert wechat.report()["orders"][order_id] == "CLOSED"
    assert client.post(f"{ORDERS}/{order_id}/cancel").status == 409


def test_a_payment_that_comes_before_a_cancel_wins(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paying_order(client)
    wechat.told(pay=order_id, notice="lost")
    assert client.post(f"{ORDERS}/{order_id}/cancel").status == 409
    assert stored(buyer.id, order_id).status == "paid"
    assert find_credits(buyer.id)["photo"] == 10


def test_an_order_that_wechat_never_heard_of_can_be_cancelled(
    client: Client, wechat: WeChat
) -> None:
    order_id = new_order(client)
    wechat.told(fault="500", times=4)
    assert pay(client, order_id).status == 502
    wechat.told(reset=True)
    assert client.post(f"{ORDERS}/{order_id}/cancel").data["status"] == "closed"


def test_a_refund_takes_back_what_is_left_and_ends_by_its_notice(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paid_order(client, wechat)
    admin = Client(handler, new_admin().token)
    assert client.post(f"{ORDERS}/{order_id}/refund").status == 403
    begun = admin.post(f"{ORDERS}/{order_id}/refund", {"reason": "不想要了"})
    assert begun.data["status"] == "paid"
    assert begun.data["refund_status"] == "processing"
    assert find_credits(buyer.id)["photo"] == 0
    again = admin.post(f"{ORDERS}/{order_id}/refund")
    assert again.data["refund_status"] == "processing"
    report = wechat.told(end_refund=order_id)
    assert report["seen"]["refunds"] == 1
    assert wechat.notices(2)[-1]["status"] == 200
    ended = client.get(f"{ORDERS}/{order_id}").data
    assert (ended["status"], ended["refund_status"]) == ("refunded", "success")
    assert admin.post(f"{ORDERS}/{order_id}/refund").status == 409


def test_a_refund_whose_notice_is_lost_is_found_by_the_query(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paid_order(client, wechat)
    Client(handler, new_admin().token).post(f"{ORDERS}/{order_id}/refund")
    wechat.told(end_refund=order_id, notice="lost")
    with minutes_later(2):
        assert run_worker() == {"checked": 1, "failed": 0}
    assert stored(buyer.id, order_id).status == "refunded"


def test_a_refund_that_fails_gives_back_what_was_taken_and_can_be_tried_again(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    order_id = paid_order(client, wechat)
    admin = Client(handler, new_admin().token)
    admin.post(f"{ORDERS}/{order_id}/refund")
    wechat.told(end_refund=order_id, status="CLOSED")
    wechat.notices(2)
    failed = stored(buyer.id, order_id)
    assert (failed.status, failed.refund_status) == ("paid", "failed")
    assert find_credits(buyer.id)["photo"] == 10
    assert admin.post(f"{ORDERS}/{order_id}/refund").data["refund_status"] == "processing"
    assert stored(buyer.id, order_id).refund_no.endswith("-2")


def test_months_are_added_to_a_subscription_and_taken_back(
    client: Client, wechat: WeChat, buyer: Account
) -> None:
    first = paid_order(client, wechat, "subscription_month", 2)
    second = paying_order(client, product="subscription_month")
    wechat.told(pay=second)
    wechat.notices(2)
    user = find_user(buyer.id)
    assert user is not None
    assert user.subscription.plan == "pro"
    until = clock.parse(str(user.subscription.expires_at))
    assert timedelta(days=88) < until - clock.now() < timedelta(days=94)
    admin = Client(handler, new_admin().token)
    for order_id in (first, second):
        admin.post(f"{ORDERS}/{order_id}/refund")
    after = find_user(buyer.id)
    assert after is not None
    assert after.subscription.plan == "free"


def test_an_admin_reads_any_order_and_others_read_none(client: Client) -> None:
    order_id = new_order(client)
    assert Client(handler, new_account().token).get(f"{ORDERS}/{order_id}").status == 404
    assert Client(handler, new_admin().token).get(f"{ORDERS}/{order_id}").data["id"] == order_id
    assert client.get(f"{ORDERS}/order_nothing").status == 404


def test_without_a_merchant_orders_can_be_made_but_not_paid(client: Client) -> None:
    order_id = new_order(client)
    store_merchant({})
    answer = client.post(f"{ORDERS}/{order_id}/pay", {"openid": OPENID})
    assert answer.status == 503
    assert answer.error["code"] == "SERVICE_UNAVAILABLE"
    with minutes_later(121):
        run_worker()
    assert client.get(f"{ORDERS}/{order_id}").data["status"] == "closed"
