"""What callers do with courses: teachers with their own, students with those they are in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from functions.learning.errors import (
    CodeTaken,
    CourseNotFound,
    EnrollmentNotFound,
    LearningBusy,
    NotEnrolled,
    unknown_students,
)
from functions.learning.schemas import NewCourse, Scope
from shared.auth.principal import STUDENT, Principal
from shared.core import clock, ids
from shared.core.errors import Forbidden, InvalidRequest
from shared.core.text import Text
from shared.data.changing import until_written
from shared.data.courses import (
    CODE_PART,
    Course,
    find_all_courses,
    find_course,
    find_courses,
    find_taught_courses,
    store_course,
    update_course,
)
from shared.data.enrollments import (
    Enrollment,
    find_attended_courses,
    find_enrolled,
    find_enrollment,
    find_enrollments,
)
from shared.data.submissions import find_marks
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.users import find_active_users, find_user
from shared.http.paging import Page, PageRequest
from shared.learning import deletion
from shared.learning.enrolling import CourseGone, enrol, withdraw
from shared.learning.progress import progress_of

_PORTIONS = 3
_WHO = Text("教师加入学生时必须提供", "is required when a teacher enrols students")


def create_course(course_id: str, caller: Principal, wanted: NewCourse) -> Course:
    """Store a new course; a repeat of the operation gives the one that was made."""
    now = clock.iso_ms(clock.now())
    course = Course(
        id=course_id,
        teacher_id=caller.user_id,
        teacher_name=_name_of(caller),
        created_at=now,
        updated_at=now,
        **wanted.model_dump(),
    )
    transaction = Transaction()
    store_course(transaction, course)
    try:
        transaction.commit()
    except ConditionFailed as error:
        made = find_course(course_id)
        if made is None:
            raise CodeTaken from error
        return made
    return course


def read_course(course_id: str) -> Course:
    """Any course. Raises CourseNotFound."""
    course = find_course(course_id) if ids.is_id("course", course_id) else None
    if course is None:
        raise CourseNotFound
    return course


def own_course(caller: Principal, course_id: str) -> Course:
    """A course that the caller teaches. Raises CourseNotFound."""
    course = read_course(course_id)
    if not teaches(caller, course):
        raise CourseNotFound
    return course


def teaches(caller: Principal, course: Course) -> bool:
    """Whether the caller is the course's teacher."""
    return caller.is_teacher and course.teacher_id == caller.user_id


def require_part(caller: Principal, course: Course) -> bool:
    """Whether the caller teaches the course; a student must be in it.

    Raises:
        CourseNotFound: another teacher's course.
        NotEnrolled: a student who is not in it.
    """
    if teaches(caller, course):
        return True
    if not caller.is_student:
        raise CourseNotFound
    if find_enrollment(course.id, caller.user_id) is None:
        raise NotEnrolled
    return False


def list_courses(caller: Principal, scope: Scope, wanted: PageRequest) -> Page[Course]:
    """All courses, or those the caller teaches; a student's own are those it is in."""
    if scope == "all":
        return Page.of(*find_all_courses(wanted.start, wanted.end), wanted)
    if caller.is_teacher:
        return Page.of(*find_taught_courses(caller.user_id, wanted.start, wanted.end), wanted)
    page = Page.cut(find_attended_courses(caller.user_id), wanted)
    return Page.of(find_courses(page.items), page.total, wanted)


def change_course(caller: Principal, course_id: str, given: dict[str, Any]) -> Course:
    """Set the given fields of an own course."""

    def step() -> Course:
        old = own_course(caller, course_id)
        new = replace(old, **given, updated_at=clock.iso_ms(clock.now()))
        transaction = Transaction()
        update_course(transaction, old, new)
        transaction.commit()
        return read_course(course_id)

    def met(failure: ConditionFailed) -> None:
        if failure.names == {CODE_PART}:
            raise CodeTaken from failure

    return until_written(step, met, LearningBusy)


