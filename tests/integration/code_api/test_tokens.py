"""Tokens as their administrator and their users see them."""

import json
import re
from typing import Any

import boto3
import pytest

from functions.code_api.token_cache import token_cache
from shared.aws.secrets import forget_secrets
from shared.core import clock
from tests.integration.code_api.conftest import forget_copy
from tests.support.aws import FLOW_KEYS, REGION
from tests.support.flow import FlowClient
from tests.support.http import Answer

NOW = 1_772_186_400.0  # 2026-02-27 18:00:00 in UTC+8
FIELDS = [
    "id", "ws_id", "email", "access_token", "created_at", "expires_at", "operation_type",
    "is_active", "rate_limit_per_minute", "rate_limit_burst", "rate_limit_window_seconds",
    "updated_at",
]  # fmt: skip


def test_a_token_has_the_contracts_form_and_defaults(client: FlowClient) -> None:
    with clock.travelling(lambda: NOW):
        body = {"ws_id": " ws1 ", "email": "a@example.com", "operation": "unlimited"}
        answer = client.admin("POST", "/flow/tokens", body=body)

    assert list(answer.body) == ["success", "data", "message", "timestamp", "request_id"]
    assert answer.body["message"] == "Token创建成功"
    token = dict(answer.data)
    assert list(token) == FIELDS
    assert re.fullmatch(r"flow_[0-9a-f]{64}", token.pop("access_token"))
    assert token == {
        "id": 1,
        "ws_id": "ws1",
        "email": "a@example.com",
        "created_at": "2026-02-27 18:00:00",
        "expires_at": None,
        "operation_type": "unlimited",
        "is_active": True,
        "rate_limit_per_minute": 60,
        "rate_limit_burst": 10,
        "rate_limit_window_seconds": 60,
        "updated_at": "2026-02-27 18:00:00",
    }


@pytest.mark.parametrize(
    ("fields", "expires_at"),
    [
        ({"operation": "add", "days": 1}, "2026-02-28 18:00:00"),
        ({"operation": "set", "specific_date": "2026-03-01"}, "2026-03-01 00:00:00"),
        ({"operation": "set", "specific_date": "2026-02-27 18:00:01"}, "2026-02-27 18:00:01"),
        ({"operation": "unlimited", "days": 0, "specific_date": ""}, None),
    ],
)
def test_a_token_ends_when_its_operation_says_in_utc_8(
    client: FlowClient, fields: dict[str, Any], expires_at: str | None
) -> None:
    with clock.travelling(lambda: NOW):
        assert client.new_token(**fields)["expires_at"] == expires_at


GOOD = {"ws_id": "w", "email": "a@b.cn", "operation": "unlimited"}
BAD = {
    "ws_id不能为空": {**GOOD, "ws_id": " "},
    "email不能为空": {k: v for k, v in GOOD.items() if k != "email"},
    "email不是有效的邮箱地址": {**GOOD, "email": "nobody"},
    "operation应为 'add'、'set'、'unlimited' 之一": {**GOOD, "operation": "extend"},
    "days不能为空": {**GOOD, "operation": "add"},
    "days应在 1 到 36500 之间": {**GOOD, "operation": "add", "days": 0},
    "days应为整数": {**GOOD, "operation": "add", "days": 1.5},
    "specific_date不能为空": {**GOOD, "operation": "set"},
    "specific_date格式应为 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss": {
        **GOOD, "operation": "set", "specific_date": "2026-3-1",
    },
    "specific_date必须晚于当前时间": {
        **GOOD, "operation": "set", "specific_date": "2026-02-27 18:00:00",
    },
    "rate_limit_burst不能小于 1": {**GOOD, "rate_limit_burst": 0},
    "name不允许的字段": {**GOOD, "name": "x"},
}  # fmt: skip


@pytest.mark.parametrize(("reason", "body"), BAD.items(), ids=[str(n) for n in range(len(BAD))])
def test_a_bad_field_is_named(client: FlowClient, reason: str, body: dict[str, Any]) -> None:
    with clock.travelling(lambda: NOW):
        answer = client.admin("POST", "/flow/tokens", body=body)

    assert (answer.status, answer.body["error"]) == (400, f"请求参数错误: {reason}")


def test_a_second_post_makes_another_token_and_both_work(client: FlowClient) -> None:
    first, second = client.new_token(), client.new_token()

    assert second["id"] == first["id"] + 1
    assert first["access_token"] != second["access_token"]
    assert client.run(first["access_token"]).status == 200
    assert client.run(second["access_token"]).status == 200


def found(client: FlowClient, **query: str) -> list[tuple[int, str]]:
    answer = client.admin("GET", "/flow/tokens", query=query)
    assert answer.status == 200, answer.text
    assert answer.body["count"] == len(answer.data)
    return [(token["id"], token["access_token"]) for token in answer.data]


def test_tokens_are_masked_by_one_look_up_and_whole_by_two_or_by_token(client: FlowClient) -> None:
    one = client.new_token()
    other = client.new_token(ws_id="ws2")
    third = client.new_token(email="B@example.com")
    masks = {t["id"]: f"{t['access_token'][:15]}***" for t in (one, other, third)}

    by_workspace = [(3, masks[3]), (1, masks[1])]
    assert found(client, ws_id="ws1") == by_workspace
    assert found(client, email="A@EXAMPLE.com") == [(2, masks[2]), (1, masks[1])]
    assert found(client, ws_id="ws1", email="b@example.com") == [(3, third["access_token"])]
    assert found(client, token=other["access_token"]) == [(2, other["access_token"])]
    assert found(client, token=other["access_token"], ws_id="ws1") == []
    assert found(client, ws_id="nobody") == []
    nothing = client.admin("GET", "/flow/tokens")
    assert (nothing.status, nothing.body["error"]) == (
        400,
        "请求参数错误: ws_id、email、token至少提供一个",
    )


