"""The model's part of a run: a turn of the chat engine that belongs to no session."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from shared.ai.errors import ProviderTimeout
from shared.ai.http_client import close_http_client
from shared.ai.port import Message as Line
from shared.ai.registry import registry
from shared.ai.tools import ToolBox
from shared.chat.ending import Ending
from shared.chat.money import worst_case
from shared.chat.prompt import Prompt, choose_passages, plan_prompt, put_passages, to_source
from shared.chat.rounds import PASSAGES, Rounds, ask_streaming
from shared.chat.skills import tool_box
from shared.chat.turn import Turn
from shared.core import clock, ids
from shared.core.errors import AppError
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.chat_messages import Message
from shared.data.chat_sessions import Session
from shared.data.companies import Company
from shared.data.ledger import Reservation
from shared.data.roles import ModelConfig, Role, find_role
from shared.data.workspaces import Workspace
from shared.retrieval.payer import Payer
from shared.workspaces.brief import compose_brief
from shared.workspaces.errors import RoleGone

if TYPE_CHECKING:
    from shared.retrieval.port import Passage

SIGN_OF_LIFE_SECONDS = 10.0
_NO_ROLE_PROMPT = (
    "你是一名严谨的商业助理。按要求写出完整、可直接使用的成果，只使用给出的数据与资料，不编造。\n"
    "You are a careful business assistant. Write the complete, usable result that is asked for, "
    "from the data and passages given, inventing nothing."
)
_NO_ROLE_MAX_TOKENS = 4_000
_QUERY_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be asked, and what it may cost at most (micro-units).

    `message_id` stands for the answer of every attempt: what a skill makes for it is made once.
    """

    workspace: Workspace
    role: Role
    tools: ToolBox
    prompt: Prompt
    message_id: str
    amount_micro: int


def prepare(workspace: Workspace, company: Company, run_id: str, moment: datetime) -> Job:
    """Put the question of a run together, as of a moment.

    Raises:
        RoleGone: the workspace's role was deleted, or is no longer public.
        ModelNotAvailable: no configured provider serves the role's model.
    """
    role = _role_of(workspace)
    model = registry().find_model(role.model_config.model)
    question = compose_brief(workspace, company, moment)
    asked = replace(role, knowledge_bases=(*role.knowledge_bases, *workspace.knowledge_base_ids))
    tools = tool_box(role.skills)
    prompt = plan_prompt(asked, model, "task", (), question, tools.specs)
    amount = worst_case(model, prompt.most_tokens, prompt.request.max_tokens or 0)
    message_id = f"msg_{run_id.removeprefix('run_')}"
    return Job(workspace, role, tools, prompt, message_id, amount)


def write_report(
    job: Job, held: Reservation, is_wanted: Callable[[], bool], seconds: float
) -> tuple[Ending, AppError | None]:
    """Ask the model; the answer with what it cost, and why it is none.

    Args:
        job: prepared.
        held: the money of the first call.
        is_wanted: asked every ten seconds, which is also the sign of life; False stops the model.
        seconds: after which it is too late.
    """
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(_write(job, held, is_wanted, seconds))


async def _write(
    job: Job, held: Reservation, is_wanted: Callable[[], bool], seconds: float
) -> tuple[Ending, AppError | None]:
    turn = _turn(job, held)
    writing = _Writing(turn, job)
    work = asyncio.create_task(writing.run())
    try:
        cause = await _attend(work, is_wanted, seconds)
        error = _judge(work, cause, turn.provider.name)
    finally:
        await close_http_client()
    ending = Ending.of(turn, writing.rounds.progress, error=error, stopped=cause == "unwanted")
    return ending, error


