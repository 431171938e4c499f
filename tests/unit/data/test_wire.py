"""What DynamoDB sends is taken as it is where botocore would make nothing else of it."""

import base64
import json
import zlib
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from shared.data.wire import READS, keep_as_sent

ITEM = {
    "pk": {"S": 'USER#“小王” \\"B\\"'},
    "n96": {"N": "12"},
    "cost": {"N": "-0.5"},
    "blocks": {"BOOL": True},
    "nothing": {"NULL": True},
    "tags": {"SS": ["a", "b"]},
    "days": {"L": [{"N": "1"}, {"M": {"deep": {"S": ""}}}]},
}


class _Body(BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.getvalue()]


def answered(operation: str, *answers: tuple[int, bytes], lean: bool) -> dict[str, Any]:
    """What a client gives for an operation that is answered so, one answer for each attempt."""
    client: Any = get_session().create_client(
        "dynamodb",
        "us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(parameter_validation=False, retries={"mode": "standard"}),
    )
    left = iter(answers)

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        status, body = next(left)
        headers = {"x-amz-crc32": str(zlib.crc32(answers[-1][1]))}
        return AWSResponse(request.url, status, headers, _Body(body))

    client.meta.events.register(f"before-send.dynamodb.{operation}", answer)
    if lean:
        client.meta.events.register(f"before-parse.dynamodb.{operation}", keep_as_sent)
    found: dict[str, Any] = client._make_api_call(operation, dict(ASKED[operation]))
    found["ResponseMetadata"].pop("RetryAttempts")
    return found


def sent(answer: dict[str, Any]) -> tuple[int, bytes]:
    return 200, json.dumps(answer, ensure_ascii=False).encode()


ASKED = {
    "Query": {"TableName": "ledger"},
    "GetItem": {"TableName": "ledger"},
    "BatchGetItem": {"RequestItems": {"ledger": {}}},
}
ANSWERS = {
    "Query": {"Items": [ITEM, {}], "Count": 2, "LastEvaluatedKey": {"pk": ITEM["pk"]}},
    "GetItem": {"Item": ITEM, "ConsumedCapacity": {"TableName": "ledger", "CapacityUnits": 0.5}},
    "BatchGetItem": {"Responses": {"ledger": [ITEM]}, "UnprocessedKeys": {}},
}


@pytest.mark.parametrize("operation", READS)
def test_an_answer_is_what_botocore_would_make_of_it(operation):
    answer = sent(ANSWERS[operation])

    assert answered(operation, answer, lean=True) == answered(operation, answer, lean=False)


def test_binary_values_are_decoded():
    secret = base64.b64encode(b"\x00secret").decode()
    answer = sent({"Item": {"body": {"B": secret}, "many": {"BS": [secret]}}})

    item = answered("GetItem", answer, lean=True)["Item"]

    assert item == {"body": {"B": b"\x00secret"}, "many": {"BS": [b"\x00secret"]}}


def test_an_error_is_one():
    body = {"__type": "com.amazonaws#ResourceNotFoundException", "message": "no table"}

    with pytest.raises(ClientError, match="no table"):
        answered("Query", (400, json.dumps(body).encode()), lean=True)


def test_a_body_that_arrived_broken_is_asked_for_again():
    whole = sent(ANSWERS["Query"])
    broken = (200, whole[1][:20])

    found = answered("Query", broken, whole, lean=True)

    assert found["Items"] == ANSWERS["Query"]["Items"]
