"""Routes of `/api/v1/documents` (contract documents.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from starlette.responses import Response

from functions.documents import service
from functions.documents.errors import FileTooLarge
from functions.documents.schemas import (
    UPLOADED,
    Description,
    KnowledgeBaseId,
    Name,
    NewUpload,
    StatusFilter,
    document_body,
    summary_body,
)
from functions.documents.service import DocumentFilter, Draft
from shared.auth.guards import DocumentsCaller
from shared.aws.storage import LINK_SECONDS
from shared.core import context
from shared.core.text import Text
from shared.documents.names import clean_name
from shared.http.context_middleware import FORM_FILES_LIMIT_BYTES
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/documents", route_class=RoleCraftRoute)

READY = Text("请上传文件", "Ready for the upload")
DELETED = Text("文档删除成功", "Document deleted")


async def _document_filter(
    status: StatusFilter | None = None,
    knowledge_base_id: Annotated[str, Query(max_length=100)] = "",
    search: Annotated[str, Query(max_length=200)] = "",
) -> DocumentFilter:
    return DocumentFilter(status, knowledge_base_id.strip(), search.strip())


@router.post("")
async def post_document(
    caller: DocumentsCaller,
    operation: CurrentOperation,
    file: Annotated[UploadFile, File()],
    name: Annotated[Name | None, Form()] = None,
    description: Annotated[Description, Form()] = "",
    knowledge_base_id: Annotated[KnowledgeBaseId | None, Form()] = None,
) -> Response:
    content = await file.read()
    if len(content) > FORM_FILES_LIMIT_BYTES:
        raise FileTooLarge(details={"limit_bytes": FORM_FILES_LIMIT_BYTES})
    draft = Draft(
        f"doc_{operation.id}",
        caller.user_id,
        clean_name(name or file.filename or ""),
        description,
        knowledge_base_id,
    )
    document = service.upload_document(draft, content)
    body = summary_body(document) | {"message": UPLOADED.of(context.current().language)}
    return success(body, UPLOADED, status=201)


@router.post("/uploads")
async def post_upload(
    caller: DocumentsCaller, body: NewUpload, operation: CurrentOperation
) -> Response:
    draft = Draft(
        f"doc_{operation.id}",
        caller.user_id,
        clean_name(body.name),
        body.description,
        body.knowledge_base_id,
    )
    document, form = service.prepare_upload(draft, body.file_type, body.file_size)
    upload = {"url": form.url, "fields": form.fields, "expires_in": form.expires_in}
    return success(summary_body(document) | upload | {"upload": upload}, READY, status=201)


@router.get("")
async def get_documents(
    caller: DocumentsCaller,
    paging: Paging,
    wanted: Annotated[DocumentFilter, Depends(_document_filter)],
) -> Response:
    return success(service.list_documents(caller.user_id, wanted, paging).map(summary_body))


@router.get("/{document_id}")
async def get_document(caller: DocumentsCaller, document_id: str) -> Response:
    document = service.read_document(caller.user_id, document_id)
    return success(document_body(document, context.current().language))


@router.get("/{document_id}/chunks")
async def get_chunks(caller: DocumentsCaller, document_id: str, paging: Paging) -> Response:
    return success(service.list_chunks(caller.user_id, document_id, paging))


@router.get("/{document_id}/download")
async def get_download(caller: DocumentsCaller, document_id: str) -> Response:
    link = service.download_link(caller.user_id, document_id)
    return success({"url": link, "expires_in": LINK_SECONDS})


@router.delete("/{document_id}")
async def delete_document(caller: DocumentsCaller, document_id: str) -> Response:
    service.delete_document(caller.user_id, document_id)
    return success(message=DELETED)
