"""Answers from documents: sources as they were put before the model, and the skill that reads."""

import json
from typing import Any

import pytest

from functions.documents.handler import handler as documents
from shared.core import ids
from shared.data.chat_sessions import Session
from shared.data.knowledge_bases import new_knowledge_base, store_knowledge_base
from tests.integration.chat.conftest import CHAT, SESSIONS
from tests.integration.conftest import Callers
from tests.support.chat import stored_session
from tests.support.documents import CHINESE, ENGLISH, post_file, run_worker, s3_event
from tests.support.http import Client
from tests.support.models import ScriptedModel, calls, says
from tests.support.roles import stored_role


@pytest.fixture
def kb(caller: Callers) -> str:
    """A knowledge base of the user with a Chinese and an English document."""
    kb_id = ids.new_id("kb")
    store_knowledge_base(new_knowledge_base(kb_id, caller.user_id, "产品资料"))
    client = Client(documents, caller.user)
    for name, content in (("退款政策.txt", CHINESE), ("returns.txt", ENGLISH)):
        made = post_file(client, content, name, knowledge_base_id=kb_id).data
        assert run_worker(s3_event(caller.user_id, made["id"])) == []
    return kb_id


@pytest.fixture
def knowing(caller: Callers, kb: str) -> Session:
    """A session with a role that knows those documents."""
    role = stored_role(caller.user_id, knowledge_bases=(kb,), skills=("file_processing",))
    return stored_session(caller.user_id, role_id=role.id)


def ask(client: Client, session: Session, question: str) -> Any:
    return client.post(f"{CHAT}/{session.id}/complete", {"message": question}).data


def test_the_offline_model_answers_from_the_right_document_in_both_languages(
    user: Client, knowing: Session
) -> None:
    chinese = ask(user, knowing, "退货运费由谁承担？")
    assert "商家承担" in chinese["content"]
    assert chinese["sources"][0]["document_name"] == "退款政策.txt"
    english = ask(user, knowing, "What does the RC-2045-X cost?")
    assert "129.50 EUR" in english["content"]
    assert "returns.txt" in {source["document_name"] for source in english["sources"]}


def test_sources_are_the_passages_before_the_model_in_their_numbers(
    user: Client, knowing: Session, model: ScriptedModel
) -> None:
    answer = ask(user, knowing, "退款政策")
    system = model.requests[0].messages[0].content
    for number, source in enumerate(answer["sources"], 1):
        assert set(source) == {
            "document_id",
            "document_name",
            "chunk_id",
            "page",
            "score",
            "snippet",
        }
        assert f'<passage n="{number}" source="{source["document_name"]}"' in system
        assert len(source["snippet"]) <= 300
    stored = user.get(f"{SESSIONS}/{knowing.id}").data["messages"][1]
    assert stored["sources"] == answer["sources"]


def test_a_public_role_answers_others_from_its_owners_documents(
    other: Client, caller: Callers, kb: str
) -> None:
    role = stored_role(caller.user_id, knowledge_bases=(kb,), is_public=True)
    session = stored_session(caller.other_user_id, role_id=role.id)
    assert "商家承担" in ask(other, session, "退货运费由谁承担？")["content"]


def test_the_file_skill_lists_and_reads_the_askers_own_documents(
    user: Client, knowing: Session, model: ScriptedModel
) -> None:
    model.scripts = [calls("file_processing"), says("两份")]
    ask(user, knowing, "我有哪些文件？")
    listed = json.loads(model.requests[-1].messages[-1].content)
    assert listed["total"] == 2
    refund = next(item for item in listed["documents"] if item["name"] == "退款政策.txt")
    model.requests.clear()
    reading = json.dumps({"document_id": refund["document_id"]})
    model.scripts = [calls("file_processing", reading), says("读完了")]
    ask(user, knowing, "读一下")
    read = json.loads(model.requests[-1].messages[-1].content)
    assert read == {"name": "退款政策.txt", "text": CHINESE.decode(), "next_start": None}


def test_the_file_skill_never_shows_somebody_elses_documents(
    user: Client, other: Client, caller: Callers, kb: str, model: ScriptedModel
) -> None:
    theirs = Client(documents, caller.user).get("/api/v1/documents").data["items"][0]["id"]
    role = stored_role(caller.other_user_id, skills=("file_processing",))
    session = stored_session(caller.other_user_id, role_id=role.id)
    model.scripts = [
        calls("file_processing"),
        calls("file_processing", json.dumps({"document_id": theirs})),
        says("没有"),
    ]
    ask(other, session, "读一下")
    told = [line.content for line in model.requests[-1].messages if line.role == "tool"]
    assert json.loads(told[0]) == {"documents": [], "total": 0}
    assert "no document" in told[1]


@pytest.mark.parametrize(
    "arguments", ["{", "[]", '{"document_id": 5}', '{"document_id": "x", "start": -1}']
)
def test_a_wrong_skill_call_is_answered_in_words(
    user: Client, knowing: Session, model: ScriptedModel, arguments: str
) -> None:
    model.scripts = [calls("file_processing", arguments), says("改正")]
    assert ask(user, knowing, "读")["content"] == "改正"
    assert model.requests[-1].messages[-1].role == "tool"
