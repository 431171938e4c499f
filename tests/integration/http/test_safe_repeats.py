"""Idempotency-Key: one effect, however often and whenever the request arrives."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest

from shared.core import clock
from shared.core.errors import Conflict, ServiceUnavailable
from tests.integration.conftest import Callers
from tests.integration.http.things import PATH, Things, things_api
from tests.support import callers
from tests.support.at_once import at_once
from tests.support.aws import counted_calls
from tests.support.http import Answer, Client, Handler

LAMP = {"name": "灯"}


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
def client(things: Things, as_user: Callable[[Handler], Client]) -> Client:
    return as_user(things_api(things))


def records() -> list[dict[str, Any]]:
    table = boto3.resource("dynamodb").Table(os.environ["LIMITS_TABLE"])
    items = table.scan()["Items"]
    return [item for item in items if item["pk"].startswith("CALL#")]


def test_the_first_answer_comes_again_as_it_was(client: Client, things: Things) -> None:
    first = client.post(PATH, LAMP, idempotency_key="k")
    again = client.post(PATH, LAMP, idempotency_key="k")

    assert (again.status, again.text) == (201, first.text)
    assert again.headers["etag"] == first.headers["etag"] == '"1"'
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    assert len(things.ran) == 1


def test_without_a_key_each_call_is_an_operation_of_its_own(client: Client, things: Things) -> None:
    ids = {client.post(PATH, LAMP).data["id"] for _ in range(2)}

    assert ids == set(things.ran)
    assert len(ids) == 2
    assert records() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", PATH, {"name": "桌"}), ("POST", f"{PATH}/secrets", LAMP)],
)
def test_a_key_used_for_another_request_is_a_conflict(
    client: Client, things: Things, method: str, path: str, body: dict[str, str]
) -> None:
    client.post(PATH, LAMP, idempotency_key="k")

    answer = client.call(method, path, body=body, headers={"idempotency-key": "k"})

    assert (answer.status, answer.error["code"]) == (409, "CONFLICT")
    assert "retry-after" not in answer.headers
    assert len(things.ran) == 1


def test_callers_do_not_share_keys(client: Client, things: Things, caller: Callers) -> None:
    client.post(PATH, LAMP, idempotency_key="k")
    answer = client.as_caller(caller.other_user).post(PATH, LAMP, idempotency_key="k")

    assert answer.status == 201
    assert len(set(things.ran)) == 2


def test_an_api_key_is_a_caller_of_its_own(client: Client, things: Things, caller: Callers) -> None:
    client.post(PATH, LAMP, idempotency_key="k")
    server = client.as_caller(caller.api_key)
    answers = [server.post(PATH, LAMP, idempotency_key="k") for _ in range(2)]

    assert answers[0].text == answers[1].text
    assert len(set(things.ran)) == 2


def test_a_key_outlives_the_access_token(client: Client, things: Things, caller: Callers) -> None:
    first = client.post(PATH, LAMP, idempotency_key="k")
    refreshed = client.as_caller(callers.token_of(caller.user_id))

    assert refreshed.post(PATH, LAMP, idempotency_key="k").text == first.text
    assert len(things.ran) == 1


def test_of_calls_at_the_same_instant_exactly_one_runs(client: Client, things: Things) -> None:
    answers = at_once([lambda: client.post(PATH, LAMP, idempotency_key="k")] * 8)

    assert len(things.ran) == 1
    created = [each for each in answers if each.status == 201]
    waiting = [each for each in answers if each.status == 409]
    assert created
    assert len({each.text for each in created}) == 1
    assert len(created) + len(waiting) == 8
    assert all(each.headers["retry-after"] == "1" for each in waiting)


def test_a_refusal_frees_the_key_for_a_better_body(client: Client, things: Things) -> None:
    assert client.post(PATH, {"name": 5}, idempotency_key="k").status == 400
    things.errors = [Conflict()]
    assert client.post(PATH, LAMP, idempotency_key="k").status == 409

    answer = client.post(PATH, {"name": "桌"}, idempotency_key="k")

    assert answer.status == 201
    assert len(set(things.ran)) == 2


def test_a_failure_that_the_service_told_of_frees_the_key(client: Client, things: Things) -> None:
    things.errors = [ServiceUnavailable()]
    assert client.post(PATH, LAMP, idempotency_key="k").status == 503

    assert client.post(PATH, LAMP, idempotency_key="k").status == 201
    assert len(set(things.ran)) == 2


def test_an_answer_of_refusal_is_not_kept(client: Client, things: Things) -> None:
    for _ in range(2):
        answer = client.post(f"{PATH}/refused", idempotency_key="k")
        assert "idempotent-replay" not in answer.headers

    assert len(things.ran) == 2


def test_after_a_crash_the_next_attempt_goes_on_under_the_same_id(
    client: Client, things: Things
) -> None:
    things.errors = [RuntimeError("after the write")]
    assert client.post(PATH, LAMP, idempotency_key="k").status == 500

    answer = client.post(PATH, LAMP, idempotency_key="k")

    assert answer.status == 201
    assert things.ran == [answer.data["id"]] * 2


def test_a_dead_process_is_taken_over_when_its_time_is_surely_up(
    client: Client, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr("shared.http.idempotency.complete_call", lambda *_: None)
        client.post(PATH, LAMP, idempotency_key="k")

    early = client.post(PATH, LAMP, idempotency_key="k")
    then = clock.timestamp() + 901
    with clock.travelling(lambda: then):
        answers = at_once([lambda: client.post(PATH, LAMP, idempotency_key="k")] * 4)

    assert (early.status, early.headers["retry-after"]) == (409, "1")
    assert 201 in {answer.status for answer in answers}
    assert things.ran == [things.ran[0]] * 2


@pytest.mark.parametrize("errors", [[], [Conflict()], [RuntimeError("late")]])
def test_a_run_that_outlives_its_lock_changes_nothing_of_the_next(
    client: Client, things: Things, errors: list[Exception]
) -> None:
    taken_over: list[Answer] = []

    def another_takes_over() -> None:
        things.before_answer = lambda: None
        late = clock.timestamp() + 902
        with clock.travelling(lambda: late):
            call = partial(client.post, PATH, LAMP, idempotency_key="k")
            taken_over.extend(at_once([call]))
        things.errors = errors

    things.before_answer = another_takes_over
    client.post(PATH, LAMP, idempotency_key="k")

    again = client.post(PATH, LAMP, idempotency_key="k")
    assert again.text == taken_over[0].text
    assert len(things.ran) == 2
    assert len(set(things.ran)) == 1


def test_the_lock_ends_with_the_functions_own_deadline(caller: Callers, things: Things) -> None:
    class Runtime:
        def get_remaining_time_in_millis(self) -> int:
            return 30_000

    api = things_api(things)
    client = Client(lambda event, _: api(event, Runtime()), caller.user)
    now = clock.timestamp()
    with clock.travelling(lambda: now):
        client.post(PATH, LAMP, idempotency_key="k")

    (record,) = records()
    assert record["locked_until_ms"] == int(now * 1000) + 31_000


@pytest.mark.parametrize(
    ("deadline", "lock_s"),
    [("in 30 s", 31), ("9" * 40, 901), ('"soon"', 901), ("null", 901), ("", 901)],
)
def test_under_the_web_adapter_the_deadline_is_in_its_header(
    client: Client, deadline: str, lock_s: int
) -> None:
    now_ms = int(clock.timestamp() * 1000)
    value = now_ms + 30_000 if deadline == "in 30 s" else deadline
    headers = {
        "x-amzn-lambda-context": f'{{"deadline": {value}}}',
        "idempotency-key": "k",
    }
    with clock.travelling(lambda: now_ms / 1000):
        client.call("POST", PATH, body=LAMP, headers=headers)

    (record,) = records()
    assert abs(record["locked_until_ms"] - now_ms - lock_s * 1000) <= 1


def test_a_key_is_free_again_after_a_day(client: Client, things: Things) -> None:
    client.post(PATH, LAMP, idempotency_key="k")

    _age_records(24 * 3600 - 60)
    assert client.post(PATH, {"name": "桌"}, idempotency_key="k").status == 409
    _age_records(60)

    answer = client.post(PATH, {"name": "桌"}, idempotency_key="k")
    assert answer.status == 201
    assert "idempotent-replay" not in answer.headers


def _age_records(seconds: int) -> None:
    table = boto3.resource("dynamodb").Table(os.environ["LIMITS_TABLE"])
    for record in records():
        record["expires_ms"] -= seconds * 1000
        table.put_item(Item=record)


def test_the_table_forgets_a_record_after_a_day(client: Client) -> None:
    client.post(PATH, LAMP, idempotency_key="k")

    (record,) = records()
    assert int(record["ttl"]) == pytest.approx(clock.timestamp() + 24 * 3600, abs=30)


@pytest.mark.parametrize("key", ["k", "a b", "订单 1", "k" * 128, "钥" * 128])
def test_a_key_is_1_to_128_characters_of_any_kind(client: Client, things: Things, key: str) -> None:
    answers = [client.post(PATH, LAMP, idempotency_key=key) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert answers[1].headers["idempotent-replay"] == "true"
    assert len(things.ran) == 1


@pytest.mark.parametrize("key", ["", "k" * 129, "钥" * 129, "a\tb"])
def test_a_key_of_another_length_or_with_control_characters_is_refused(
    client: Client, things: Things, key: str
) -> None:
    answer = client.post(PATH, LAMP, idempotency_key=key)

    assert answer.status == 400
    assert answer.error["details"]["field"] == "Idempotency-Key"
    assert things.ran == []


def test_without_a_credential_a_key_changes_nothing(client: Client, things: Things) -> None:
    answer = client.as_caller(None).post(PATH, LAMP, idempotency_key="k")

    assert answer.status == 401
    assert records() == []


def test_an_upload_is_the_same_under_another_boundary(client: Client, things: Things) -> None:
    answers = [_upload(client, boundary, b"%PDF-1.7 text") for boundary in ("aaa", '"bb-b"')]
    other = _upload(client, "ccc", b"%PDF-1.7 other")

    assert [answer.status for answer in answers] == [201, 201]
    assert answers[1].headers["idempotent-replay"] == "true"
    assert other.status == 409
    assert len(things.ran) == 1


def _upload(client: Client, boundary: str, content: bytes) -> Any:
    line = boundary.strip('"').encode()
    raw = (
        b"--" + line + b"\r\n"
        b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        + content
        + b"\r\n--" + line + b"--\r\n"
    )  # fmt: skip
    content_type = f"multipart/form-data; boundary={boundary}"
    headers = {"content-type": content_type, "idempotency-key": "k"}
    return client.call("POST", f"{PATH}/files", raw=raw, headers=headers)


def test_an_answer_that_must_not_be_stored_is_made_again(client: Client, things: Things) -> None:
    first = client.post(f"{PATH}/secrets", LAMP, idempotency_key="k")
    again = client.post(f"{PATH}/secrets", LAMP, idempotency_key="k")

    assert again.data == first.data
    assert again.headers["idempotent-replay"] == "true"
    assert things.replayed == things.ran
    assert "secret-of" not in str(records())


def test_a_failed_replay_leaves_the_effect_known(client: Client, things: Things) -> None:
    client.post(f"{PATH}/secrets", LAMP, idempotency_key="k")
    things.errors = [Conflict(retry_after=1)]
    assert client.post(f"{PATH}/secrets", LAMP, idempotency_key="k").status == 409

    client.post(f"{PATH}/secrets", LAMP, idempotency_key="k")

    assert len(things.ran) == 1
    assert things.replayed == things.ran * 2


def test_an_answer_too_long_to_be_kept_still_runs_once(client: Client, things: Things) -> None:
    body = {"name": "长", "size": 360_000}
    assert client.post(PATH, body, idempotency_key="k").status == 201

    assert client.post(PATH, body, idempotency_key="k").status == 409
    assert len(things.ran) == 1


def test_nothing_runs_when_the_record_cannot_be_written(client: Client, things: Things) -> None:
    boto3.client("dynamodb").delete_table(TableName=os.environ["LIMITS_TABLE"])

    answer = client.post(PATH, LAMP, idempotency_key="k")

    assert (answer.status, answer.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert things.ran == []


def test_a_record_that_cannot_be_completed_does_not_spoil_the_answer(
    client: Client, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    def table_gone() -> None:
        boto3.client("dynamodb").delete_table(TableName=os.environ["LIMITS_TABLE"])

    things.before_answer = table_gone

    assert client.post(PATH, LAMP, idempotency_key="k").status == 201


def test_a_key_costs_two_writes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post(PATH, LAMP)  # knows the caller
    with counted_calls(monkeypatch) as without:
        client.post(PATH, LAMP)
    with counted_calls(monkeypatch) as with_key:
        client.post(PATH, LAMP, idempotency_key="k")

    assert with_key.total() - without.total() <= 2
    assert with_key["PutItem"] == 1
