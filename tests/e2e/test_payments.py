"""A buyer's path over the gateway: order, pay, use what was bought, get the money back."""

import io
import json
import os
import subprocess
import uuid
from typing import Any

import httpx
from PIL import Image

from tests.e2e import flows
from tests.e2e.conftest import ROOT, System
from tests.e2e.painting import BY_VOLCENGINE, simulators
from tests.support.ledger import stored_lines

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
PACK = 10


def _simulator(system: System) -> str:
    ports = json.loads((system.state / "run.json").read_text())["ports"]
    return f"http://127.0.0.1:{ports['wechatpay']}/_control"


def _told(system: System, **order: Any) -> dict[str, Any]:
    answer = httpx.post(_simulator(system), json=order, trust_env=False)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def _paying(client: httpx.Client, product: str = "photo_pack") -> str:
    order = flows.data(client.post("/orders", json={"product": product}), 201)
    path = f"/orders/{order['id']}/pay"
    paying = flows.data(client.post(path, json={"openid": OPENID}))
    assert paying["pay_params"]["signType"] == "RSA"
    order_id: str = order["id"]
    return order_id


def _order(client: httpx.Client, order_id: str) -> dict[str, Any]:
    found: dict[str, Any] = flows.data(client.get(f"/orders/{order_id}"))
    return found


def _credits(client: httpx.Client) -> int:
    return int(flows.data(client.get("/payments/credits"))["photo"])


def _photo(client: httpx.Client) -> str:
    """A task that makes a photo of a small picture."""
    held = io.BytesIO()
    Image.new("RGB", (900, 700), (200, 40, 40)).save(held, "JPEG")
    answer = client.post(
        "/photos",
        files=[("images", ("red.jpg", held.getvalue()))],
        data={"prompt": "水彩画风格"},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    return str(flows.data(answer, 201)["task_id"])


def _status(client: httpx.Client, task_id: str) -> str:
    return str(flows.data(client.get(f"/photos/{task_id}"))["status"])


def test_a_buyer_orders_pays_makes_photos_and_is_refunded(system: System, ledger: None) -> None:
    """A photo takes a credit, one that fails gives it back, a refund takes the rest."""
    client, admin = system.new_user(), system.demo_admin()
    order_id = _paying(client)
    _told(system, pay=order_id)
    flows.eventually(lambda: _order(client, order_id)["status"] == "paid")
    assert _credits(client) == PACK

    task_id = _photo(client)
    assert _credits(client) == PACK - 1
    flows.eventually(lambda: _status(client, task_id) == "completed")
    assert _credits(client) == PACK - 1

    simulators(system)[BY_VOLCENGINE].told(mode="failed", times=1)
    task_id = _photo(client)
    assert _credits(client) == PACK - 2
    flows.eventually(lambda: _status(client, task_id) == "failed")
    assert _credits(client) == PACK - 1
    me = flows.data(client.get("/users/me"))["id"]
    assert [line["cost_micro"] for line in stored_lines(me)] == [0]

    refund = flows.data(admin.post(f"/orders/{order_id}/refund", json={"reason": "测试退款"}))
    assert refund["refund_status"] == "processing"
    _told(system, end_refund=order_id)
    flows.eventually(lambda: _order(client, order_id)["status"] == "refunded")
    assert _told(system)["orders"][order_id] == "REFUND"
    assert _credits(client) == 0


def _answers(system: System, mode: str) -> list[int]:
    """What the notices of a kind were answered so far; 0 is none in WeChat Pay's five seconds."""
    return [told["status"] for told in _told(system)["notices"] if told["mode"] == mode]


def _answer_to(system: System, order_id: str, lie: str) -> int:
    """What a lie is answered: it is told till there is an answer, as the truth is anyway."""
    for _ in range(20):
        known = len(_answers(system, lie))
        _told(system, notice_again=order_id, notice=lie)
        (status, *_) = flows.eventually(lambda known=known: _answers(system, lie)[known:])
        if status:
            return int(status)
    raise AssertionError(f"no answer to {lie}")


def test_lies_change_nothing_and_the_truth_credits_once(system: System) -> None:
    client = system.new_user()
    order_id = _paying(client)
    before, taken = len(_answers(system, "ok")), _told(system)["seen"]["notices_taken"]
    lies = ("wrong-signature", "wrong-amount", "old", "probe")
    _told(system, pay=order_id, notice=lies[0], scale=0.05)
    assert {lie: _answer_to(system, order_id, lie) for lie in lies} == dict.fromkeys(lies, 401)
    _told(system, notice_again=order_id, notice="twice")
    # Each lie is followed by the truth, and the double by one more.
    flows.eventually(lambda: _told(system)["seen"]["notices_taken"] >= taken + 1 + 4 + 3)
    assert {*_answers(system, "ok")[before:]} <= {200, 0}
    assert _order(client, order_id)["status"] == "paid"
    assert _credits(client) == PACK


def test_an_unpaid_order_is_closed_at_wechat_too(system: System) -> None:
    client = system.new_user()
    order_id = _paying(client, "video_pack")
    closed = flows.data(client.post(f"/orders/{order_id}/cancel"))
    assert closed["status"] == "closed"
    assert _told(system)["orders"][order_id] == "CLOSED"


def test_the_example_pays_an_order_end_to_end(system: System) -> None:
    client = system.new_user()
    token = client.headers["Authorization"].removeprefix("Bearer ")
    environment = {
        **os.environ,
        "ROLECRAFT_URL": system.url,
        "ROLECRAFT_TOKEN": token,
        "WECHAT_SIMULATOR": _simulator(system).removesuffix("/_control"),
    }
    script = ROOT / "docs/examples/pay_order.sh"
    ran = subprocess.run(
        [script, "video_pack", "2"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "status   paid" in ran.stdout
    assert "credits  photo 0, video 10" in ran.stdout
