"""Safe repeats: `Idempotency-Key` on calls that create, run or charge (contract common.md).

A route opts in by a parameter, on a router with `route_class=RoleCraftRoute`:

    async def post_role(caller: Caller, operation: CurrentOperation, body: NewRole) -> ...:
        service.create_role(id=f"role_{operation.id}", ...)

`operation.id` is a ULID: fresh, or the one stored with the key. A run that died after its writes
and before its answer is taken over with the same id, so what it made is found by a conditional
put instead of being made twice.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any, ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pynamodb.exceptions import PynamoDBException
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.auth.guards import authenticate
from shared.core import clock, context, ids
from shared.core.errors import AppError, Conflict, InvalidRequest, ServiceUnavailable
from shared.core.observability import get_logger
from shared.core.text import Text
from shared.core.threads import off_loop
from shared.data.idempotency import (
    CallRecord,
    StoredAnswer,
    break_call,
    complete_call,
    delete_call,
    lock_call,
    store_call,
)

ANSWER_LIMIT_BYTES = 350_000
LONGEST_RUN_S = 900
_KEY = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_DELIBERATE = (AppError, HTTPException, RequestValidationError)
_STORE_FAILURES = (PynamoDBException, ClientError, BotoCoreError)
P = ParamSpec("P")
T = TypeVar("T")
Run = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One effect a caller asked for, however often the request arrives.

    `id` is a ULID. `replayed` is True only with `RebuiltOperation`, when the effect was reached
    before: the route then answers from what exists.
    """

    id: str
    replayed: bool = False


class Answers(Enum):
    """Whether first answers are stored, or made again from the operation's id."""

    STORED = "stored"
    REBUILT = "rebuilt"


async def _stored(request: Request) -> Operation:
    operation: Operation = request.state.operation
    return operation


async def _rebuilt(request: Request) -> Operation:
    operation: Operation = request.state.operation
    return operation


CurrentOperation = Annotated[Operation, Depends(_stored)]
"""The route's operation; its first answer is stored for 24 h and given again as it was."""

RebuiltOperation = Annotated[Operation, Depends(_rebuilt)]
"""The route's operation where an answer must not be stored: streams, and answers with secrets.

A repeat runs the route again with the same `id` and `replayed=True`; the route gives the same
answer from what it finds, or raises Conflict(retry_after=1) while the first is still at work.
"""


def answers_of(dependant: Dependant) -> Answers | None:
    """How a route repeats: by the parameter it declares, None without one."""
    for dependency in dependant.dependencies:
        if dependency.call is _stored:
            return Answers.STORED
        if dependency.call is _rebuilt:
            return Answers.REBUILT
        nested = answers_of(dependency)
        if nested:
            return nested
    return None


async def run_once(request: Request, run: Run, answers: Answers) -> Response:
    """Run the route, or give its first answer again.

    Raises:
        InvalidRequest: the key is not 1–128 characters.
        Conflict: the key was used for another request, or the first is still running.
        ServiceUnavailable: the record could not be written, so nothing was run.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return await _run(request, run, Operation(ids.new_ulid()))
    record = await _new_record(request, keys)
    standing = await _claim(store_call, record)
    if standing is None:
        return await _run_recorded(request, run, record, answers)
    return await _repeat(request, run, record, standing, answers)


async def _claim(write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await off_loop(write, *args, **kwargs)
    except _STORE_FAILURES as error:
        get_logger().exception("idempotency record not written")
        raise ServiceUnavailable from error


async def _new_record(request: Request, keys: Sequence[str]) -> CallRecord:
    if len(keys) > 1 or not _KEY.fullmatch(_as_text(keys[0])):
        raise InvalidRequest.of_field(
            "Idempotency-Key", Text("应为 1–128 个字符", "must be 1–128 characters")
        )
    caller = await authenticate(request)
    digest = hashlib.sha256(keys[0].encode()).hexdigest()
    # An API key may do less than its owner, so it must not be given the owner's answers.
    scope = caller.key_id or caller.user_id
    return CallRecord(
        key=f"CALL#{scope}#{digest}",
        operation_id=ids.new_ulid(),
        fingerprint=await _fingerprint(request),
        state="running",
        locked_until_ms=_locked_until_ms(request),
    )


def _as_text(header: str) -> str:
    """A header's value, which ASGI reads as Latin-1, with the characters a client meant."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeDecodeError:
        return header


