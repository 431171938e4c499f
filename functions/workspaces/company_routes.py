"""Routes of `/api/v1/companies` (contract workspaces.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from fastapi import APIRouter
from starlette.responses import Response

from functions.workspaces import companies
from functions.workspaces.schemas import CompanyChange, NewCompany
from shared.auth.guards import WorkspacesCaller
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute
from shared.workspaces.views import company_detail, company_view

router = APIRouter(prefix="/api/v1/companies", route_class=RoleCraftRoute)

CREATED = Text("公司创建成功", "Company created")
UPDATED = Text("公司更新成功", "Company updated")
DELETED = Text("公司删除成功", "Company deleted")


@router.get("")
async def get_companies(caller: WorkspacesCaller, paging: Paging) -> Response:
    return success(companies.list_companies(caller.user_id, paging).map(company_view))


@router.post("")
async def post_company(
    caller: WorkspacesCaller, operation: CurrentOperation, body: NewCompany
) -> Response:
    made = companies.create_company(caller.user_id, f"company_{operation.id}", body)
    return success(company_view(made), CREATED, status=201)


@router.get("/{company_id}")
async def get_company(caller: WorkspacesCaller, company_id: str) -> Response:
    company = companies.read_company(caller.user_id, company_id)
    return success(company_detail(company, companies.latest_outcomes(company)))


@router.put("/{company_id}")
async def put_company(caller: WorkspacesCaller, company_id: str, body: CompanyChange) -> Response:
    changed = companies.change_company(caller.user_id, company_id, body)
    return success(company_view(changed), UPDATED)


@router.delete("/{company_id}")
async def delete_company(
    caller: WorkspacesCaller, company_id: str, cascade: bool = False
) -> Response:
    companies.remove(caller.user_id, company_id, cascade=cascade)
    return success(message=DELETED)
