"""Deletion of an account: its tasks and their results, some at a time."""

from itertools import islice

from shared.data.tasks import delete_total, find_tasks
from shared.data.webhook_secrets import delete_secret
from shared.tasks.changes import cancel_task
from shared.tasks.results import delete_files_of
from shared.tasks.sweep import remove_task
from shared.tasks.uploads import delete_uploads_of


def delete_some(user_id: str, limit: int = 25) -> bool:
    """Delete up to `limit` tasks of a user; True when none is left. It can be repeated.

    An unfinished task is cancelled first, so that its money is free and its worker stops.
    """
    found = list(islice(find_tasks(user_id, limit).tasks, limit))
    for task in found:
        ended = task if task.is_final else cancel_task(task)
        if ended is not None:
            remove_task(ended)
    if found:
        return False
    # What a worker copied while its task was being removed.
    delete_files_of(user_id)
    delete_uploads_of(user_id)
    delete_total(user_id)
    delete_secret(user_id)
    return True
