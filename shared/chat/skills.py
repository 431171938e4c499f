"""What a role's skills do when the model calls them; a result is text for the model."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import Any

from shared.ai.port import ToolCall
from shared.aws.storage import ObjectMissing
from shared.core.threads import in_thread
from shared.data.documents import Document, find_document, find_documents
from shared.documents.texts import read_chunks

LISTED = 50
CHUNKS_PER_READ = 10
CHARS_PER_READ = 10_000


@dataclass(frozen=True, slots=True)
class SkillResult:
    """What the model is told, and whether the skill did its work."""

    ok: bool
    text: str


async def run_skill(call: ToolCall, user_id: str, skills: Collection[str]) -> SkillResult:
    """Do what the model asks; a request that cannot be met is told to it, never raised.

    Args:
        call: the model's; its arguments may be no JSON at all.
        user_id: who sent the message: a skill sees what that person may see.
        skills: those of the role; the model may name others.
    """
    if call.name not in skills:
        return _failed(f"There is no tool {call.name}.")
    if call.name != "file_processing":
        return _failed(f"The tool {call.name} is not available yet. Answer without it.")
    try:
        arguments: Any = json.loads(call.arguments or "{}")
    except ValueError:
        return _failed("The arguments are not valid JSON.")
    if not isinstance(arguments, dict):
        return _failed("The arguments are not a JSON object.")
    return await in_thread(_process_files, user_id, arguments)


def _process_files(user_id: str, arguments: dict[str, Any]) -> SkillResult:
    document_id = arguments.get("document_id")
    if document_id is None:
        return _list_documents(user_id)
    start = arguments.get("start", 0)
    if not isinstance(document_id, str) or not isinstance(start, int) or start < 0:
        return _failed("document_id must be a text, start a whole number from 0.")
    document = find_document(user_id, document_id)
    if document is None:
        return _failed("There is no document with this id.")
    return _read_document(document, start)


def _list_documents(user_id: str) -> SkillResult:
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
    return _done({"documents": documents, "total": listed.total})


def _read_document(document: Document, start: int) -> SkillResult:
    if document.status != "completed":
        return _failed(f"The document cannot be read: it is {document.status}.")
    try:
        chunks = read_chunks(document, start, start + CHUNKS_PER_READ)
    except ObjectMissing:
        return _failed("The document was deleted.")
    texts: list[str] = []
    room = CHARS_PER_READ
    for chunk in chunks:
        if texts and len(chunk.text) > room:
            break
        texts.append(chunk.text[:room])
        room -= len(texts[-1])
    following = start + len(texts)
    more = following if texts and following < document.chunk_count else None
    return _done({"name": document.name, "text": "\n".join(texts), "next_start": more})


def _done(result: dict[str, Any]) -> SkillResult:
    return SkillResult(True, json.dumps(result, ensure_ascii=False))


def _failed(reason: str) -> SkillResult:
    return SkillResult(False, json.dumps({"error": reason}))
