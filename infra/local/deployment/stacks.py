"""Creates or updates a stack and waits; a failure names the resource and its reason."""

import json
import time
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from infra.local.errors import LocalRunError

_POLL_SECONDS = 0.1
_WAIT_SECONDS = 300.0
_UNUSABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


class Change(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Stacks:
    """`bucket` takes the templates: CloudFormation wants large ones by address."""

    def __init__(self, formation: Any, s3: Any, bucket: str) -> None:
        self._formation = formation
        self._s3 = s3
        self._bucket = bucket

    def apply(self, name: str, template: dict[str, Any]) -> Change:
        """Raises LocalRunError when the stack did not reach the template."""
        status = self._status(name)
        if status in _UNUSABLE:
            self._formation.delete_stack(StackName=name)
            self._wait(name)
            status = None
        arguments = {
            "StackName": name,
            "TemplateURL": self._store(name, template),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        if status is None:
            self._formation.create_stack(**arguments)
        elif not self._update(arguments):
            return Change.UNCHANGED
        reached = self._wait(name)
        if reached not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise self._failure(name, reached)
        return Change.CREATED if status is None else Change.UPDATED

    def outputs(self, name: str) -> dict[str, str]:
        (stack,) = self._formation.describe_stacks(StackName=name)["Stacks"]
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}

    def _store(self, name: str, template: dict[str, Any]) -> str:
        key = f"templates/{name}.json"
        body = json.dumps(template).encode()
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        return f"{self._s3.meta.endpoint_url}/{self._bucket}/{key}"

    def _update(self, arguments: dict[str, Any]) -> bool:
        try:
            self._formation.update_stack(**arguments)
        except ClientError as error:
            if "No updates" in error.response["Error"]["Message"]:
                return False
            raise
        return True

    def _status(self, name: str) -> str | None:
        try:
            (stack,) = self._formation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        status = str(stack["StackStatus"])
        return None if status == "DELETE_COMPLETE" else status

    def _wait(self, name: str) -> str | None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while (status := self._status(name)) and status.endswith("_IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise self._failure(name, status)
            time.sleep(_POLL_SECONDS)
        return status

    def _failure(self, name: str, status: str | None) -> LocalRunError:
        events = self._formation.describe_stack_events(StackName=name)["StackEvents"]
        failed = [
            f"  {event['LogicalResourceId']} ({event['ResourceType']}): "
            f"{event.get('ResourceStatusReason') or 'no reason given'}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
        ]
        lines = "\n".join(dict.fromkeys(failed)) or "  (no failed resource was named)"
        return LocalRunError(
            f"Stack {name} could not be deployed ({status}):\n{lines}",
            f"堆栈 {name} 部署失败（{status}），原因见上。",
        )
