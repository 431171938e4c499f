"""Runs a code block with requests: `python run_code.py`; FLOW_TOKEN is a token of /flow/tokens."""

import base64
import json
import os

import requests

CODE = "return { total: input.prices.reduce((a, b) => a + b, 0) };"

answer = requests.post(
    os.environ.get("ROLECRAFT_URL", "http://localhost:8080") + "/flow/codeblock",
    headers={"accessToken": os.environ["FLOW_TOKEN"]},
    json={
        "input": {"prices": [1, 2, 3]},
        "codebase64": base64.b64encode(CODE.encode()).decode(),
    },
    timeout=60,
)
print(json.dumps(answer.json(), ensure_ascii=False))
