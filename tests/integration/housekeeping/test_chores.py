"""What died is ended, what was held is released, what was missed is sent."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.housekeeping import service
from functions.housekeeping.handler import handler
from shared.core import clock, ids
from shared.data.ledger import find_reservation
from shared.data.outbox import find_promise, promise
from shared.data.transaction import Transaction
from shared.ledger import ledger

EVENT = json.loads(Path("events/schedule/housekeeping.every_minute.json").read_text())


def promised(destination: Any) -> str:
    transaction = Transaction()
    promise_id = promise(transaction, "CHAT_TABLE", destination, {})
    transaction.commit()
    return promise_id


@pytest.fixture
def a_minute_later() -> Any:
    then = clock.timestamp() + 61
    with clock.travelling(lambda: then):
        yield


@pytest.fixture(autouse=True)
def destinations(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCOUNT_DELETION", "TASK", "WEBHOOK", "LEARNING_JOB"):
        monkeypatch.setenv(f"{name}_STATE_MACHINE_ARN", "arn:aws:states:::stateMachine:none")


def test_a_promise_that_the_stream_missed_is_sent_after_a_minute() -> None:
    promise_id = promised("queue:documents")
    assert handler(EVENT, None)["promises_delivered"] == 0

    then = clock.timestamp() + 61
    with clock.travelling(lambda: then):
        assert handler(EVENT, None)["promises_delivered"] == 1
        assert handler(EVENT, None)["promises_delivered"] == 0

    assert find_promise("CHAT_TABLE", promise_id) is None
    url = os.environ["DOCUMENTS_QUEUE_URL"]
    messages = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert len(messages["Messages"]) == 1


def test_one_promise_that_cannot_be_sent_does_not_stop_the_others(a_minute_later: None) -> None:
    before = clock.timestamp() - 61
    with clock.travelling(lambda: before):
        lost = promised("queue:nowhere")
        good = promised("queue:documents")

    with pytest.raises(service.ChoresFailed, match="promises_delivered"):
        handler(EVENT, None)

    assert find_promise("CHAT_TABLE", lost) is not None
    assert find_promise("CHAT_TABLE", good) is None


def test_an_expired_reservation_is_released() -> None:
    held = ledger.reserve_now(
        user_id=ids.new_id("user"), amount_micro=5, hold=timedelta(seconds=-1)
    )

    assert handler(EVENT, None)["reservations_released"] == 1
    assert find_reservation(held.call_id) is None


def test_a_failing_chore_is_told_after_the_others_ran(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_: datetime) -> int:
        raise ConnectionError("table gone")

    ran = []
    chores = {"broken": broken, "sound": lambda now: ran.append(now) or 3}

    with pytest.raises(service.ChoresFailed, match="broken"):
        service.run_chores(clock.now(), chores)

    assert len(ran) == 1
    output = capsys.readouterr().out
    assert '"ChoreFailed"' in output
    assert '"ChoreDone"' in output
