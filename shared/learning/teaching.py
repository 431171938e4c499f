"""Who teaches a course, where there is no signed-in caller to look at."""

from shared.auth.principal import TEACHER
from shared.data.courses import Course
from shared.data.users import find_user


def is_taught_by(course: Course, user_id: str) -> bool:
    """Whether that user is the course's teacher and still has the role (contract learning.md)."""
    if course.teacher_id != user_id:
        return False
    user = find_user(user_id)
    return user is not None and TEACHER in user.roles
