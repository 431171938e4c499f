"""What is read out of CloudWatch's answers about queues."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.aws import queue_admin

URL = "https://sqs.us-east-1.amazonaws.com/1/documents"


def _minute(number: int) -> datetime:
    return datetime(2026, 11, 22, 9, number, tzinfo=UTC)


class _CloudWatch:
    def get_metric_data(self, **_: Any) -> dict[str, Any]:
        measured = {"Timestamps": [_minute(24), _minute(33)], "Values": [455.0, 990.0]}
        results = [{"Id": "q0", **measured}, {"Id": "q1", "Timestamps": [], "Values": []}]
        return {"MetricDataResults": results}


def test_the_newest_age_counts_in_whatever_order_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_admin, "client", lambda _: _CloudWatch())
    assert queue_admin.oldest_ages([URL, f"{URL}-dead"]) == {URL: 990}
