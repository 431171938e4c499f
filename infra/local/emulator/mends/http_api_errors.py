"""A failed function behind an HTTP API: AWS answers without the function's error text."""

import json
from typing import Any

from ministack.services import lambda_svc

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
_FAILED = (500, "Internal Server Error")
_THROTTLED = (503, "Service Unavailable")


def apply() -> None:
    shape = lambda_svc.lambda_execute_result_to_api_proxy_response

    def mended(result: dict[str, Any]) -> Any:
        if result.get("throttle"):
            return _refusal(*_THROTTLED), None
        if result.get("error"):
            return _refusal(*_FAILED), None
        return shape(result)

    lambda_svc.lambda_execute_result_to_api_proxy_response = mended


def _refusal(status: int, message: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": message}),
    }