class _Writing:
    """Passages, then the rounds of the chat engine."""

    def __init__(self, turn: Turn, job: Job) -> None:
        self._turn, self._job = turn, job
        self.rounds = Rounds(turn, job.prompt, ask_streaming, lambda _: None)

    async def run(self) -> None:
        passages = choose_passages(await self._passages(), self._job.prompt.passage_tokens)
        if passages:
            request = self._job.prompt.request
            messages: tuple[Line, ...] = put_passages(request.messages, passages)
            prompt = replace(self._job.prompt, request=replace(request, messages=messages))
            self.rounds = Rounds(self._turn, prompt, ask_streaming, lambda _: None)
            self.rounds.progress.sources = tuple(map(to_source, passages))
        await self.rounds.run()

    async def _passages(self) -> "list[Passage]":
        """Of the workspace's own knowledge bases and of its role's, which may be another's."""
        workspace, role = self._job.workspace, self._job.role
        from shared.retrieval.port import retrieve  # 15 ms that others save

        found: dict[str, Passage] = {}
        payer = Payer(workspace.owner_id, "workspace", role.id or None, role.name or None)
        for bases, owner_id in (
            (workspace.knowledge_base_ids, workspace.owner_id),
            (role.knowledge_bases, role.owner_id),
        ):
            if bases:
                query = workspace.report_rule[:_QUERY_CHARS]
                passages = await retrieve(bases, query, PASSAGES, owner_id=owner_id, payer=payer)
                found |= {passage.chunk_id: passage for passage in passages}
        best = sorted(found.values(), key=lambda passage: passage.score, reverse=True)
        return best[:PASSAGES]


async def _attend(work: "asyncio.Task[None]", is_wanted: Callable[[], bool], seconds: float) -> str:
    """Wait for the work, giving signs of life; "done", or why it was cancelled."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        left = deadline - loop.time()
        await asyncio.wait((work,), timeout=max(0.0, min(SIGN_OF_LIFE_SECONDS, left)))
        if work.done():
            return "done"
        cause = "late" if loop.time() >= deadline else ""
        if not cause and not await in_thread(is_wanted):
            cause = "unwanted"
        if cause:
            work.cancel()
            await asyncio.wait((work,))
            return cause


def _judge(work: "asyncio.Task[None]", cause: str, provider: str) -> AppError | None:
    """Why there is no report; None where there is one, or nobody wants it."""
    if cause == "late":
        return ProviderTimeout(provider)
    if work.cancelled():
        return None
    error = work.exception()
    if error is None or isinstance(error, AppError):
        return error
    get_logger().error("report broke", exc_info=error)
    return AppError()


def _turn(job: Job, held: Reservation) -> Turn:
    role, now = job.role, clock.iso_ms(clock.now())
    asked = job.prompt.request.messages[-1].content
    session = Session(
        id="",
        owner_id=job.workspace.owner_id,
        role_id=role.id,
        role_name=role.name,
        title="",
        mode="task",
        last_message="",
        message_count=0,
        created_at=now,
        updated_at=now,
    )
    question = Message(
        id=ids.new_id("msg"),
        session_id="",
        owner_id=job.workspace.owner_id,
        author="user",
        content=asked,
        status="complete",
        created_at=now,
    )
    answer = replace(question, id=job.message_id, author="assistant", content="")
    return Turn(
        session=session,
        # Passages are put before the model here, so the engine is to look for none.
        role=replace(role, knowledge_bases=()),
        model=registry().find_model(role.model_config.model),
        provider=registry().chat(role.model_config.model),
        tools=job.tools,
        question=question,
        answer=answer,
        held=held,
        feature="workspace",
    )


def _role_of(workspace: Workspace) -> Role:
    if workspace.role_id is None:
        return _nobody(workspace)
    role = find_role(workspace.role_id)
    if role is None or not (role.is_public or role.owner_id == workspace.owner_id):
        raise RoleGone(workspace.role_id)
    return role


def _nobody(workspace: Workspace) -> Role:
    """The role of a workspace that names none: counted under no role."""
    model = registry().default_model
    return Role(
        id="",
        owner_id=workspace.owner_id,
        name="",
        description="",
        avatar=None,
        category="",
        welcome_message="",
        model_config=ModelConfig(model, 0.3, _NO_ROLE_MAX_TOKENS, 1.0),
        skills=(),
        knowledge_bases=(),
        is_public=False,
        version=1,
        created_at=workspace.created_at,
        updated_at=workspace.created_at,
        system_prompt=_NO_ROLE_PROMPT,
    )
