"""Clients of the embedded AWS."""

from typing import Any

import boto3
from botocore.config import Config

from infra.local.emulator.process import CREDENTIALS, REGION

_CONFIG = Config(
    retries={"total_max_attempts": 3},
    proxies={},
    s3={"addressing_style": "path"},
)


class LocalAws:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=_CONFIG,
        )
