"""Requests and outcomes survive their way through Lambda's JSON, and fit it."""

import json
import random

import numpy
import pytest

from shared.code.models import (
    MAX_RESULT_BYTES,
    CodeError,
    CodeOutcome,
    CodeRequest,
    CodeTiming,
    CodeUsage,
    EngineStatus,
)
from shared.code.wire import (
    MAX_PACKED_BYTES,
    from_answer,
    from_event,
    status_from_answer,
    status_to_answer,
    to_answer,
    to_event,
)

LAMBDA_BYTES = 6_291_556
TIMING, USAGE = CodeTiming(1.5, 2.5, 0.1), CodeUsage(1, 2, 3, 4, True)


def through_lambda(data: object) -> dict[str, object]:
    text = json.dumps(data)
    assert len(text) <= LAMBDA_BYTES
    passed: dict[str, object] = json.loads(text)
    return passed


def test_a_request_arrives_as_it_was_sent():
    request = CodeRequest("return '中\n'", '{"a":"中\\u0000"}'.encode(), 5_000, "req-1")

    assert from_event(through_lambda(to_event(request))) == request


@pytest.mark.parametrize(
    "content", [b'"', b"`", b"~", b"\\", b"\n", b"\x01", b"\x7f", "é".encode(), "中".encode(),
                "😀".encode(), b"\xff", b"aaaa aaa\x00"]
)  # fmt: skip
def test_the_largest_request_fits(content: bytes):
    code, data = "\x01" * 65_535, content * (2_097_152 // len(content))
    request = CodeRequest(code, data, 300_000, "r" * 200)

    assert from_event(through_lambda(to_event(request))) == request


@pytest.mark.parametrize(
    "outcome",
    [
        CodeOutcome(TIMING, USAGE, result_json='{"中":null}'.encode()),
        CodeOutcome(TIMING, USAGE, error=CodeError("TypeError", "消息", 3, 7)),
        CodeOutcome(TIMING, USAGE, error=CodeError("TimeoutError", "x")),
    ],
)
def test_an_outcome_arrives_as_it_was_sent(outcome: CodeOutcome):
    assert from_answer(through_lambda(to_answer(outcome))) == outcome
    assert outcome.ok is (outcome.error is None)


def _densest(seed: int) -> bytes:
    """JSON text of the most bits that UTF-8 can carry, up to the last character that fits."""
    source, number = numpy.random.default_rng(seed), MAX_RESULT_BYTES
    plain = numpy.array([code for code in range(0x20, 0x7F) if chr(code) not in '"\\'])
    kinds = source.choice(3, number, p=(80 / 98, 14 / 98, 4 / 98))
    signs = (
        source.choice(plain, number),
        source.integers(0x80, 0x800, number),
        source.integers(0x800, 0xD800, number),
    )
    text = numpy.choose(kinds, signs).astype("<u4").tobytes().decode("utf-32-le").encode()
    return b'"%s"' % text[: MAX_RESULT_BYTES - 2].decode(errors="ignore").encode()


def test_the_densest_result_of_5_mib_fits():
    result = _densest(1)
    assert MAX_RESULT_BYTES - 16 < len(result) <= MAX_RESULT_BYTES

    passed = from_answer(through_lambda(to_answer(CodeOutcome(TIMING, USAGE, result))))

    assert passed.result_json == result


def test_a_result_that_cannot_fit_is_not_sent():
    noise = random.Random(1).randbytes(MAX_PACKED_BYTES)

    with pytest.raises(OverflowError):
        to_answer(CodeOutcome(TIMING, USAGE, noise))


def test_the_state_of_an_engine_arrives_as_it_was_sent():
    status = EngineStatus(("lodash",), 1.5, "2026-01-01T00:00:00Z", 1, 2, 3, 4, 5, 6, 7, True)

    assert status_from_answer(through_lambda(status_to_answer(status))) == status
