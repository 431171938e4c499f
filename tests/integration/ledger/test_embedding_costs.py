"""Embeddings in the ledger: one line a call, paid by who asked, given back where it failed."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from functions.chat.handler import handler as chat
from functions.documents.handler import handler as documents
from functions.knowledge.handler import handler as knowledge
from shared.ai.errors import ProviderUnavailable
from shared.ai.port import Embeddings
from shared.core.ids import new_id
from shared.data.knowledge_bases import new_knowledge_base, store_knowledge_base
from shared.ledger import ledger
from shared.retrieval.embedding_costs import embed_paid
from shared.retrieval.payer import Payer
from tests.integration.conftest import Callers
from tests.support.chat import stored_session
from tests.support.documents import CHINESE, post_file, run_worker, s3_event
from tests.support.faults import Killed, around_call, kill
from tests.support.http import Client
from tests.support.ledger import counters, month, stored_lines, sums_of_lines
from tests.support.models import Meanings, serve_embeddings
from tests.support.roles import stored_role

PARAPHRASE = "how do I get my money back"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Meanings:
    return serve_embeddings(monkeypatch, Meanings())


@pytest.fixture
def kb(caller: Callers) -> str:
    kb_id = new_id("kb")
    store_knowledge_base(new_knowledge_base(kb_id, caller.user_id, "产品资料"))
    return kb_id


@pytest.fixture
def upload(caller: Callers, kb: str) -> Callable[[], dict[str, Any]]:
    """Puts a document into the knowledge base; gives the event that brings it to the worker."""

    def put() -> dict[str, Any]:
        made = post_file(Client(documents, caller.user), CHINESE, "zh.txt", knowledge_base_id=kb)
        return s3_event(caller.user_id, made.data["id"])

    return put


def search(caller: Callers, kb: str, query: str) -> list[str]:
    found = Client(knowledge, caller.user).post(
        f"/api/v1/knowledge-bases/{kb}/search", {"query": query}
    )
    assert found.status == 200, found.text
    return [item["document_name"] for item in found.data["items"]]


def nothing_held(user_id: str) -> bool:
    found = month(user_id)
    return bool(found["available"] == found.get("limit_micro", 0) - found["spent"])


def test_a_documents_embeddings_are_one_line_of_its_owner(caller, upload, model) -> None:
    assert run_worker(upload()) == []

    (line,) = stored_lines(caller.user_id)
    assert (line["feature"], line["provider"], line["model"]) == ("document", "vectors", "meanings")
    assert (line["prompt_tokens"], line["cost_micro"], line["currency"]) == (100, 100, "CNY")
    assert line["price_version"]
    assert counters(caller.user_id) == sums_of_lines(caller.user_id)
    assert nothing_held(caller.user_id)


def test_a_message_that_comes_again_is_counted_once(caller, upload, model) -> None:
    event = upload()
    for attempt in (1, 2):
        assert run_worker(event, attempt=attempt) == []
    assert run_worker(event, event) == []

    assert (len(model.asked), len(stored_lines(caller.user_id))) == (1, 1)


def test_each_call_that_a_killed_worker_repeats_is_a_line_of_its_own(
    caller, upload, model, monkeypatch
) -> None:
    """Killed after each AWS call in turn, then delivered again."""
    for number in range(100):
        event, calls, lines = upload(), len(model.asked), len(stored_lines(caller.user_id))
        try:
            with around_call(monkeypatch, number, after=kill):
                run_worker(event)
        except Killed:
            assert run_worker(event, attempt=2) == []
        else:
            break
        made = len(model.asked) - calls
        counted = len(stored_lines(caller.user_id)) - lines
        assert made == counted, f"killed after call {number}"
        assert counters(caller.user_id) == sums_of_lines(caller.user_id)
    assert 5 < number < 99


def test_a_search_and_a_chat_turn_pay_for_their_questions(caller, kb, upload, model) -> None:
    assert run_worker(upload()) == []
    assert search(caller, kb, PARAPHRASE) == ["zh.txt"]
    role = stored_role(caller.user_id, knowledge_bases=(kb,), is_public=True)
    session = stored_session(caller.other_user_id, role_id=role.id)

    answer = Client(chat, caller.other_user).post(
        f"/api/v1/chat/{session.id}/complete", {"message": PARAPHRASE}
    )

    assert answer.data["sources"][0]["document_name"] == "zh.txt"
    assert [line["feature"] for line in stored_lines(caller.user_id)] == ["document", "document"]
    lines = {line["model"]: line for line in stored_lines(caller.other_user_id)}
    assert set(lines) == {"meanings", "builtin"}
    question = lines["meanings"]
    assert (question["feature"], question["role_id"]) == ("chat", role.id)
    assert (question["session_id"], question["cost_micro"]) == (session.id, 100)
    for user_id in (caller.user_id, caller.other_user_id):
        assert counters(user_id) == sums_of_lines(user_id)
        assert nothing_held(user_id)


def test_a_call_that_failed_costs_nothing_and_holds_nothing(caller, kb, upload, model) -> None:
    model.failure = ProviderUnavailable("vectors", "down")
    assert run_worker(upload()) == []

    assert search(caller, kb, "退款政策") == ["zh.txt"]
    assert len(model.asked) == 1  # a segment without vectors asks for none
    assert stored_lines(caller.user_id) == []
    assert nothing_held(caller.user_id)


def test_over_a_budget_documents_and_searches_do_with_words(
    caller, kb, upload, model, capsys
) -> None:
    assert run_worker(upload()) == []
    ledger.set_budget(caller.user_id, 100, "block")  # spent, to the last unit
    event = upload()
    assert run_worker(event) == []

    assert search(caller, kb, "退款政策") == ["zh.txt", "zh.txt"]
    assert (len(model.asked), len(stored_lines(caller.user_id))) == (1, 1)
    assert '"NotEmbedded"' in capsys.readouterr().out


def test_a_budget_that_only_warns_refuses_nothing(caller, upload, model) -> None:
    ledger.set_budget(caller.user_id, 1, "warn")
    assert run_worker(upload()) == []
    assert len(stored_lines(caller.user_id)) == 1


def test_a_server_that_sends_no_usage_is_counted_by_estimate(caller, upload, model) -> None:
    model.tokens = 0
    assert run_worker(upload()) == []
    (line,) = stored_lines(caller.user_id)
    assert 20 < line["prompt_tokens"] < 60


def test_a_question_over_the_budget_is_answered_by_words(caller, kb, upload, model) -> None:
    assert run_worker(upload()) == []
    ledger.set_budget(caller.other_user_id, 1, "block")  # covers the offline model only
    role = stored_role(caller.user_id, knowledge_bases=(kb,), is_public=True)
    session = stored_session(caller.other_user_id, role_id=role.id)

    answer = Client(chat, caller.other_user).post(
        f"/api/v1/chat/{session.id}/complete", {"message": "退款政策"}
    )

    assert answer.data["sources"][0]["document_name"] == "zh.txt"
    assert [line["model"] for line in stored_lines(caller.other_user_id)] == ["builtin"]
    assert nothing_held(caller.other_user_id)


@dataclass
class Hanging(Meanings):
    """A provider that does not answer while it `hangs`."""

    hangs: bool = True
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def embed(self, model: str, texts: list[str]) -> Embeddings:
        if self.hangs:
            self.begun.set()
            await asyncio.Future()
        return await super().embed(model, texts)


def test_a_document_is_completed_by_words_where_its_provider_is_silent(
    caller, kb, upload, monkeypatch
) -> None:
    serve_embeddings(monkeypatch, Hanging())
    monkeypatch.setattr("shared.documents.processing._SHARE_OF_EMBEDDING", 0.001)
    assert run_worker(upload()) == []

    assert search(caller, kb, "退款政策") == ["zh.txt"]
    assert stored_lines(caller.user_id) == []
    assert nothing_held(caller.user_id)


def test_a_document_of_too_many_passages_is_completed_by_words(
    caller, kb, upload, model, monkeypatch
) -> None:
    monkeypatch.setattr("shared.documents.processing._MOST_EMBEDDED", 0)
    assert run_worker(upload()) == []

    assert search(caller, kb, "退款政策") == ["zh.txt"]
    assert model.asked == []


def test_a_question_is_answered_by_words_where_the_provider_is_silent(
    caller, kb, upload, monkeypatch
) -> None:
    monkeypatch.setattr("shared.retrieval.port._EMBEDDING_SECONDS", 0.05)
    model = Hanging(hangs=False)
    serve_embeddings(monkeypatch, model)
    assert run_worker(upload()) == []
    model.hangs = True

    assert search(caller, kb, "退款政策") == ["zh.txt"]
    assert len(stored_lines(caller.user_id)) == 1
    assert nothing_held(caller.user_id)


async def test_a_question_nobody_waits_for_any_more_holds_nothing(caller, monkeypatch) -> None:
    model = Hanging()
    serve_embeddings(monkeypatch, model)
    payer = Payer(caller.user_id, "chat")
    asking = asyncio.create_task(embed_paid([PARAPHRASE], payer, seconds=60))
    await model.begun.wait()
    assert not nothing_held(caller.user_id)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert stored_lines(caller.user_id) == []
    assert nothing_held(caller.user_id)


def test_without_an_embedding_model_the_ledger_is_not_asked(caller, kb, upload) -> None:
    assert run_worker(upload()) == []
    assert search(caller, kb, "退款政策") == ["zh.txt"]

    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    assert table.scan()["Items"] == []
