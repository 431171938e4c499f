"""Tasks of a caller: accept, find, list, cancel, retry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from functions.tasks.errors import (
    NotCancellable,
    NothingToSend,
    NotRetryable,
    TaskNotFound,
    unknown_user,
)
from shared.auth.principal import Principal
from shared.aws.storage import UploadForm
from shared.core import ids
from shared.core.errors import Forbidden, InvalidRequest
from shared.data.tasks import Status, Task, find_owner, find_task, find_tasks
from shared.data.users import find_user
from shared.http.paging import Page, PageRequest
from shared.http.validation import refusal
from shared.media.plain import UnusablePicture
from shared.tasks.changes import cancel_task, resend_webhook, retry_task
from shared.tasks.payment import paid
from shared.tasks.port import Price
from shared.tasks.registry import task_types, type_of
from shared.tasks.uploads import REFUSALS, prepare_upload, store_upload


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list holds."""

    status: Status | None = None
    type: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every task passes."""
        return not (self.status or self.type)

    def matches(self, task: Task) -> bool:
        """Whether the task passes."""
        return self.status in (None, task.status) and self.type in (None, task.type)


def owner_of_new(caller: Principal, user_id: str | None) -> str:
    """Whose a new task is: the caller's, or of whom an admin names.

    Raises:
        Forbidden: somebody else is named by a caller who is no admin.
        InvalidRequest: there is no such user.
    """
    if user_id is None or user_id == caller.user_id:
        return caller.user_id
    if not caller.is_admin:
        raise Forbidden
    if find_user(user_id) is None:
        raise unknown_user()
    return user_id


def require_scope(caller: Principal, type_name: str) -> None:
    """A key asks here for no more than at the type's own door: learning has no scope of its own.

    Raises:
        Forbidden: the key's scopes do not cover the type.
    """
    if task_types()[type_name].feature == "learning" and not caller.may_use("all"):
        raise Forbidden


def read_input(type_name: str, given: dict[str, Any]) -> BaseModel:
    """A caller's input in the type's own form. Raises InvalidRequest, fields under `input.`."""
    try:
        return task_types()[type_name].Input.model_validate(given)
    except ValidationError as error:
        found = error.errors()
        raise refusal(
            [{**item, "loc": ("body", "input", *item["loc"])} for item in found]
        ) from None


def store_pictures(owner_id: str, images: Sequence[str], contents: Mapping[str, bytes]) -> None:
    """Keep the pictures that came with a request, by the ids they have among its images.

    Raises:
        InvalidRequest: one is no usable picture.
    """
    for upload_id, content in contents.items():
        try:
            store_upload(owner_id, upload_id, content)
        except UnusablePicture as error:
            field = f"images.{images.index(upload_id)}"
            raise InvalidRequest.of_field(field, REFUSALS[error.reason]) from error


def prepare_picture(owner_id: str, upload_id: str, file_type: str, size: int) -> UploadForm:
    """The form that S3 takes a picture with."""
    return prepare_upload(owner_id, upload_id, f"image/{file_type}", size)


def read_task(caller: Principal, task_id: str, type_name: str | None = None) -> Task:
    """The caller's task, or anybody's for an admin. Raises TaskNotFound."""
    if not ids.is_id("task", task_id):
        raise TaskNotFound
    owner_id = find_owner(task_id) if caller.is_admin else caller.user_id
    task = find_task(owner_id, task_id) if owner_id else None
    if task is None or type_name not in (None, task.type):
        raise TaskNotFound
    return task


def list_tasks(
    caller: Principal, owner_id: str, wanted_tasks: TaskFilter, wanted: PageRequest
) -> Page[Task]:
    """One page of a user's tasks. Raises Forbidden for somebody else's.

    Without a filter only the page's part of the list is read; a filter reads the whole list,
    since its total cannot be kept as a counter. What is kept is 30 days of tasks.
    """
    if owner_id != caller.user_id and not caller.is_admin:
        raise Forbidden
    found = find_tasks(owner_id, wanted.end if wanted_tasks.is_empty else None)
    if wanted_tasks.is_empty:
        items = list(islice(found.tasks, wanted.start, wanted.end))
        return Page.of(items, found.total, wanted)
    return Page.cut([task for task in found.tasks if wanted_tasks.matches(task)], wanted)


def cancel(caller: Principal, task_id: str) -> Task:
    """End a task that has not ended. Raises TaskNotFound, NotCancellable."""
    task = read_task(caller, task_id)
    cancelled = cancel_task(task)
    if cancelled is None:
        raise NotCancellable(details={"status": read_task(caller, task_id).status})
    return cancelled


def retry(caller: Principal, task_id: str, operation_id: str) -> Task:
    """Begin a failed task again. Raises TaskNotFound, NotRetryable, RateLimited (budget)."""
    task = read_task(caller, task_id)
    kind = type_of(task)

    def begin(price: Price) -> Task | None:
        return retry_task(task, f"call_{operation_id}", price, kind.credit)

    again = paid(kind, task.owner_id, task.input, begin)
    if again is None:
        raise NotRetryable(details={"status": task.status})
    return again


def resend(caller: Principal, task_id: str) -> Task:
    """Send the webhook of an ended task once more. Raises TaskNotFound, NothingToSend."""
    task = read_task(caller, task_id)
    if not (task.webhook_url and task.is_final):
        raise NothingToSend(details={"status": task.status})
    resend_webhook(task)
    return task
