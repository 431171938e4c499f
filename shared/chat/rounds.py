"""Making an answer: passages, calls of the model, and the skills it asks for in between."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from shared.ai.errors import InvalidProviderAnswer
from shared.ai.port import (
    ChatProvider,
    ChatRequest,
    Finished,
    Message,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCalls,
)
from shared.ai.tokens import estimate_prompt
from shared.ai.tools import Link, ToolContext
from shared.chat.event_text import content_event, tool_event
from shared.chat.money import ModelCall, ledger_line, worst_case
from shared.chat.prompt import Prompt, choose_passages, put_passages, to_source
from shared.chat.text import TextJoiner
from shared.chat.turn import Turn
from shared.core import clock, context
from shared.core.threads import in_thread
from shared.data.chat_messages import Source
from shared.data.ledger import Reservation
from shared.data.ledger_lines import Line
from shared.ledger import ledger
from shared.retrieval.payer import Payer

MAX_SKILL_ROUNDS = 5
PASSAGES = 6
# With its other attributes an answer must stay below DynamoDB's 400 KB per item.
MAX_ANSWER_BYTES = 300_000
Ask = Callable[[ChatProvider, ChatRequest], AsyncGenerator[StreamEvent, None]]
Publish = Callable[[str], None]


def ask_streaming(
    provider: ChatProvider, request: ChatRequest
) -> AsyncGenerator[StreamEvent, None]:
    """The answer piece by piece; nothing is asked again after the first piece."""
    return provider.stream(request)


async def ask_whole(
    provider: ChatProvider, request: ChatRequest
) -> AsyncGenerator[StreamEvent, None]:
    """The answer in one piece, so that a call that breaks anywhere can be made again."""
    completion = await provider.complete(request)
    if completion.content:
        yield TextDelta(completion.content)
    if completion.tool_calls:
        yield ToolCalls(completion.tool_calls, completion.reasoning)
    yield Finished(completion.finish_reason, completion.usage)


@dataclass(slots=True)
class Progress:
    """How far an answer is: what its end saves, whenever and however that comes.

    `call` is the model call in hand, `held` its money; `lines` are those counted already.
    """

    held: Reservation
    text: list[str] = field(default_factory=list)
    sources: tuple[Source, ...] = ()
    call: ModelCall | None = None
    lines: list[Line] = field(default_factory=list)


class Rounds:
    """Makes the answer of a turn; each piece goes to `publish` as an event."""

    def __init__(self, turn: Turn, prompt: Prompt, ask: Ask, publish: Publish) -> None:
        self.progress = Progress(turn.held)
        self._turn, self._prompt, self._ask, self._publish = turn, prompt, ask, publish
        self._joiner = TextJoiner()
        self._bytes = 0
        self._links: list[Link] = []

    async def run(self) -> None:
        """Work until the model has answered.

        Raises:
            AIServiceError: the provider failed for good.
            RateLimited: the budget does not cover another round.
        """
        try:
            await self._talk()
        finally:
            self._show_links()

    async def _talk(self) -> None:
        messages = await self._with_passages()
        for number in range(MAX_SKILL_ROUNDS + 1):
            tools = self._prompt.request.tools if number < MAX_SKILL_ROUNDS else ()
            request = replace(self._prompt.request, messages=messages, tools=tools)
            if number:
                await self._pay_for_another(request)
            asked = await self._call(request)
            if not asked.calls or not tools:
                return
            messages = (*messages, *await self._answer_calls(asked))

    async def _with_passages(self) -> tuple[Message, ...]:
        turn, messages = self._turn, self._prompt.request.messages
        role = turn.role
        if not role.knowledge_bases:
            return messages
        from shared.retrieval.port import retrieve  # 15 ms that a role without knowledge saves

        found = await retrieve(
            role.knowledge_bases,
            turn.question.content,
            PASSAGES,
            owner_id=role.owner_id,
            payer=Payer(turn.question.owner_id, turn.feature, role.id, role.name, turn.session.id),
        )
        chosen = choose_passages(found, self._prompt.passage_tokens)
        self.progress.sources = tuple(map(to_source, chosen))
        return put_passages(messages, chosen)

    async def _call(self, request: ChatRequest) -> ToolCalls:
        call = self.progress.call = ModelCall(request, clock.now())
        calls = ToolCalls(())
        async with aclosing(self._ask(self._turn.provider, request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    self._say(event.text, call)
                elif isinstance(event, ToolCalls):
                    calls = event
                else:
                    call.usage = event.usage
        call.ended_at = clock.now()
        if not call.text and not calls.calls:
            raise InvalidProviderAnswer(self._turn.provider.name, reason="blank_answer")
        return calls

    def _say(self, text: str, call: ModelCall) -> None:
        text = self._joiner.whole(text)
        if not text:
            return
        self._bytes += len(text.encode())
        if self._bytes > MAX_ANSWER_BYTES:
            raise InvalidProviderAnswer(
                self._turn.provider.name, reason="answer_too_long", retryable=False
            )
        call.text.append(text)
        self.progress.text.append(text)
        self._publish(content_event(text))

    def _show_links(self) -> None:
        """Add what skills made and the model did not mention: a small one may forget it."""
        said = "".join(self.progress.text)
        for link in dict.fromkeys(self._links):
            if link.target not in said:
                text = f"\n\n{link.markdown}" if said else link.markdown
                said += text
                self.progress.text.append(text)
                self._publish(content_event(text))

    async def _answer_calls(self, asked: ToolCalls) -> list[Message]:
        said = "".join(self.progress.call.text) if self.progress.call else ""
        answers = [
            Message("assistant", said, tool_calls=asked.calls, reasoning=asked.reasoning),
        ]
        for call in asked.calls:
            answers.append(Message("tool", await self._run_skill(call), tool_call_id=call.id))
        return answers

    async def _run_skill(self, call: ToolCall) -> str:
        self._publish(tool_event(call.name, "running"))
        turn = self._turn
        about = ToolContext(
            user_id=turn.question.owner_id,
            role_id=turn.role.id,
            session_id=turn.session.id,
            message_id=turn.answer.id,
            language=context.current().language,
        )
        result = await turn.tools.run(call, about)
        self._links += result.links
        self._publish(tool_event(call.name, "done"))
        return result.text

    async def _pay_for_another(self, request: ChatRequest) -> None:
        """Count the call that ended and hold the money of the next one."""
        progress, turn = self.progress, self._turn
        if progress.call:
            line = ledger_line(turn, progress.call, "ok")
            await in_thread(ledger.settle_now, progress.held, [line])
            progress.lines.append(line)
            progress.call = None
        prompt = estimate_prompt(request.messages, request.tools)
        amount = worst_case(turn.model, prompt, request.max_tokens or 0)
        progress.held = await in_thread(
            ledger.reserve_now, user_id=turn.question.owner_id, amount_micro=amount
        )
