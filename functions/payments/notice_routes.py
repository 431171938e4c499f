"""The address that WeChat Pay calls: `/api/v1/payments/wechat/notify`."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from functions.payments import service
from shared.http.envelope import JsonResponse
from shared.http.route import RoleCraftRoute
from shared.payments.errors import NoticeRefused

router = APIRouter(prefix="/api/v1/payments/wechat", route_class=RoleCraftRoute)


@router.post("/notify")
async def post_notice(request: Request) -> Response:
    """Answers in WeChat Pay's own words; whatever else goes wrong is a 5xx, so it repeats."""
    try:
        await service.take_notice(dict(request.headers), await request.body())
    except NoticeRefused as error:
        return JsonResponse({"code": "FAIL", "message": error.message.zh}, error.status)
    return JsonResponse({"code": "SUCCESS", "message": "成功"})
