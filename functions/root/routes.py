"""Routes of the root function; unknown paths fall through to the app's 404."""

from fastapi import APIRouter, Depends, Request

from functions.root.schemas import Greeting, Health
from shared.core.version import SERVICE, VERSION
from shared.flow.limits import PUBLIC, limit_address
from shared.http.client_address import client_address
from shared.http.envelope import JsonResponse
from shared.http.flow_envelope import stamps


async def _within_limit(request: Request) -> None:
    """Let an address pass that has calls left (contract flow.md, public paths)."""
    await limit_address(PUBLIC, client_address(request))


router = APIRouter(dependencies=[Depends(_within_limit)])


@router.get("/", response_model=Greeting)
async def get_root() -> JsonResponse:
    return JsonResponse(Greeting(f"{SERVICE} API", VERSION, "running"))


@router.get("/health", response_model=Health)
async def get_health() -> JsonResponse:
    # Nothing is asked of any store: whoever answers this is up, and an outage of one table
    # must not make a load balancer drop the rest. (A limiter without its store lets pass.)
    return JsonResponse(Health(SERVICE, "healthy", version=VERSION, **stamps()))
