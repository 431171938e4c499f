"""The workflow of a task, walked through on a clock of its own; what a task costs."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from infra.constructs.state_machine import DEFINITIONS

INPUT = {"task_id": "task_1", "owner_id": "user_1", "attempt": 1, "request_id": "request-1"}
# US dollars for a state transition of a standard workflow, us-east-1.
TRANSITION = Decimal("25") / 1_000_000
MOST_STATES = 500

Answer = dict[str, Any]
Worker = Callable[[dict[str, Any], float], Answer]


class StepError(Exception):
    """A step fails for good, after its retries."""


def task_definition() -> dict[str, Any]:
    """The definition as it is deployed, its placeholders unfilled."""
    parsed: dict[str, Any] = json.loads((DEFINITIONS / "task.asl.json").read_text("utf-8"))
    return parsed


class Walk:
    """One execution: the states it entered, how long it took, what the worker was asked."""

    def __init__(self, definition: dict[str, Any], worker: Worker) -> None:
        self.states = definition["States"]
        self.data: dict[str, Any] = dict(INPUT)
        self.entered: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.seconds = 0.0
        self._worker = worker
        following: str | None = definition["StartAt"]
        while following and len(self.entered) < MOST_STATES:
            self.entered.append(following)
            following = self._run(self.states[following])
        assert len(self.entered) < MOST_STATES

    @property
    def end(self) -> str:
        """The state it ended in."""
        return self.entered[-1]

    @property
    def price(self) -> Decimal:
        """US dollars."""
        return len(self.entered) * TRANSITION

    def _run(self, state: dict[str, Any]) -> str | None:
        match state["Type"]:
            case "Wait":
                self.seconds += self._at(state["SecondsPath"])
            case "Choice":
                for choice in state["Choices"]:
                    if self._at(choice["Variable"]) == choice["StringEquals"]:
                        return str(choice["Next"])
                return str(state["Default"])
            case "Task":
                return self._ask(state)
        return state.get("Next")

    def _ask(self, state: dict[str, Any]) -> str | None:
        template = state["Parameters"]["Payload"].items()
        call = {
            key.removesuffix(".$"): self._at(value) if key.endswith(".$") else value
            for key, value in template
        }
        self.calls.append(call)
        try:
            self.data["job"] = self._worker(call, self.seconds)
        except StepError as error:
            self.data["error"] = {"Error": str(error), "Cause": "{}"}
            return str(state["Catch"][0]["Next"])
        return state.get("Next")

    def _at(self, path: str) -> Any:
        value: Any = self.data
        for name in path.removeprefix("$.").split("."):
            value = value[name]
        return value


def job_of(seconds: float) -> Worker:
    """A worker whose provider needs so long; its waits are those of the real one."""

    def work(call: dict[str, Any], now: float) -> Answer:
        if call["step"] == "submit":
            return {"state": "running", "wait_s": 3}
        if call["step"] == "poll" and now < seconds:
            return {"state": "running", "wait_s": min(15, 2 * call["wait_s"])}
        state = "done" if call["step"] == "poll" else "ended"
        return {"state": state, "wait_s": 0}

    return work
