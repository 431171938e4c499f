"""Routes of `/api/v1/courses` (contract learning.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from fastapi import APIRouter
from starlette.responses import Response

from functions.learning import assignments, courses
from functions.learning.schemas import (
    CourseChange,
    NewAssignment,
    NewCourse,
    NewEnrollments,
    Scope,
)
from functions.learning.views import assignment_body, card_body, course_body, enrollment_body
from shared.auth.guards import Learner, Teacher
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/courses", route_class=RoleCraftRoute)

CREATED = Text("课程创建成功", "Course created")
UPDATED = Text("课程更新成功", "Course updated")
DELETED = Text("课程删除成功", "Course deleted")
ENROLLED = Text("加入课程成功", "Enrolled")
LEFT = Text("已退出课程", "Removed from the course")
ASSIGNED = Text("作业创建成功", "Assignment created")


@router.post("")
async def post_course(caller: Teacher, operation: CurrentOperation, body: NewCourse) -> Response:
    course = courses.create_course(f"course_{operation.id}", caller, body)
    return success(course_body(course), CREATED, status=201)


@router.get("")
async def get_courses(caller: Learner, paging: Paging, scope: Scope = "all") -> Response:
    return success(courses.list_courses(caller, scope, paging).map(course_body))


@router.get("/{course_id}")
async def get_course(_: Learner, course_id: str) -> Response:
    return success(course_body(courses.read_course(course_id)))


@router.put("/{course_id}")
async def put_course(caller: Teacher, course_id: str, body: CourseChange) -> Response:
    changed = courses.change_course(caller, course_id, body.given())
    return success(course_body(changed), UPDATED)


@router.delete("/{course_id}")
async def delete_course(caller: Teacher, course_id: str) -> Response:
    courses.remove_course(caller, course_id)
    return success(message=DELETED)


@router.post("/{course_id}/enrollments")
async def post_enrollments(
    caller: Learner,
    operation: CurrentOperation,  # noqa: ARG001 - a repeat with the same key gives the answer again
    course_id: str,
    body: NewEnrollments | None = None,
) -> Response:
    students = body.student_ids if body else None
    course, enrolled, added = courses.enrol_students(caller, course_id, students)
    shown = {
        "course_id": course.id,
        "enrollment_count": course.enrollment_count,
        "added": added,
        "enrollments": [enrollment_body(each) for each in enrolled],
    }
    return success(shown, ENROLLED, status=201)


@router.get("/{course_id}/enrollments")
async def get_enrollments(caller: Teacher, course_id: str, paging: Paging) -> Response:
    return success(courses.list_enrollments(caller, course_id, paging).map(enrollment_body))


@router.delete("/{course_id}/enrollments/{user_id}")
async def delete_enrollment(caller: Learner, course_id: str, user_id: str) -> Response:
    courses.end_enrollment(caller, course_id, user_id)
    return success(message=LEFT)


@router.post("/{course_id}/assignments")
async def post_assignment(
    caller: Teacher, operation: CurrentOperation, course_id: str, body: NewAssignment
) -> Response:
    made = assignments.create_assignment(f"asg_{operation.id}", caller, course_id, body)
    return success(assignment_body(made, with_answers=True), ASSIGNED, status=201)


@router.get("/{course_id}/assignments")
async def get_assignments(caller: Learner, course_id: str, paging: Paging) -> Response:
    return success(assignments.list_assignments(caller, course_id, paging).map(card_body))


@router.get("/{course_id}/progress")
async def get_progress(caller: Learner, course_id: str, paging: Paging) -> Response:
    course = courses.read_course(course_id)
    if not courses.require_part(caller, course):
        return success({"user_id": caller.user_id, **courses.own_progress(caller, course)})
    page = courses.progress_page(caller, course_id, paging)
    return success(page.map(lambda found: {**enrollment_body(found[0]), **found[1]}))
