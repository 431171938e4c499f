"""The body of a message that is sent, to be answered whole or streamed (contract chat.md)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.data.chat_sessions import Mode

LONGEST_MESSAGE = 32_000


class NewMessage(BaseModel):
    """What a person asks; `mode` holds for this message, the session's by default."""

    model_config = ConfigDict(strict=True, extra="forbid")

    message: Annotated[str, Field(min_length=1, max_length=LONGEST_MESSAGE, pattern=r"\S")]
    mode: Mode | None = None
