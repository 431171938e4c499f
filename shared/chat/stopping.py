"""Stopping an answer, wherever it is being made."""

import asyncio

from shared.chat.access import find_own_message
from shared.chat.generation import find_running
from shared.core.threads import in_thread
from shared.data.chat_messages import Message, find_message
from shared.data.chat_running import request_stop

# The generator looks a few times a second; a dead one does not look at all.
WAIT_SECONDS = 5.0
_LOOK_SECONDS = 0.1


async def stop_answer(owner_id: str, session_id: str, message_id: str) -> Message:
    """The message once it is stopped and saved; one that has ended before, as it is.

    Its provider's connection is closed, its usage counted, its readers' streams ended.

    Raises:
        NotFound: no such message of this owner.
    """
    message = await in_thread(find_own_message, owner_id, session_id, message_id)
    generation = find_running(message_id)
    if generation:
        generation.interrupt("stopped")
        return await generation.finished()
    if message.status != "running":
        return message
    await in_thread(request_stop, session_id, message_id)
    for _ in range(int(WAIT_SECONDS / _LOOK_SECONDS)):
        await asyncio.sleep(_LOOK_SECONDS)
        latest = await in_thread(find_message, session_id, message_id)
        if latest and latest.status != "running":
            return latest
    return message
