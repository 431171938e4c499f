"""The workflow of a webhook: five attempts at most, few transitions on success."""

from __future__ import annotations

import json
from typing import Any

from infra.constructs.state_machine import DEFINITIONS
from tests.infra.templates import Assembly


def definition() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((DEFINITIONS / "webhook.asl.json").read_text("utf-8"))
    return parsed


def test_the_worker_says_when_to_try_again() -> None:
    states = definition()["States"]
    assert states["First"]["Result"] == {"number": 1}
    payload = states["Deliver"]["Parameters"]["Payload"]
    assert payload["number.$"] == "$.delivery.number"
    (again,) = states["IsDelivered"]["Choices"]
    assert (again["StringEquals"], again["Next"]) == ("again", "WaitForReceiver")
    assert states["WaitForReceiver"]["SecondsPath"] == "$.delivery.wait_s"
    assert states["WaitForReceiver"]["Next"] == "Deliver"
    assert states[states["IsDelivered"]["Default"]]["Type"] == "Succeed"


def test_deployed_definition_is_the_file(prod: Assembly) -> None:
    machine = prod.state_machine("webhook")
    assert json.loads(machine["DefinitionString"]) == definition()
    worker = prod.target(machine["DefinitionSubstitutions"]["WebhookWorker"])
    assert worker == prod.function_id("webhook_worker")
