"""The port chat asks: several knowledge bases, ownership, embeddings and their failure."""

import pytest

from functions.documents.handler import handler as documents
from functions.knowledge.handler import handler
from shared.ai.errors import ProviderUnavailable
from shared.core import ids
from shared.retrieval.port import retrieve
from tests.support.documents import CHINESE, ENGLISH, processed
from tests.support.http import Client

MEANINGS = {"退款": [1.0, 0.0], "money": [0.9, 0.1], "RC-2045": [0.0, 1.0]}


def vectors_by_meaning(texts):
    """A model that knows two topics: giving money back, and the product."""
    return [next((v for word, v in MEANINGS.items() if word in text), [0.5, 0.5]) for text in texts]


@pytest.fixture
def model(monkeypatch):
    """An embedding model, for the worker and for questions."""

    async def embed(texts):
        return vectors_by_meaning(texts)

    monkeypatch.setattr("shared.ai.embeddings.embed", embed)
    monkeypatch.setattr("shared.ai.embeddings.embed_now", vectors_by_meaning)


@pytest.fixture
def bases(caller) -> list[str]:
    client = Client(handler, caller.user)
    return [client.post("/api/v1/knowledge-bases", {"name": n}).data["id"] for n in ("A", "B")]


def fill(caller, bases) -> None:
    upload = Client(documents, caller.user)
    processed(upload, caller.user_id, ENGLISH, "en.txt", knowledge_base_id=bases[0])
    processed(upload, caller.user_id, CHINESE, "zh.txt", knowledge_base_id=bases[1])


def run(coroutine):
    import asyncio

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(coroutine)


def names(passages) -> list[str]:
    return [passage.document_name for passage in passages]


def test_several_knowledge_bases_are_ranked_together(caller, bases):
    fill(caller, bases)
    found = run(retrieve(bases, "退款政策 RC-2045-X", 8, owner_id=caller.user_id))
    assert sorted(names(found)) == ["en.txt", "zh.txt"]
    assert len(run(retrieve(bases, "退款政策 RC-2045-X", 1, owner_id=caller.user_id))) == 1


def test_knowledge_bases_of_others_and_missing_ones_give_nothing(caller, bases):
    fill(caller, bases)
    assert run(retrieve(bases, "RC-2045-X", 8, owner_id=caller.other_user_id)) == []
    missing = [ids.new_id("kb"), bases[0]]
    assert names(run(retrieve(missing, "RC-2045-X", 8, owner_id=caller.user_id))) == ["en.txt"]
    assert run(retrieve([], "RC-2045-X", 8, owner_id=caller.user_id)) == []


def test_a_paraphrase_is_found_with_embeddings(caller, bases, model):
    fill(caller, bases)
    found = run(retrieve(bases, "how do I get my money back", 1, owner_id=caller.user_id))
    assert names(found) == ["zh.txt"]


def test_without_the_embedding_provider_words_still_answer(caller, bases, model, monkeypatch):
    fill(caller, bases)

    def fail(_):
        raise ProviderUnavailable("down")

    async def fail_later(_):
        fail(_)

    monkeypatch.setattr("shared.ai.embeddings.embed", fail_later)
    monkeypatch.setattr("shared.ai.embeddings.embed_now", fail)
    found = run(retrieve(bases, "RC-2045-X", 8, owner_id=caller.user_id))
    assert names(found) == ["en.txt"]
    fill(caller, bases)
    found = run(retrieve(bases, "RC-2045-X", 8, owner_id=caller.user_id))
    assert names(found) == ["en.txt", "en.txt"]
