"""Which types of tasks there are."""

from functools import cache

from shared.data.tasks import Task
from shared.tasks.port import ProviderTaskType, TaskType
from shared.tasks.types.analysis import AnalysisTasks
from shared.tasks.types.image import ImageTasks
from shared.tasks.types.photo import PhotoTasks
from shared.tasks.types.questions import QuestionTasks
from shared.tasks.types.syllabus import SyllabusTasks
from shared.tasks.types.video import VideoTasks


@cache
def task_types() -> dict[str, TaskType]:
    """Every type by its name."""
    jobs: tuple[TaskType, ...] = (AnalysisTasks(), SyllabusTasks(), QuestionTasks())
    return {**_provider_types(), **{kind.name: kind for kind in jobs}}


def type_of(task: Task) -> TaskType:
    """The type of a stored task."""
    return task_types()[task.type]


def provider_type_of(task: Task) -> ProviderTaskType:
    """The type of a stored task that a provider works on."""
    return _provider_types()[task.type]


@cache
def _provider_types() -> dict[str, ProviderTaskType]:
    known: tuple[ProviderTaskType, ...] = (ImageTasks(), PhotoTasks(), VideoTasks())
    return {kind.name: kind for kind in known}
