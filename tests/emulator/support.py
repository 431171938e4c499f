"""A running emulator as tests see it: clients, and stacks deployed from small templates."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from infra.local.emulator.process import CREDENTIALS, REGION

ROLE = "arn:aws:iam::000000000000:role/test"


@dataclass
class RunningEmulator:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
        )

    def deploy(self, resources: dict[str, Any], stack: str | None = None) -> dict[str, str]:
        """Physical ids by logical id; a known stack name updates that stack."""
        template = json.dumps({"Resources": resources, "AWSTemplateFormatVersion": "2010-09-09"})
        formation = self.client("cloudformation")
        name = stack or f"test-{uuid.uuid4().hex[:8]}"
        known = any(s["StackName"] == name for s in formation.describe_stacks()["Stacks"])
        change = formation.update_stack if known else formation.create_stack
        change(StackName=name, TemplateBody=template)
        waiter = "stack_update_complete" if known else "stack_create_complete"
        formation.get_waiter(waiter).wait(
            StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600}
        )
        listed = formation.describe_stack_resources(StackName=name)["StackResources"]
        return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in listed}

    def invoke(self, function: str, event: Any = None) -> tuple[Any, str | None]:
        """The answer and, when the function failed, "Unhandled"."""
        answer = self.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def function(code: str, **properties: Any) -> dict[str, Any]:
    """A function of one inline module with `def handler(event, context)`."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": ROLE,
            "Code": {"ZipFile": code},
            "Timeout": 10,
            **properties,
        },
    }
