"""Sending a message and waiting for the whole answer."""

from functions.chat.errors import AnswerRunning
from shared.chat.access import find_own_message, find_own_session
from shared.chat.body import NewMessage
from shared.chat.generation import Generation
from shared.chat.opening import Question, TurnExists, open_turn
from shared.chat.rounds import ask_whole
from shared.chat.turn import message_ids
from shared.core.errors import ServiceUnavailable
from shared.core.threads import in_thread
from shared.data.chat_messages import Message

# Below the 29 s of the function and the 30 s of the HTTP API: what there is can still be saved.
LIMIT_SECONDS = 26.0


async def answer(
    owner_id: str, session_id: str, operation_id: str, body: NewMessage
) -> tuple[Message, str]:
    """The saved answer and the role that gave it.

    Raises:
        NotFound, Conflict, RateLimited: see `open_turn`.
        UpstreamError: the provider failed for good; the message is saved as failed.
    """
    question = Question(owner_id, session_id, operation_id, body.message, body.mode)
    try:
        turn, prompt = await in_thread(open_turn, question)
    except TurnExists:
        return await in_thread(_answered_before, question)
    generation = Generation(turn, prompt, ask_whole, streamed=False, limit_seconds=LIMIT_SECONDS)
    generation.start()
    saved = await generation.finished()
    if generation.error:
        raise generation.error
    return saved, turn.role.id


def _answered_before(question: Question) -> tuple[Message, str]:
    """What a run of the same operation made, which died before its answer went out."""
    _, answer_id = message_ids(question.operation_id)
    found = find_own_message(question.owner_id, question.session_id, answer_id)
    if found.status == "running":
        raise AnswerRunning
    if found.status == "failed":
        raise ServiceUnavailable
    return found, find_own_session(question.owner_id, question.session_id).role_id
