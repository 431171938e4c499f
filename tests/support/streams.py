"""Reads a table's real stream (moto) as the events Lambda would get."""

import os
from typing import Any

import boto3


def stream_event(table_variable: str) -> dict[str, Any]:
    """Every record of the table's stream so far, oldest first."""
    table = os.environ[table_variable]
    description = boto3.client("dynamodb").describe_table(TableName=table)["Table"]
    arn = description["LatestStreamArn"]
    # moto knows the service by this address only.
    address = f"https://streams.dynamodb.{os.environ['AWS_REGION']}.amazonaws.com"
    streams = boto3.client("dynamodbstreams", endpoint_url=address)
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    return {"Records": [{**record, "eventSourceARN": arn} for record in records]}
