"""A model's stream through our adapter against a bare connection to the same simulator.

python -m tests.benchmarks.provider_stream [--json]

The simulator runs in a process of its own. `direct` is an asyncio socket that only counts bytes;
`httpx lines` is httpx with `aiter_lines` and `json.loads`, as a plain client is written; ours is
the whole way: registry, guard, breaker, adapter, events, usage. Time per chunk is taken from 2,000
chunks sent at full speed, time to the first piece from an answer at a model's pace. Rounds are
interleaved, figures are medians.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from shared.ai.http_client import close_http_client, http_client
from shared.ai.port import ChatRequest, Message, TextDelta
from shared.ai.registry import registry

ROUNDS = 11
CHUNKS = 2000
FAST, PACED = f"sim-fast-{CHUNKS}", "sim-slow-5"
KEY = "sim-key"
MOST_US_A_CHUNK = 60.0
MOST_FIRST_MS = 3.0
QUESTION = "数到两千"
Timing = tuple[float, float]


def question(model: str) -> dict[str, Any]:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    return {"model": model, "messages": [{"role": "user", "content": QUESTION}], **options}


async def direct(port: int, model: str) -> Timing:
    """First text and the end, in seconds."""
    body = json.dumps(question(model)).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body)
    await reader.readuntil(b"data: ")  # the role; the first text comes with the second event
    await reader.readuntil(b"data: ")
    first = time.perf_counter() - begun
    tail = b""
    while not tail.endswith(b"0\r\n\r\n"):
        tail = (tail + await reader.read(65536))[-16:]
    writer.close()
    return first, time.perf_counter() - begun


async def httpx_lines(port: int, model: str) -> Timing:
    first = 0.0
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    headers = {"Authorization": f"Bearer {KEY}"}
    begun = time.perf_counter()
    async with http_client().stream("POST", url, json=question(model), headers=headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:])["choices"]
                if choices and choices[0]["delta"].get("content"):
                    first = first or time.perf_counter() - begun
    return first, time.perf_counter() - begun


async def ours(port: int, model: str) -> Timing:
    del port
    first, seen = 0.0, 0
    begun = time.perf_counter()
    request = ChatRequest(model, (Message("user", QUESTION),))
    async for event in registry().chat(model).stream(request):
        if isinstance(event, TextDelta):
            first = first or time.perf_counter() - begun
            seen += 1
    assert seen == CHUNKS or model == PACED, seen
    return first, time.perf_counter() - begun


WAYS: dict[str, Callable[[int, str], Awaitable[Timing]]] = {
    "direct": direct,
    "httpx lines": httpx_lines,
    "ours": ours,
}


async def measure(port: int) -> dict[str, Timing]:
    """Seconds to the first piece of a paced answer, and to the end of a fast one."""
    for way in WAYS.values():
        await way(port, FAST)
    firsts: list[dict[str, float]] = []
    totals: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        totals.append({name: (await way(port, FAST))[1] for name, way in WAYS.items()})
        firsts.append({name: (await way(port, PACED))[0] for name, way in WAYS.items()})
    await close_http_client()
    return {
        name: (
            statistics.median(row[name] for row in firsts),
            statistics.median(row[name] for row in totals),
        )
        for name in WAYS
    }


def report(found: dict[str, Timing]) -> None:
    base_first, base_total = found["direct"]
    result: dict[str, Any] = {"case": f"provider stream, {CHUNKS} chunks"}
    for name in ("httpx lines", "ours"):
        first, total = found[name]
        result[f"{name} added first ms"] = round((first - base_first) * 1e3, 2)
        result[f"{name} added us/chunk"] = round((total - base_total) / CHUNKS * 1e6, 1)
    shown = ", ".join(f"{name} {value}" for name, value in result.items() if name != "case")
    text = json.dumps(result) if "--json" in sys.argv else f"{result['case']}: {shown}"
    sys.stdout.write(f"{text}\n")
    assert result["ours added us/chunk"] <= MOST_US_A_CHUNK, result
    assert result["ours added first ms"] <= MOST_FIRST_MS, result


def main() -> None:
    command = [sys.executable, "-m", "infra.local.simulators.openai", "--port", "0"]
    command += ["--key", KEY, "--key", ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            assert simulator.stdout is not None
            port = int(simulator.stdout.readline().split("127.0.0.1:")[1].split("/")[0])
            server = {
                "name": "sim",
                "kind": "openai-compatible",
                "base_url": f"http://127.0.0.1:{port}/v1",
                "models": [FAST, PACED],
                "keyless": True,
            }
            os.environ["PROVIDERS"] = json.dumps([server])
            report(asyncio.run(measure(port)))
        finally:
            simulator.terminate()


if __name__ == "__main__":
    main()
