"""Which failures of AWS calls a client may repeat."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from pynamodb.exceptions import GetError, TransactWriteError

from shared.aws.outage import is_outage

URL = "https://dynamodb.invalid"


def _answered(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetItem")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        _answered("ThrottlingException"),
        _answered("ProvisionedThroughputExceededException"),
        _answered("InternalServerError", 500),
        _answered("SlowDown", 503),
        EndpointConnectionError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        GetError("Failed", EndpointConnectionError(endpoint_url=URL)),
        GetError("Failed", _answered("RequestLimitExceeded")),
        TransactWriteError("Failed", _answered("TransactionCanceledException")),
    ],
)
def test_the_service_was_away(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("of our own"),
        _answered("ValidationException"),
        _answered("AccessDeniedException"),
        _answered("ResourceNotFoundException"),
        ParamValidationError(report="wrong"),
        GetError("Failed", _answered("ValidationException")),
    ],
)
def test_it_was_asked_wrongly(error: Exception) -> None:
    assert not is_outage(error)
