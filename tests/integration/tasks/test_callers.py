"""Every route of the tasks API, by every kind of caller."""

import pytest

from functions.tasks.handler import handler
from tests.support import callers
from tests.support.http import Answer, Client
from tests.support.photos import LINK, PHOTOS, VIDEOS
from tests.support.tasks import IMAGE_TASK, TASKS, failed_task, new_task

Body = dict[str, object] | None
NEW: dict[str, tuple[str, str, Body]] = {
    "image": ("POST", IMAGE_TASK, {"prompt": "山"}),
    "task": ("POST", "/api/v1/ai/tasks", {"type": "image", "input": {"prompt": "山"}}),
    "list": ("GET", TASKS + "/user/{user_id}", None),
    "photo": ("POST", PHOTOS, {"images": [LINK], "prompt": "山"}),
    "upload": ("POST", f"{PHOTOS}/uploads", {"file_type": "png", "file_size": 9}),
    "templates": ("GET", "/api/v1/photo-templates", None),
    "video": ("POST", VIDEOS, {"image_url": LINK, "prompt": "山"}),
}
SINGLE: dict[str, tuple[str, str, Body]] = {
    "result": ("GET", "/api/v1/ai/image/result/{task_id}", None),
    "get": ("GET", TASKS + "/{task_id}", None),
    "cancel": ("POST", TASKS + "/{task_id}/cancel", None),
    "retry": ("POST", TASKS + "/{task_id}/retry", None),
    "photo_result": ("GET", PHOTOS + "/{task_id}", None),
    "video_result": ("GET", VIDEOS + "/{task_id}", None),
}
ALL = [*NEW, *SINGLE]


def call(client: Client, route: str, task_id: str, user_id: str) -> Answer:
    method, path, body = (NEW | SINGLE)[route]
    return client.call(method, path.format(task_id=task_id, user_id=user_id), body=body)


def prepared(route: str, caller) -> str:
    if route == "retry":
        return failed_task(caller.user, caller.user_id).id
    if route in ("photo_result", "video_result"):
        made = call(Client(handler, caller.user), route.removesuffix("_result"), "", "")
        return made.data["task_id"]
    return new_task(caller.user, caller.user_id).id


@pytest.mark.parametrize("route", ALL)
@pytest.mark.parametrize("credential", ["user", "api_key"])
def test_the_owner_and_a_key_of_the_owner_may(caller, route, credential):
    task_id = prepared(route, caller)
    answer = call(Client(handler, getattr(caller, credential)), route, task_id, caller.user_id)
    assert answer.status in (200, 201), answer.text


@pytest.mark.parametrize("route", SINGLE)
def test_somebody_elses_task_does_not_exist(caller, route):
    task_id = prepared(route, caller)
    answer = call(Client(handler, caller.other_user), route, task_id, caller.user_id)
    assert answer.status == 404
    assert answer.error["code"] == "NOT_FOUND"


@pytest.mark.parametrize("route", SINGLE)
def test_an_admin_may_see_and_steer_the_task_of_anybody(caller, route):
    task_id = prepared(route, caller)
    answer = call(Client(handler, caller.admin), route, task_id, caller.user_id)
    assert answer.status == 200, answer.text


def test_the_list_of_somebody_else_is_for_admins_only(caller):
    assert call(Client(handler, caller.other_user), "list", "", caller.user_id).status == 403
    assert call(Client(handler, caller.admin), "list", "", caller.user_id).status == 200


@pytest.mark.parametrize("route", ALL)
@pytest.mark.parametrize("credential", ["nobody", "expired", "nonsense"])
def test_without_a_valid_credential_nothing_is_done(caller, route, credential):
    known = {"nobody": None, "nonsense": "nonsense"}
    client = Client(handler, known.get(credential, caller.expired))
    answer = call(client, route, "task_01JAAAAAAAAAAAAAAAAAAAAAAA", caller.user_id)
    assert answer.status == 401


@pytest.mark.parametrize("route", ALL)
def test_a_key_of_another_scope_is_refused(caller, route):
    client = Client(handler, callers.api_key_of(caller.user_id, ["chat"]))
    answer = call(client, route, "task_01JAAAAAAAAAAAAAAAAAAAAAAA", caller.user_id)
    assert answer.status == 403


@pytest.mark.parametrize("route", SINGLE)
@pytest.mark.parametrize("bad_id", ["task_x", "role_01JAAAAAAAAAAAAAAAAAAAAAAA", "~TOTAL"])
@pytest.mark.parametrize("credential", ["user", "admin"])
def test_an_id_of_another_form_is_not_found(caller, route, bad_id, credential):
    client = Client(handler, getattr(caller, credential))
    assert call(client, route, bad_id, caller.user_id).status == 404