async def _fingerprint(request: Request) -> str:
    body = await request.body()
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() == "multipart/form-data":
        boundary = parameters.partition("boundary=")[2].strip().strip('"')
        # A client draws a new boundary for each attempt.
        body = body.replace(boundary.encode("latin-1"), b"") if boundary else body
    target = f"{request.method} {request.url.path}?{request.url.query}\n{media_type}\n"
    return hashlib.sha256(target.encode() + body).hexdigest()


def _locked_until_ms(request: Request) -> int:
    """When this run is surely over: the function's own deadline, a second added for clocks."""
    now_ms = int(clock.timestamp() * 1000)
    latest = now_ms + LONGEST_RUN_S * 1000
    runtime: Any = request.scope.get("aws.context")
    if hasattr(runtime, "get_remaining_time_in_millis"):
        deadline = now_ms + int(runtime.get_remaining_time_in_millis())
    else:
        deadline = _adapter_deadline_ms(request) or latest
    return min(deadline, latest) + 1000


def _adapter_deadline_ms(request: Request) -> int:
    """The deadline that Lambda Web Adapter passes on (it overwrites a caller's own header)."""
    try:
        passed_on = json.loads(request.headers.get("x-amzn-lambda-context", "{}"))
        return int(passed_on["deadline"])
    except (ValueError, KeyError, TypeError):
        return 0


async def _run(request: Request, run: Run, operation: Operation) -> Response:
    request.state.operation = operation
    context.current().operation_id = operation.id
    return await run(request)


async def _run_recorded(
    request: Request, run: Run, record: CallRecord, answers: Answers
) -> Response:
    try:
        response = await _run(request, run, Operation(record.operation_id))
    except _DELIBERATE:
        # The service refused and knows what it left behind: the key is free again.
        await _settle(delete_call, record)
        raise
    except BaseException:
        # How far it came is not known: the next attempt goes on under the same id.
        await _settle(break_call, record)
        raise
    if response.status_code >= 400:
        await _settle(delete_call, record)
        return response
    await _settle(complete_call, record, _to_store(response, answers))
    return response


def _to_store(response: Response, answers: Answers) -> StoredAnswer | None:
    if answers is Answers.REBUILT:
        return None
    body = bytes(response.body)
    if len(body) > ANSWER_LIMIT_BYTES:
        get_logger().warning("answer too long to be kept", extra={"bytes": len(body)})
        return None
    return StoredAnswer(response.status_code, dict(response.headers), body)


async def _settle(write: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """The effect is there or refused already: a record that cannot be updated changes nothing.

    Its lock runs out, and a later repeat meets the effect under the same id.
    """
    try:
        await off_loop(write, *args, **kwargs)
    except _STORE_FAILURES:
        get_logger().exception("idempotency record not updated")


async def _repeat(
    request: Request, run: Run, wanted: CallRecord, standing: CallRecord, answers: Answers
) -> Response:
    if standing.fingerprint != wanted.fingerprint:
        raise Conflict(
            Text(
                "该 Idempotency-Key 已用于另一个请求",
                "This Idempotency-Key was used for another request",
            )
        )
    if standing.state == "done":
        return await _replay(request, run, standing, answers)
    free = standing.locked_until_ms <= clock.timestamp() * 1000
    if not free or not await _claim(lock_call, standing, wanted.locked_until_ms):
        raise Conflict(
            Text("相同请求仍在处理中", "The same request is still being processed"),
            retry_after=1,
        )
    held = replace(standing, state="running", locked_until_ms=wanted.locked_until_ms)
    return await _run_recorded(request, run, held, answers)


async def _replay(request: Request, run: Run, standing: CallRecord, answers: Answers) -> Response:
    if answers is Answers.REBUILT:
        response = await _run(request, run, Operation(standing.operation_id, replayed=True))
    elif standing.answer is None:
        raise Conflict(
            Text(
                "该请求已完成，但结果过大，无法再次返回",
                "The request was done; its answer was too long to be given again",
            )
        )
    else:
        kept = standing.answer
        response = Response(kept.body, kept.status, kept.headers)
    response.headers["Idempotent-Replay"] = "true"
    return response
