"""Dead letters: a look that leaves them, and the way back."""

import pytest

from functions.queues import service
from shared.aws import queue_admin
from tests.integration.queues.test_callers import QUEUES
from tests.integration.queues.test_status import GARBAGE, counts
from tests.support.queues import RECEIVES, redrive_running

MESSAGES = f"{QUEUES}/documents/messages"


def bury(queues) -> None:
    queues.send(GARBAGE)
    for _ in range(RECEIVES + 1):
        queues.deliver()


def test_a_dead_letter_is_shown_and_stays(admin, queues):
    bury(queues)
    for _ in range(3):
        (shown,) = admin.get(MESSAGES, state="archived").data["items"]
        assert shown["body"] == GARBAGE
        assert shown["receives"] >= RECEIVES
        assert shown["sent_at"].endswith("Z")
        assert len(shown["message_id"]) > 10
    assert counts(admin)["archived"] == 1


def test_secrets_are_masked(admin, queues):
    body = {"api_key": "plain", "nested": [{"note": f"Bearer eyJh.eyJi.{'x' * 20}"}], "kind": "a"}
    queues.send(body, to=queues.documents_dead, request_id="req-1", token="hidden")
    (shown,) = admin.get(MESSAGES).data["items"]
    assert shown["body"] == {"api_key": "***", "nested": [{"note": "Bearer ***"}], "kind": "a"}
    assert shown["attributes"] == {"request_id": "req-1", "token": "***"}


def test_what_is_no_json_is_shown_as_text_and_a_long_one_cut(admin, queues):
    queues.send("not json, key rc_" + "k" * 43, "x" * 20_000, to=queues.documents_dead)
    shown = {each["body"]: each["truncated"] for each in admin.get(MESSAGES).data["items"]}
    assert shown == {"not json, key ***": False, "x" * 10_000: True}


def test_a_long_list_has_pages(admin, queues):
    queues.send(*({"n": n} for n in range(25)), to=queues.documents_dead)
    pages = [admin.get(MESSAGES, page=page, page_size=10).data for page in (1, 2, 3, 4)]
    assert [len(page["items"]) for page in pages] == [10, 10, 5, 0]
    assert {page["total"] for page in pages} == {25}
    seen = {item["body"]["n"] for page in pages for item in page["items"]}
    assert seen == set(range(25))


def test_only_dead_letters_are_looked_at(admin):
    answer = admin.get(MESSAGES, state="pending")
    assert answer.status == 400
    assert answer.error["details"]["field"] == "state"


def test_messages_are_shown_again_when_a_look_breaks_off(admin, queues, monkeypatch):
    queues.send(*({"n": n} for n in range(15)), to=queues.documents_dead)
    receive, calls = queue_admin._receive, []

    def breaking(url: str, most: int) -> list[dict]:
        calls.append(most)
        if len(calls) == 2:
            raise ConnectionError
        return receive(url, most)

    monkeypatch.setattr(queue_admin, "_receive", breaking)
    with pytest.raises(ConnectionError):
        service.look_at_dead_letters("documents")
    assert len(queues.waiting(queues.documents_dead)) == 10


def test_redriven_letters_are_delivered_anew(admin, queues):
    bury(queues)
    answer = admin.post(f"{QUEUES}/documents/redrive")
    assert answer.data == {"name": "documents", "redriven": 1}
    now = counts(admin)
    assert now["pending"] == 1
    assert "archived" not in now
    assert len(queues.deliver()) == 1
    assert counts(admin)["retry"] == 1


def test_letters_put_there_by_hand_go_to_the_queue_too(admin, queues):
    queues.send(GARBAGE, to=queues.documents_dead)
    assert admin.post(f"{QUEUES}/documents/redrive").data["redriven"] == 1
    assert counts(admin)["pending"] == 1


def test_a_repeat_with_the_same_key_moves_nothing(admin, queues):
    bury(queues)
    path = f"{QUEUES}/documents/redrive"
    assert admin.post(path, Idempotency_Key="k").data["redriven"] == 1
    queues.send(GARBAGE, to=queues.documents_dead)
    again = admin.post(path, Idempotency_Key="k")
    assert again.headers["idempotent-replay"] == "true"
    assert counts(admin)["archived"] == 1


def test_a_second_redrive_while_one_runs_is_refused(admin, queues, monkeypatch):
    bury(queues)
    redrive_running(monkeypatch)
    answer = admin.post(f"{QUEUES}/documents/redrive")
    assert (answer.status, answer.error["code"]) == (409, "CONFLICT")
    assert counts(admin)["archived"] == 1


def test_what_only_notes_batches_cannot_be_redriven(admin):
    answer = admin.post(f"{QUEUES}/dispatcher/redrive")
    assert (answer.status, answer.error["code"]) == (409, "CONFLICT")
