"""Whether an AWS call failed because the service was away, not because it was asked wrongly."""

_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottlingException",
    "TooManyRequestsException",
    # What is left of these after the transaction's own attempts is contention, not a condition.
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


def is_outage(error: BaseException) -> bool:
    """Whether a repeat may succeed: throttled, answered with a 5xx, or not reached at all.

    Takes errors of botocore, and those of PynamoDB, which carry botocore's as their `cause`.
    """
    cause = getattr(error, "cause", None) or error
    response = getattr(cause, "response", None)
    if isinstance(response, dict):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or response.get("Error", {}).get("Code") in _THROTTLED
    from botocore.exceptions import ConnectionError as NotConnected  # failing is rare
    from botocore.exceptions import HTTPClientError

    return isinstance(cause, HTTPClientError | NotConnected)
