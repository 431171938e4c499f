"""Pictures as a client makes them, drawn by the simulators that `make up` starts."""

import io
import json
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.e2e import flows
from tests.e2e.conftest import System

PROMPT = "一只戴草帽的橘猫坐在海边看日落"
BY_ARK, BY_VOLCENGINE = "doubao-seedream-3.0-t2i", "jimeng-t2i-3.0"
SIMULATORS = ("ark", "volcengine")
AT_ONCE = 20

pytestmark = pytest.mark.takes(90)


def _create(client: httpx.Client, key: str = "", **fields: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    answer = client.post("/ai/image/task", json={"prompt": PROMPT, **fields}, headers=headers)
    found: dict[str, Any] = flows.data(answer, 201)
    return found


def _ended(client: httpx.Client, task_id: str) -> dict[str, Any]:
    """The result once it is final."""
    return flows.final(client, f"/ai/image/result/{task_id}")


def _picture(url: str) -> Image.Image:
    answer = httpx.get(url, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content))
    picture.load()
    return picture


def _jobs(system: System, names: Sequence[str] = SIMULATORS) -> int:
    """What the simulators have accepted so far, by their own count."""
    ports = json.loads((system.state / "run.json").read_text())["ports"]
    controls = (f"http://127.0.0.1:{ports[name]}/_control" for name in names)
    return sum(httpx.get(url, trust_env=False).json()["jobs"] for url in controls)


@pytest.mark.parametrize(("model", "served_by"), [(BY_ARK, "ark"), (BY_VOLCENGINE, "volcengine")])
def test_a_prompt_in_chinese_becomes_a_picture_of_the_size_that_was_asked(
    system: System, model: str, served_by: str
) -> None:
    client = system.new_user()
    before = _jobs(system, [served_by])
    task = _create(client, model=model, size="1024x768", seed=7)
    assert task["task_id"]
    assert (task["status"], task["message"]) == ("pending", "任务已创建，正在处理中")
    ended = _ended(client, task["task_id"])
    assert ended["status"] == "completed", ended
    result = ended["result"]
    assert result["image_urls"] == [result["image_url"]]
    assert (result["width"], result["height"], result["seed"]) == (1024, 768, 7)
    picture = _picture(result["image_url"])
    assert picture.format in ("PNG", "JPEG")
    assert picture.size == (1024, 768)
    assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 100
    assert _jobs(system, [served_by]) == before + 1


def test_the_whole_task_tells_how_it_went(system: System) -> None:
    client = system.new_user()
    task_id = _create(client, n=2)["task_id"]
    assert len(_ended(client, task_id)["result"]["image_urls"]) == 2
    task = flows.data(client.get(f"/tasks/{task_id}"))
    assert (task["type"], task["status"], task["progress"]) == ("image", "completed", 100)
    assert task["input"]["prompt"] == PROMPT
    assert [step["status"] for step in task["history"]][-1] == "completed"
    assert task["created_at"] <= task["started_at"] <= task["finished_at"]


def test_twenty_tasks_at_once_are_twenty_jobs_and_all_are_completed(system: System) -> None:
    clients = [system.new_user(), system.new_user()]
    before = _jobs(system)

    def make(number: int) -> dict[str, Any]:
        client = clients[number % 2]
        model = (BY_ARK, BY_VOLCENGINE)[number // 2 % 2]
        task = _create(client, model=model, prompt=f"{PROMPT} {number}")
        return _ended(client, task["task_id"])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(make, range(AT_ONCE)))
    assert [each["status"] for each in ended] == ["completed"] * AT_ONCE
    assert len({each["task_id"] for each in ended}) == AT_ONCE
    assert _jobs(system) == before + AT_ONCE


def test_a_cancelled_task_stays_cancelled(system: System) -> None:
    client = system.new_user()
    task_id = _create(client)["task_id"]
    assert flows.data(client.post(f"/tasks/{task_id}/cancel"))["status"] == "cancelled"
    flows.error(client.post(f"/tasks/{task_id}/cancel"), 409, "CONFLICT")
    # Its job may have reached the provider before: another task, made after it, ends after it.
    assert _ended(client, _create(client)["task_id"])["status"] == "completed"
    found = flows.data(client.get(f"/ai/image/result/{task_id}"))
    assert found["status"] == "cancelled"
    assert "result" not in found


def test_the_task_of_somebody_else_is_not_found(system: System) -> None:
    owner, other = system.new_user(), system.new_user()
    task_id = _create(owner)["task_id"]
    for answer in (
        other.get(f"/ai/image/result/{task_id}"),
        other.get(f"/tasks/{task_id}"),
        other.post(f"/tasks/{task_id}/cancel"),
    ):
        flows.error(answer, 404, "NOT_FOUND")
    assert _ended(owner, task_id)["status"] == "completed"


def test_one_idempotency_key_in_parallel_is_one_task_and_one_job(system: System) -> None:
    client = system.new_user()
    before, key = _jobs(system), uuid.uuid4().hex

    def post(_number: int) -> httpx.Response:
        body, headers = {"prompt": PROMPT}, {"Idempotency-Key": key}
        while True:
            answer = client.post("/ai/image/task", json=body, headers=headers)
            if answer.status_code != 409:
                return answer
            # The first with this key has not ended: the client waits as it is told.
            time.sleep(float(answer.headers.get("Retry-After", 1)))

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(post, range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert sum("idempotent-replay" in answer.headers for answer in answers) == 9
    (task_id,) = {answer.json()["data"]["task_id"] for answer in answers}
    assert _ended(client, task_id)["status"] == "completed"
    me = flows.data(client.get("/users/me"))["id"]
    listed = flows.data(client.get(f"/tasks/user/{me}"))
    assert [task["task_id"] for task in listed["items"]] == [task_id]
    assert _jobs(system) == before + 1
