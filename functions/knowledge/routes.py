"""Routes of `/api/v1/knowledge-bases` (contract documents.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from fastapi import APIRouter
from starlette.responses import Response

from functions.knowledge import service
from functions.knowledge.schemas import (
    KnowledgeBaseChange,
    NewKnowledgeBase,
    Search,
    knowledge_base_body,
    passage_body,
)
from shared.auth.guards import DocumentsCaller
from shared.core.text import Text
from shared.documents.knowledge import Fate
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/knowledge-bases", route_class=RoleCraftRoute)

CREATED = Text("知识库创建成功", "Knowledge base created")
UPDATED = Text("知识库更新成功", "Knowledge base updated")
DELETED = Text("知识库删除成功", "Knowledge base deleted")


@router.get("")
async def get_knowledge_bases(caller: DocumentsCaller, paging: Paging) -> Response:
    return success(service.list_knowledge_bases(caller.user_id, paging).map(knowledge_base_body))


@router.post("")
async def post_knowledge_base(
    caller: DocumentsCaller, body: NewKnowledgeBase, operation: CurrentOperation
) -> Response:
    made = service.create_knowledge_base(caller.user_id, f"kb_{operation.id}", body)
    return success(knowledge_base_body(made), CREATED, status=201)


@router.get("/{kb_id}")
async def get_knowledge_base(caller: DocumentsCaller, kb_id: str) -> Response:
    return success(knowledge_base_body(service.read_knowledge_base(caller.user_id, kb_id)))


@router.put("/{kb_id}")
async def put_knowledge_base(
    caller: DocumentsCaller, kb_id: str, body: KnowledgeBaseChange
) -> Response:
    changed = service.change_knowledge_base(caller.user_id, kb_id, body)
    return success(knowledge_base_body(changed), UPDATED)


@router.delete("/{kb_id}")
async def delete_knowledge_base(
    caller: DocumentsCaller, kb_id: str, documents: Fate = "keep"
) -> Response:
    service.remove_knowledge_base(caller.user_id, kb_id, documents)
    return success(message=DELETED)


@router.post("/{kb_id}/search")
async def post_search(caller: DocumentsCaller, kb_id: str, body: Search) -> Response:
    found = await service.search(caller.user_id, kb_id, body)
    return success({"items": [passage_body(passage) for passage in found]})
