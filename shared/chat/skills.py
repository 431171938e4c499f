"""The skills a role may have; what one gives is text for the model."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from shared.ai.port import ToolSpec
from shared.ai.tools import ToolAnswer, ToolBox, ToolContext
from shared.chat.images import ImageGeneration
from shared.core.threads import in_thread
from shared.data.documents import Document, find_document, find_documents

LISTED = 50
CHUNKS_PER_READ = 10
CHARS_PER_READ = 10_000


def tool_box(skills: Iterable[str]) -> ToolBox:
    """The tools of a role, for one answer."""
    return ToolBox(skills, (FileProcessing(), ImageGeneration()))


class FileProcessing:
    """Lists and reads the documents of the person who sent the message, nobody else's."""

    name = "file_processing"
    spec = ToolSpec(
        name,
        "List the user's documents (no arguments), or read one from passage `start` on; "
        "`next_start` in the answer says where to go on.",
        {
            "type": "object",
            "properties": {
                "document_id": {"type": "string", "description": "as the list gives it"},
                "start": {"type": "integer", "minimum": 0},
            },
            "additionalProperties": False,
        },
    )

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolAnswer:
        """JSON text: a list, a part of a text, or the reason why there is none."""
        result = await in_thread(_process, context.user_id, arguments)
        return ToolAnswer(json.dumps(result, ensure_ascii=False))


def _process(user_id: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    document_id = arguments.get("document_id")
    if document_id is None:
        return _list(user_id)
    start = arguments.get("start", 0)
    if not isinstance(document_id, str) or not isinstance(start, int) or start < 0:
        return _error("document_id must be a text, start a whole number from 0")
    document = find_document(user_id, document_id)
    if document is None:
        return _error("there is no document with this id")
    return _read(document, start)


def _list(user_id: str) -> dict[str, Any]:
    listed = find_documents(user_id, LISTED)
    documents = [
        {
            "document_id": document.id,
            "name": document.name,
            "type": document.file_type,
            "status": document.status,
            "passages": document.chunk_count,
        }
        for document in islice(listed.documents, LISTED)
    ]
    return {"documents": documents, "total": listed.total}


def _read(document: Document, start: int) -> dict[str, Any]:
    if document.status != "completed":
        return _error(f"the document cannot be read, it is {document.status}")
    from shared.aws.storage import ObjectMissing
    from shared.documents.texts import read_chunks  # brings the text index with it

    try:
        chunks = read_chunks(document, start, start + CHUNKS_PER_READ)
    except ObjectMissing:
        return _error("the document was deleted")
    texts: list[str] = []
    room = CHARS_PER_READ
    for chunk in chunks:
        if texts and len(chunk.text) > room:
            break
        texts.append(chunk.text[:room])
        room -= len(texts[-1])
    following = start + len(texts)
    more = following if texts and following < document.chunk_count else None
    return {"name": document.name, "text": "\n".join(texts), "next_start": more}


def _error(reason: str) -> dict[str, Any]:
    return {"error": reason}