def remove_course(caller: Principal, course_id: str) -> None:
    """Delete an own course; what hangs on it is out of reach at once and goes soon."""
    until_written(lambda: deletion.delete_course(own_course(caller, course_id)), busy=LearningBusy)
    sweep(course_id, course_id)


def sweep(deleted_id: str, course_id: str) -> None:
    """Remove what fits into a request of what a deletion left; housekeeping removes the rest."""
    for _ in range(_PORTIONS):
        if deletion.delete_some_remains(deleted_id, course_id):
            return


def enrol_students(
    caller: Principal, course_id: str, student_ids: Sequence[str] | None
) -> tuple[Course, list[Enrollment], int]:
    """Students come into a course: a student itself, or those its teacher names.

    Returns:
        The course as it is then, the enrolments, and how many of them are new.
    """
    course = read_course(course_id)
    now = clock.iso_ms(clock.now())
    names = _named(caller, course, student_ids)
    wanted = [
        Enrollment(course_id=course_id, student_id=each, student_name=name, enrolled_at=now)
        for each, name in names.items()
    ]
    known = find_enrolled(course_id, list(names))
    try:
        added = enrol(course_id, [each for each in wanted if each.student_id not in known])
    except CourseGone as error:
        raise CourseNotFound from error
    return read_course(course_id), [known.get(each.student_id, each) for each in wanted], added


def end_enrollment(caller: Principal, course_id: str, student_id: str) -> None:
    """Take a student out: its teacher, or the student itself."""
    course = read_course(course_id)
    if not teaches(caller, course) and student_id != caller.user_id:
        raise Forbidden if caller.is_student else CourseNotFound
    if not withdraw(course_id, student_id):
        raise EnrollmentNotFound


def list_enrollments(caller: Principal, course_id: str, wanted: PageRequest) -> Page[Enrollment]:
    """The students of an own course."""
    course = own_course(caller, course_id)
    return Page.of(_part(course, wanted), course.enrollment_count, wanted)


def progress_page(
    caller: Principal, course_id: str, wanted: PageRequest
) -> Page[tuple[Enrollment, dict[str, Any]]]:
    """Progress of an own course's students: two queries for a page of them."""
    course = own_course(caller, course_id)
    page = _part(course, wanted)
    found: dict[str, list[Any]] = {each.student_id: [] for each in page}
    if page:  # the newest student is first
        for mark in find_marks(course_id, page[-1].student_id, page[0].student_id):
            found.get(mark.student_id, []).append(mark)
    items = [(each, progress_of(found[each.student_id], course.assignment_count)) for each in page]
    return Page.of(items, course.enrollment_count, wanted)


def own_progress(caller: Principal, course: Course) -> dict[str, Any]:
    """A student's own progress."""
    marks = find_marks(course.id, caller.user_id, caller.user_id)
    return progress_of(marks, course.assignment_count)


def _part(course: Course, wanted: PageRequest) -> list[Enrollment]:
    if wanted.start >= course.enrollment_count:
        return []
    return find_enrollments(course.id, wanted.start, wanted.end)


def _named(caller: Principal, course: Course, student_ids: Sequence[str] | None) -> dict[str, str]:
    """Names of those who are to come in, by id."""
    if teaches(caller, course):
        if student_ids is None:
            raise InvalidRequest.of_field("student_ids", _WHO)
        found = find_active_users(student_ids)
        students = {user.id: user.name for user in found if STUDENT in user.roles}
        strangers = [each for each in student_ids if each not in students]
        if strangers:
            raise unknown_students(strangers)
        return students
    if not caller.is_student:
        raise CourseNotFound
    if student_ids is not None and set(student_ids) != {caller.user_id}:
        raise Forbidden
    return {caller.user_id: _name_of(caller)}


def _name_of(caller: Principal) -> str:
    user = find_user(caller.user_id)
    return user.name if user else ""
