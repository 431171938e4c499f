"""The signing keys of access tokens, and their rotation."""

import json
import os

import boto3

from tests.support.aws import REGION, SIGNING_KEYS

NEXT = "throwaway-signing-key-of-the-tests-0002"


def rotate() -> None:
    """A second key signs from now on, the first is still valid."""
    store({**SIGNING_KEYS, "k2": NEXT, "current": "k2"})


def store(keys: dict[str, str]) -> None:
    """Put these keys into Secrets Manager."""
    boto3.client("secretsmanager", REGION).put_secret_value(
        SecretId=os.environ["AUTH_SECRET_ARN"], SecretString=json.dumps(keys)
    )
