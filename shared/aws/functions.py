"""Lambda: call a function and wait for its answer."""

import math

from shared.aws.clients import client
from shared.aws.outage import is_outage

_STEP_S = 30


class FunctionThrottled(Exception):
    """No copy of the function is free."""


class FunctionFailed(Exception):
    """The function raised, died or timed out, or Lambda could not be asked."""


def invoke(name: str, payload: bytes, *, read_timeout_s: float) -> bytes:
    """The answer's JSON text, at most 6 MB; asked once, since the call may have effects.

    Args:
        name: the function's name or ARN.
        payload: the event's JSON text, at most 6 MB.
        read_timeout_s: how long to wait; rounded up to half minutes, so that few clients exist.

    Raises:
        FunctionThrottled: no copy is free.
        FunctionFailed: there is no answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # not before the first call

    seconds = math.ceil(read_timeout_s / _STEP_S) * _STEP_S
    functions = client("lambda", read_timeout_s=seconds, attempts=1)
    try:
        answer = functions.invoke(FunctionName=name, Payload=payload)
        body: bytes = answer["Payload"].read()
    except functions.exceptions.TooManyRequestsException as error:
        raise FunctionThrottled(name) from error
    except (BotoCoreError, ClientError) as error:
        raise FunctionFailed("away" if is_outage(error) else "refused") from error
    if "FunctionError" in answer:
        raise FunctionFailed(body[:500].decode("utf-8", "replace"))
    return body
