"""A small API whose routes can be repeated, and that tells what ran."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from shared.auth.guards import Caller
from shared.http.app import LambdaHandler, create_app, lambda_handler
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation, Operation, RebuiltOperation
from shared.http.route import RoleCraftRoute

PATH = "/api/v1/things"


class Thing(BaseModel):
    name: str
    size: int = 1


@dataclass
class Things:
    """What ran, and what the next runs run into."""

    ran: list[str] = field(default_factory=list)
    replayed: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    def run(self, operation_id: str) -> None:
        self.ran.append(operation_id)
        self.before_answer()
        if self.errors:
            raise self.errors.pop(0)


def things_api(things: Things) -> LambdaHandler:
    router = APIRouter(prefix=PATH, route_class=RoleCraftRoute)

    @router.post("")
    async def post_thing(_: Caller, operation: CurrentOperation, body: Thing) -> Response:
        things.run(operation.id)
        data = {"id": operation.id, "name": body.name, "filling": "x" * (body.size - 1)}
        return success(data, status=201, headers={"ETag": '"1"'})

    @router.post("/files")
    async def post_file(_: Caller, operation: CurrentOperation, file: UploadFile) -> Response:
        things.run(operation.id)
        return success({"bytes": len(await file.read())}, status=201)

    @router.post("/secrets")
    async def post_secret(_: Caller, operation: RebuiltOperation, body: Thing) -> Response:
        if operation.replayed:
            things.replayed.append(operation.id)
            if things.errors:
                raise things.errors.pop(0)
        else:
            things.run(operation.id)
        return success({"secret": f"secret-of-{operation.id}"}, status=201)

    async def announced(operation: CurrentOperation) -> Operation:
        return operation

    @router.post("/refused")
    async def post_refused(
        _: Caller, operation: Annotated[Operation, Depends(announced)]
    ) -> Response:
        things.run(operation.id)
        return Response(status_code=409)

    return lambda_handler(create_app("things", [router]))
