"""The port chat asks: several knowledge bases, ownership, embeddings and their failure."""

import asyncio

import pytest

from functions.documents.handler import handler as documents
from functions.knowledge.handler import handler
from shared.ai.errors import ProviderUnavailable
from shared.core import ids
from shared.retrieval.payer import Payer
from shared.retrieval.port import retrieve
from tests.support.documents import CHINESE, ENGLISH, processed
from tests.support.http import Client
from tests.support.models import Meanings, serve_embeddings


@pytest.fixture
def model(monkeypatch) -> Meanings:
    """An embedding model, for the worker and for questions."""
    return serve_embeddings(monkeypatch, Meanings())


@pytest.fixture
def bases(caller) -> list[str]:
    client = Client(handler, caller.user)
    return [client.post("/api/v1/knowledge-bases", {"name": n}).data["id"] for n in ("A", "B")]


def fill(caller, bases) -> None:
    upload = Client(documents, caller.user)
    processed(upload, caller.user_id, ENGLISH, "en.txt", knowledge_base_id=bases[0])
    processed(upload, caller.user_id, CHINESE, "zh.txt", knowledge_base_id=bases[1])


def ask(caller, kb_ids, question, top_k=8, *, owner_id=None):
    asking = retrieve(
        kb_ids,
        question,
        top_k,
        owner_id=owner_id or caller.user_id,
        payer=Payer(caller.user_id, "document"),
    )
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(asking)


def names(passages) -> list[str]:
    return [passage.document_name for passage in passages]


def test_several_knowledge_bases_are_ranked_together(caller, bases):
    fill(caller, bases)
    found = ask(caller, bases, "退款政策 RC-2045-X")
    assert sorted(names(found)) == ["en.txt", "zh.txt"]
    assert len(ask(caller, bases, "退款政策 RC-2045-X", 1)) == 1


def test_knowledge_bases_of_others_and_missing_ones_give_nothing(caller, bases):
    fill(caller, bases)
    assert ask(caller, bases, "RC-2045-X", owner_id=caller.other_user_id) == []
    missing = [ids.new_id("kb"), bases[0]]
    assert names(ask(caller, missing, "RC-2045-X")) == ["en.txt"]
    assert ask(caller, [], "RC-2045-X") == []


def test_a_paraphrase_is_found_with_embeddings(caller, bases, model):
    fill(caller, bases)
    found = ask(caller, bases, "how do I get my money back", 1)
    assert names(found) == ["zh.txt"]


def test_without_the_embedding_provider_words_still_answer(caller, bases, model):
    fill(caller, bases)
    model.failure = ProviderUnavailable("vectors", "down")
    assert names(ask(caller, bases, "RC-2045-X")) == ["en.txt"]
    fill(caller, bases)
    assert names(ask(caller, bases, "RC-2045-X")) == ["en.txt", "en.txt"]
