"""An HTTP API deployed by CloudFormation: CORS, and what a caller sees of a failed function."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.emulator.support import RunningEmulator, function

CODE = """
def handler(event, context):
    if event["rawPath"] == "/fail":
        raise ValueError("secret detail")
    method = event["requestContext"]["http"]["method"]
    return {"statusCode": 200, "body": "hello", "headers": {"X-Method": method}}
"""
ORIGIN = "https://console.example"
STACK = "http-api"


def resources(methods: list[str]) -> dict[str, Any]:
    return {
        "F": function(CODE),
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": "api",
                "ProtocolType": "HTTP",
                "CorsConfiguration": {
                    "AllowOrigins": [ORIGIN],
                    "AllowMethods": methods,
                    "AllowHeaders": ["authorization"],
                    "AllowCredentials": "true",
                    "MaxAge": 600,
                },
            },
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": ["F", "Arn"]},
                "PayloadFormatVersion": "2.0",
            },
        },
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "RouteKey": "$default",
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
            },
        },
    }


@pytest.fixture(scope="module")
def api(emulator: RunningEmulator) -> str:
    ids = emulator.deploy(resources(["GET"]), STACK)
    return f"{emulator.url}/_aws/execute-api/{ids['Api']}/$default"


def preflight(url: str) -> Any:
    request = urllib.request.Request(url, method="OPTIONS", headers={"Origin": ORIGIN})
    with urllib.request.urlopen(request) as answer:
        return answer


def test_preflight_answers_as_the_template_says(api: str) -> None:
    answer = preflight(f"{api}/any")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Methods"] == "GET"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization"
    assert answer.headers["Access-Control-Max-Age"] == "600"


def test_answers_carry_the_origin(api: str) -> None:
    request = urllib.request.Request(f"{api}/any", headers={"Origin": ORIGIN})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_failed_function_gives_nothing_away(api: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{api}/fail")
    with caught.value as answer:
        assert answer.code == 500
        assert json.loads(answer.read()) == {"message": "Internal Server Error"}


def test_cors_follows_an_update_of_the_stack(emulator: RunningEmulator, api: str) -> None:
    emulator.deploy(resources(["GET", "POST"]), STACK)
    assert preflight(f"{api}/any").headers["Access-Control-Allow-Methods"] == "GET,POST"


def test_without_cors_options_go_to_the_function(emulator: RunningEmulator) -> None:
    wanted = resources([])
    del wanted["Api"]["Properties"]["CorsConfiguration"]
    ids = emulator.deploy(wanted)
    answer = preflight(f"{emulator.url}/_aws/execute-api/{ids['Api']}/$default/any")
    assert (answer.status, answer.headers["X-Method"]) == (200, "OPTIONS")
