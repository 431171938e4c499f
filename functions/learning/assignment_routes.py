"""Routes of `/api/v1/assignments/:id` (contract learning.md); submissions have their own."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.learning import assignments
from functions.learning.schemas import AssignmentChange, QuestionFile
from functions.learning.views import assignment_body
from shared.auth.guards import Learner, Teacher
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.route import RoleCraftRoute
from shared.learning.formats import FormatName

router = APIRouter(prefix="/api/v1/assignments", route_class=RoleCraftRoute)

UPDATED = Text("作业更新成功", "Assignment updated")
DELETED = Text("作业删除成功", "Assignment deleted")
IMPORTED = Text("题目导入成功", "Questions imported")


@router.get("/{assignment_id}")
async def get_assignment(caller: Learner, assignment_id: str) -> Response:
    assignment, course = assignments.read_assignment(caller, assignment_id)
    shown = assignments.sees_answers(caller, assignment, course)
    return success(assignment_body(assignment, with_answers=shown))


@router.put("/{assignment_id}")
async def put_assignment(caller: Teacher, assignment_id: str, body: AssignmentChange) -> Response:
    changed = assignments.change_assignment(caller, assignment_id, body.given())
    return success(assignment_body(changed, with_answers=True), UPDATED)


@router.delete("/{assignment_id}")
async def delete_assignment(caller: Teacher, assignment_id: str) -> Response:
    assignments.remove_assignment(caller, assignment_id)
    return success(message=DELETED)


@router.get("/{assignment_id}/export")
async def get_export(caller: Teacher, assignment_id: str, format: FormatName = "json") -> Response:
    return success(assignments.export_assignment(caller, assignment_id, format))


@router.post("/{assignment_id}/import")
async def post_import(caller: Teacher, assignment_id: str, body: QuestionFile) -> Response:
    questions = assignments.import_questions(body.format, body.content)
    given = {"questions": questions}
    changed = assignments.change_assignment(caller, assignment_id, given)
    return success(assignment_body(changed, with_answers=True), IMPORTED)