def test_a_change_sets_end_and_limits_and_keeps_the_rest(client: FlowClient) -> None:
    token = client.new_token(operation="add", days=3, rate_limit_burst=7)
    body = {"operation": "unlimited", "rate_limit_per_minute": 120}

    answer = client.admin("PUT", f"/flow/tokens/{token['access_token']}", body=body)

    assert answer.body["message"] == "Token更新成功"
    changed = answer.data
    assert (changed["expires_at"], changed["operation_type"]) == (None, "unlimited")
    assert (changed["rate_limit_per_minute"], changed["rate_limit_burst"]) == (120, 7)
    assert changed["access_token"] == token["access_token"]
    assert found(client, token=token["access_token"])[0] == (token["id"], token["access_token"])


@pytest.mark.parametrize("token", ["flow_" + "0" * 64, "flow_short", "x"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/flow/tokens/", {"operation": "unlimited"}),
        ("DELETE", "/flow/tokens/", None),
        ("DELETE", "/flow/rate-limit/", None),
    ],
)
def test_an_unknown_token_is_404(
    client: FlowClient, method: str, path: str, body: Any, token: str
) -> None:
    answer = client.admin(method, path + token, body=body)

    assert (answer.status, answer.body["error"]) == (404, "Token不存在")


def refused(answer: Answer) -> bool:
    return (answer.status, answer.body["error"]) == (401, "Token无效或已过期")


def test_a_deleted_token_is_refused_everywhere_within_ten_seconds(client: FlowClient) -> None:
    now = NOW
    with clock.travelling(lambda: now):
        text = client.new_token()["access_token"]
        assert client.run(text).status == 200
        elsewhere = token_cache()  # another copy that has just seen the token
        assert client.admin("DELETE", f"/flow/tokens/{text}").body["message"] == "Token删除成功"
        assert refused(client.run(text))
        assert found(client, ws_id="ws1") == []
        assert client.admin("DELETE", f"/flow/tokens/{text}").status == 404
        now += 10
        assert elsewhere.size == 0


def test_what_another_copy_remembers_of_a_deleted_token_ends_in_five_seconds(
    client: FlowClient,
) -> None:
    now = NOW
    with clock.travelling(lambda: now):
        text = client.new_token()["access_token"]
        client.run(text)
        remembered = dict(token_cache()._kept)
        client.admin("DELETE", f"/flow/tokens/{text}")
        token_cache()._kept.update(remembered)
        assert client.run(text).status == 200
        now += 5
        assert refused(client.run(text))


@pytest.mark.parametrize("text", ["", "flow_" + "0" * 64, "nonsense", "flow_" + "A" * 64, "中文"])
def test_a_token_that_is_none_is_401(client: FlowClient, text: str) -> None:
    assert refused(client.run(text.encode().decode("latin-1")))


def test_an_expired_token_is_401_and_shown_as_not_active(client: FlowClient) -> None:
    now = NOW
    with clock.travelling(lambda: now):
        text = client.new_token(operation="add", days=1)["access_token"]
        assert client.run(text).status == 200
        now += 86_400
        assert refused(client.run(text))
        (shown,) = client.admin("GET", "/flow/tokens", query={"token": text}).data
        assert shown["is_active"] is False
        client.admin("PUT", f"/flow/tokens/{text}", body={"operation": "unlimited"})
        assert client.run(text).status == 200


def test_no_token_is_readable_in_the_table(client: FlowClient) -> None:
    text = client.new_token()["access_token"]
    client.run(text)
    items = boto3.client("dynamodb", REGION).scan(TableName="rolecraft-test-flow")["Items"]

    assert len(items) >= 4
    assert text[5:15] not in str(items)
    forget_copy()
    assert found(client, ws_id="ws1", email="a@example.com") == [(1, text)]


def test_a_new_key_changes_the_admin_token_and_leaves_tokens_valid(client: FlowClient) -> None:
    old = client.new_token()["access_token"]
    rotated = {**FLOW_KEYS, "k2": "n" * 64 + "throwaway-second-key" * 4, "current": "k2"}
    boto3.client("secretsmanager", REGION).put_secret_value(
        SecretId="rolecraft-test-flow", SecretString=json.dumps(rotated)
    )
    forget_secrets()
    forget_copy()
    admin = {"authorization": f"Bearer {'n' * 64}"}

    assert client.admin("GET", "/flow/limits").status == 403
    body = {"ws_id": "ws1", "email": "a@example.com", "operation": "unlimited"}
    new = client.call("POST", "/flow/tokens", body=body, headers=admin).data["access_token"]
    query = {"ws_id": "ws1", "email": "a@example.com"}
    shown = client.call("GET", "/flow/tokens", query=query, headers=admin).data
    assert [token["access_token"] for token in shown] == [new, old]
    assert (client.run(old).status, client.run(new).status) == (200, 200)
    assert client.call("DELETE", f"/flow/tokens/{old}", headers=admin).status == 200
    assert client.run(old).status == 401
