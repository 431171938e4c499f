"""Answers of DynamoDB as they are sent: `{"n96": {"N": "5"}}` is what botocore would make of them.

Its parser asks each value for each of the ten types that it might have, ten microseconds a value:
most of the time of a large read (docs/decisions/0187).
"""

import json
from typing import Any

READS = ("BatchGetItem", "GetItem", "Query")


def keep_as_sent(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """A handler of botocore's event `before-parse`: takes the answer's body past the parser.

    What is no plain answer stays with it: an error, binary values (they come as base64), and a
    body that arrived broken, for which botocore asks again.
    """
    body = response_dict["body"]
    if response_dict["status_code"] != 200 or b'"B' in body:
        return
    try:
        customized_response_dict.update(json.loads(body))
    except ValueError:
        return
    response_dict["body"] = b""
