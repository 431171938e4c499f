"""Starting and resuming the stream of an answer."""

from functions.chat_stream.event_stream import EventStream
from shared.chat.access import find_own_message
from shared.chat.body import NewMessage
from shared.chat.errors import MessageNotFound
from shared.chat.following import follow
from shared.chat.generation import Generation
from shared.chat.opening import Question, TurnExists, open_turn
from shared.chat.rounds import ask_streaming
from shared.chat.turn import message_ids
from shared.core.threads import in_thread
from shared.http.idempotency import Operation

# Below the time its money is held (shared/ledger) and the 15 minutes of the function: what there
# is can still be saved, and is paid from what was held for it.
LIMIT_SECONDS = 780.0


async def start_stream(
    owner_id: str, session_id: str, operation: Operation, body: NewMessage
) -> EventStream:
    """The stream of a new answer; a repeat gets the stream of the first one, from its start.

    Raises:
        NotFound, Conflict, UpstreamError, RateLimited: see `open_turn`; nothing was saved.
    """
    if operation.replayed:
        return await _repeat(owner_id, session_id, operation)
    question = Question(owner_id, session_id, operation.id, body.message, body.mode)
    try:
        turn, prompt = await in_thread(open_turn, question)
    except TurnExists:
        return await _repeat(owner_id, session_id, operation)
    generation = Generation(turn, prompt, ask_streaming, streamed=True, limit_seconds=LIMIT_SECONDS)
    generation.start()
    return EventStream(generation.buffer.follow(0), until=generation.finished)


async def resume_stream(owner_id: str, session_id: str, message_id: str, after: int) -> EventStream:
    """What follows event number `after` of an answer, and what is still to come.

    Raises:
        NotFound: no such answer of this owner.
    """
    message = await in_thread(find_own_message, owner_id, session_id, message_id)
    if message.author != "assistant":
        raise MessageNotFound
    return EventStream(follow(message, after))


async def _repeat(owner_id: str, session_id: str, operation: Operation) -> EventStream:
    _, answer_id = message_ids(operation.id)
    return await resume_stream(owner_id, session_id, answer_id, 0)
