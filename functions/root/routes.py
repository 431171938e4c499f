"""Routes of the root function; unknown paths fall through to the app's 404."""

from datetime import timedelta, timezone

from fastapi import APIRouter

from functions.root.schemas import Greeting, Health
from shared.core import clock, context
from shared.http.envelope import JsonResponse

VERSION = "0.1.0"
SERVICE = "RoleCraft"
_CLIENTS_ZONE = timezone(timedelta(hours=8))

router = APIRouter()


@router.get("/", response_model=Greeting)
async def get_root() -> JsonResponse:
    return JsonResponse(Greeting(f"{SERVICE} API", VERSION, "running"))


@router.get("/health", response_model=Health)
async def get_health() -> JsonResponse:
    # Nothing is asked of any store: whoever answers this is up, and an outage of one table
    # must not make a load balancer drop the rest.
    moment = clock.now().astimezone(_CLIENTS_ZONE)
    request_id = context.current().request_id
    timestamp = f"{moment:%Y-%m-%d %H:%M:%S}"
    return JsonResponse(Health(SERVICE, "healthy", timestamp, VERSION, request_id))
