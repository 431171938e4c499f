"""A batch of queue messages: each by itself."""

import logging
from typing import Any

import pytest

from shared.core import context
from shared.messaging.consumer import GivenUp, Message, consume
from shared.messaging.counts import Delivery


class Runtime:
    def __init__(self, *remaining_ms: int) -> None:
        self._remaining_ms = list(remaining_ms)

    def get_remaining_time_in_millis(self) -> int:
        head = self._remaining_ms[0]
        if len(self._remaining_ms) > 1:
            self._remaining_ms.pop(0)
        return head


def record(message_id: str, body: str = "{}", request_id: str | None = "req-1") -> dict[str, Any]:
    attributes = {"request_id": {"stringValue": request_id, "dataType": "String"}}
    return {
        "messageId": message_id,
        "body": body,
        "attributes": {"ApproximateReceiveCount": "2"},
        "messageAttributes": attributes if request_id else {},
    }


def test_each_message_is_handled_under_the_request_that_caused_it() -> None:
    seen: list[tuple[Message, str]] = []
    tally: list[Delivery] = []

    answer = consume(
        {"Records": [record("m1", "one"), record("m2", "two", None)]},
        Runtime(60_000),
        lambda message: seen.append((message, context.current().request_id)),
        tally.extend,
    )

    assert answer == {"batchItemFailures": []}
    assert seen == [(Message("m1", "one", 2), "req-1"), (Message("m2", "two", 2), "m2")]
    assert context.current().request_id == "-"
    assert tally == [Delivery("m1", 2), Delivery("m2", 2)]


def test_only_the_failed_message_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    def handle(message: Message) -> None:
        if message.body == "bad":
            raise ValueError("broken")

    tally: list[Delivery] = []
    event = {"Records": [record("m1", "bad"), record("m2", "good")]}
    with caplog.at_level(logging.ERROR):
        answer = consume(event, Runtime(60_000), handle, tally.extend)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert tally == [Delivery("m1", 2, failed=True, comes_again=True), Delivery("m2", 2)]


def test_what_is_given_up_failed_and_does_not_come_again() -> None:
    def handle(_: Message) -> None:
        raise GivenUp

    tally: list[Delivery] = []
    answer = consume({"Records": [record("m1")]}, Runtime(60_000), handle, tally.extend)

    assert answer == {"batchItemFailures": []}
    assert tally == [Delivery("m1", 2, failed=True)]


def test_what_cannot_be_done_in_time_is_left_for_the_next_delivery() -> None:
    handled: list[str] = []
    tally: list[Delivery] = []

    answer = consume(
        {"Records": [record("m1"), record("m2")]},
        Runtime(60_000, 4_000),
        lambda message: handled.append(message.id),
        tally.extend,
    )

    assert handled == ["m1"]
    assert tally == [Delivery("m1", 2)]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}
