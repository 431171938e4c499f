"""What the model is sent: passages within their room, the newest history, the role's settings."""

from dataclasses import replace
from typing import Any

from shared.ai.catalog import Model
from shared.ai.prompt_format import parse_passages
from shared.ai.tokens import estimate_prompt
from shared.chat.prompt import (
    PASSAGES_TOKENS,
    choose_passages,
    plan_prompt,
    put_passages,
    to_source,
)
from shared.data.chat_messages import Message
from shared.data.roles import ModelConfig, Role
from shared.retrieval.port import Passage

MODEL = Model("m", context=8_000, max_output=2_000)


def role(**fields: Any) -> Role:
    values: dict[str, Any] = {
        "id": "role_1",
        "owner_id": "user_1",
        "name": "助手",
        "description": "",
        "avatar": None,
        "category": "通用",
        "welcome_message": "",
        "model_config": ModelConfig("m", 0.7, 1000, 0.9),
        "skills": (),
        "knowledge_bases": (),
        "is_public": False,
        "version": 1,
        "created_at": "",
        "updated_at": "",
        "system_prompt": "你是助手。",
    }
    return Role(**{**values, **fields})


def message(author: Any, content: str, status: Any = "complete") -> Message:
    return Message(
        id="msg_1",
        session_id="session_1",
        owner_id="user_1",
        author=author,
        content=content,
        status=status,
        created_at="",
    )


def passage(number: int, text: str = "年假有十五天。", page: int | None = 2) -> Passage:
    return Passage(f"doc_{number}", f"{number}.pdf", f"chunk_{number}", page, 0.51239, text, text)


def turns(count: int, length: int = 10) -> list[Message]:
    return [
        line
        for number in range(count)
        for line in (
            message("user", f"{number}问" + "长" * length),
            message("assistant", f"{number}答" + "长" * length),
        )
    ]


def contents(history: list[Message], question: str = "现在？") -> list[str]:
    prompt = plan_prompt(role(), MODEL, "chat", history, question, ())
    return [line.content for line in prompt.request.messages]


def test_questions_whose_answer_failed_or_is_being_made_are_left_out() -> None:
    history = [
        message("user", "一"),
        message("assistant", "", "failed"),
        message("user", "二"),
        message("assistant", "二答", "incomplete"),
        message("user", "三"),
        message("assistant", "", "running"),
    ]
    assert contents(history) == ["你是助手。", "二", "二答", "现在？"]


def test_the_newest_history_is_what_is_kept() -> None:
    kept = contents(turns(200, length=100))
    assert kept[0] == "你是助手。"
    assert kept[-1] == "现在？"
    assert kept[-2].startswith("199答")
    assert kept[1].startswith(f"{200 - (len(kept) - 2) // 2}问")
    assert 10 < len(kept) < 400


def test_the_whole_prompt_fits_the_models_window() -> None:
    asked = plan_prompt(
        role(knowledge_bases=("kb_1",)), MODEL, "chat", turns(200, length=100), "？", ()
    )
    assert asked.most_tokens + 1000 <= MODEL.context
    assert 0 < asked.passage_tokens <= PASSAGES_TOKENS
    assert asked.most_tokens == estimate_prompt(asked.request.messages) + asked.passage_tokens


def test_without_knowledge_no_room_is_kept_for_passages() -> None:
    assert plan_prompt(role(), MODEL, "chat", [], "？", ()).passage_tokens == 0


def test_the_answer_is_limited_by_role_model_and_window() -> None:
    long = role(model_config=ModelConfig("m", 0.7, 32_768, 0.9))
    assert plan_prompt(long, MODEL, "chat", [], "？", ()).request.max_tokens == 2_000
    small = replace(MODEL, context=1_000)
    assert plan_prompt(long, small, "chat", [], "？", ()).request.max_tokens == 500


def test_a_model_without_sampling_is_sent_none() -> None:
    request = plan_prompt(role(), replace(MODEL, sampling=False), "chat", [], "？", ()).request
    assert (request.temperature, request.top_p) == (None, None)


def test_task_mode_adds_to_the_system_prompt() -> None:
    plain = plan_prompt(role(), MODEL, "chat", [], "？", ()).request.messages[0].content
    task = plan_prompt(role(), MODEL, "task", [], "？", ()).request.messages[0].content
    assert plain == "你是助手。"
    assert task.startswith(plain)
    assert "Task mode" in task


def test_only_the_best_passages_that_fit_are_chosen() -> None:
    found = [passage(number, "长" * 800) for number in range(6)]
    chosen = choose_passages(found, 2_000)
    assert chosen == found[: len(chosen)]
    assert 1 < len(chosen) < 6
    assert choose_passages(found, 0) == []


def test_passages_are_numbered_as_the_answer_cites_them() -> None:
    messages = plan_prompt(role(), MODEL, "chat", [], "？", ()).request.messages
    system = put_passages(messages, [passage(1), passage(2, page=None)])[0]
    read = parse_passages(system.content)
    assert [(item.number, item.source, item.page) for item in read] == [
        (1, "1.pdf", 2),
        (2, "2.pdf", None),
    ]
    assert put_passages(messages, []) == messages


def test_a_source_shows_at_most_300_characters() -> None:
    source = to_source(passage(1, "长" * 500))
    assert len(source.snippet) == 300
    assert (source.document_id, source.chunk_id, source.page) == ("doc_1", "chunk_1", 2)
    assert source.score == 0.5124
