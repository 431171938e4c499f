"""Users who have pictures made, and the control side of the services that make them."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.processes import ports_of
from tests.support.ledger import month, stored_lines

BY_ARK, BY_VOLCENGINE = "doubao-seedream-3.0-t2i", "jimeng-t2i-3.0"
# A dead worker's lease, or the deadline's minute: nothing waits longer (shared/tasks/states.py).
LONGEST_SECONDS = 300


@dataclass
class Simulator:
    """The control side of a simulated service."""

    url: str

    @property
    def seen(self) -> dict[str, int]:
        found: dict[str, int] = httpx.get(self.url, trust_env=False).json()["seen"]
        return found

    @property
    def jobs(self) -> int:
        return self.seen.get("jobs", 0)

    def told(self, **order: Any) -> None:
        httpx.post(self.url, json=order, trust_env=False).raise_for_status()


@dataclass
class Painter:
    """A new user who has pictures made."""

    client: httpx.Client
    id: str

    def create(self, model: str, key: str = "") -> str:
        """The id of a task; asks again until there is an answer, as clients do."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        body = {"prompt": "一只猫", "model": model, "size": "512x512"}
        for _ in range(60):
            answer = self.client.post("/ai/image/task", json=body, headers=headers)
            if answer.status_code == 201:
                return str(answer.json()["data"]["task_id"])
            assert answer.status_code in (409, 500, 502, 503, 504), answer.text
            time.sleep(1)
        raise AssertionError("no answer")

    def task(self, task_id: str) -> dict[str, Any]:
        found: dict[str, Any] = flows.data(self.client.get(f"/tasks/{task_id}"))
        return found

    def attempt(self, task_id: str) -> str:
        """Where the attempt of a task is."""
        return str(self.task(task_id)["attempt_status"])

    def ended(self, task_id: str) -> dict[str, Any]:
        """The task once it is final."""
        return flows.final(self.client, f"/tasks/{task_id}", seconds=LONGEST_SECONDS)

    @property
    def costs(self) -> list[int]:
        """What was charged, line by line, in micro-units; needs the fixture `ledger`."""
        return [int(line["cost_micro"]) for line in stored_lines(self.id)]

    def check_charged(self, completed: int) -> None:
        """One line for each completed task, and nothing held any more."""
        costs = self.costs
        assert len(costs) == completed
        assert all(cost > 0 for cost in costs)
        assert int(month(self.id)["available"]) == -sum(costs)


def painter(system: System) -> Painter:
    """A new one."""
    client = system.new_user()
    return Painter(client, str(flows.data(client.get("/users/me"))["id"]))


def simulators(system: System) -> dict[str, Simulator]:
    """Both services by the model they serve."""
    ports = ports_of(system)
    return {
        model: Simulator(f"http://127.0.0.1:{ports[name]}/_control")
        for model, name in ((BY_ARK, "ark"), (BY_VOLCENGINE, "volcengine"))
    }
