"""Makes a picture and prints its link: create the task, ask every 3 seconds, show the result.

    ROLECRAFT_TOKEN=<access token or API key> python docs/examples/generate_image.py "一只橘猫"

Needs nothing but Python. ROLECRAFT_URL is the origin, http://localhost:8080 by default.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

_SECONDS_BETWEEN = 3
_SECONDS_IN_ALL = 660  # a task ends within 10 minutes, whatever happens


class CallFailed(Exception):
    """The server refused; the text is its own."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes a picture and prints its link.")
    parser.add_argument("prompt")
    parser.add_argument("--size", default="1024x1024")
    parser.add_argument("--model", help="a model of GET /api/v1/models; the server's default else")
    parser.add_argument("--n", type=int, default=1)
    given = parser.parse_args()
    wanted = {"prompt": given.prompt, "size": given.size, "n": given.n, "model": given.model}
    try:
        links = generate({name: value for name, value in wanted.items() if value is not None})
    except CallFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print("\n".join(links))
    return 0


def generate(wanted: dict[str, object]) -> list[str]:
    """The links of the pictures."""
    # The key makes a repeat after a lost answer give the same task: nothing is paid twice.
    key = str(uuid.uuid4())
    task = call_twice("POST", "/ai/image/task", wanted, {"Idempotency-Key": key})
    print(f"task {task['task_id']}", file=sys.stderr)
    until = time.monotonic() + _SECONDS_IN_ALL
    while time.monotonic() < until:
        answer = call_twice("GET", f"/ai/image/result/{task['task_id']}")
        if answer["status"] == "completed":
            return answer["result"]["image_urls"]
        if answer["status"] in ("failed", "cancelled"):
            error = answer.get("error") or {}
            text = error.get("message", answer["message"])
            raise CallFailed(f"{answer['status']}: {error.get('code', '')} {text}")
        time.sleep(_SECONDS_BETWEEN)
    raise CallFailed(f"task {task['task_id']} has not ended; ask again later")


def call_twice(method: str, path: str, body: object = None, headers: object = None) -> dict:
    """One call, made again once when the network failed."""
    try:
        return call(method, path, body, headers)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        time.sleep(1)
    try:
        return call(method, path, body, headers)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise CallFailed(f"no answer: {error}") from error


def call(method: str, path: str, body: object = None, headers: object = None) -> dict:
    """The `data` of an answer."""
    base = os.environ.get("ROLECRAFT_URL", "http://localhost:8080")
    request = urllib.request.Request(f"{base}/api/v1{path}", method=method)
    request.add_header("Authorization", f"Bearer {os.environ.get('ROLECRAFT_TOKEN', '')}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body, ensure_ascii=False).encode()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as refusal:
        raise CallFailed(_words_of(refusal)) from refusal


def _words_of(refusal: urllib.error.HTTPError) -> str:
    try:
        answer = json.load(refusal)
        error = answer["error"]
        return f"{error['code']}: {error['message']} (request {answer['request_id']})"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {refusal.code}"


if __name__ == "__main__":
    sys.exit(main())
