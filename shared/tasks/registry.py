"""Which types of tasks there are."""

from functools import cache

from shared.data.tasks import Task
from shared.tasks.port import TaskType
from shared.tasks.types.image import ImageTasks
from shared.tasks.types.photo import PhotoTasks
from shared.tasks.types.video import VideoTasks


@cache
def task_types() -> dict[str, TaskType]:
    """Every type by its name."""
    known: tuple[TaskType, ...] = (ImageTasks(), PhotoTasks(), VideoTasks())
    return {kind.name: kind for kind in known}


def type_of(task: Task) -> TaskType:
    """The type of a stored task."""
    return task_types()[task.type]
