"""What the documents API takes and gives (contract documents.md)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.core import clock
from shared.core.text import Language, Text
from shared.data.documents import Document
from shared.documents.extraction.model import FailureCode, FileType

LARGEST_UPLOAD = 100 * 1024 * 1024

StatusFilter = Literal["uploading", "processing", "completed", "failed"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(max_length=1_000)]
KnowledgeBaseId = Annotated[str, StringConstraints(min_length=1, max_length=100)]

UPLOADED = Text("文档上传成功，正在处理中", "Document uploaded, processing")

_FAILURES = {
    FailureCode.UNSUPPORTED_TYPE: Text("不支持的文件类型", "The file type is not supported"),
    FailureCode.ENCRYPTED: Text("文件已加密", "The file is protected by a password"),
    FailureCode.CORRUPT: Text("文件已损坏，无法读取", "The file is damaged and cannot be read"),
    FailureCode.EMPTY: Text("文件中没有文字内容", "The file holds no text"),
    FailureCode.TOO_MANY_PAGES: Text("文件超过 2,000 页", "The file has more than 2,000 pages"),
    FailureCode.TOO_LARGE_UNPACKED: Text("文件解压后过大", "The file is too large when unpacked"),
    FailureCode.TIMEOUT: Text("处理超时", "Processing took too long"),
    FailureCode.INTERNAL: Text("处理失败，请重新上传", "Processing failed, please upload again"),
}


class NewUpload(BaseModel):
    """Body of POST /uploads."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    file_type: FileType
    file_size: Annotated[int, Field(strict=True, ge=0, le=LARGEST_UPLOAD)]
    description: Description = ""
    knowledge_base_id: KnowledgeBaseId | None = None


def summary_body(document: Document) -> dict[str, Any]:
    """A document as lists show it."""
    return {
        "id": document.id,
        "name": document.name,
        "file_type": document.file_type,
        "file_size": document.file_size,
        "status": document.status,
        "chunk_count": document.chunk_count,
        "knowledge_base_id": document.knowledge_base_id,
        "created_at": clock.to_wire(document.created_at),
    }


def document_body(document: Document, language: Language) -> dict[str, Any]:
    """A whole document."""
    code = document.error_code
    error = code and {"code": code, "message": _FAILURES[FailureCode(code)].of(language)}
    return {
        **summary_body(document),
        "description": document.description,
        "metadata": {
            "pages": document.pages,
            "words": document.words,
            "language": document.language,
        },
        "completed_at": document.completed_at and clock.to_wire(document.completed_at),
        "error": error or None,
    }
