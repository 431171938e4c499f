"""The age of a queue's oldest message, as CloudWatch tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulator.support import RunningEmulator
from tests.support.waiting import until


def test_the_oldest_message_of_a_queue_has_an_age(emulator: RunningEmulator) -> None:
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName="aging")["QueueUrl"]
    assert _age(emulator, "aging") == 0

    sqs.send_message(QueueUrl=url, MessageBody="{}")
    assert until(lambda: _age(emulator, "aging")) < 60

    sqs.purge_queue(QueueUrl=url)
    assert _age(emulator, "never-made") is None


def _age(emulator: RunningEmulator, queue: str) -> Any:
    now = datetime.now(UTC)
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
    }
    answer = emulator.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {"Id": "age", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
        ],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        ScanBy="TimestampDescending",
    )
    (result,) = answer["MetricDataResults"]
    return result["Values"][0] if result["Values"] else None
