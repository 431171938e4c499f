"""Questions as files under `/api/v1/learning`: read a file, write a batch as one."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.learning import assignments
from functions.learning.schemas import QuestionFile
from shared.auth.guards import Teacher
from shared.http.envelope import success
from shared.http.route import RoleCraftRoute
from shared.learning.formats import FormatName

router = APIRouter(prefix="/api/v1/learning", route_class=RoleCraftRoute)


@router.post("/questions/import")
async def post_import(_: Teacher, body: QuestionFile) -> Response:
    questions = assignments.import_questions(body.format, body.content)
    return success({"questions": questions, "count": len(questions)})


@router.get("/question-batches/{task_id}/export")
async def get_export(caller: Teacher, task_id: str, format: FormatName = "json") -> Response:
    questions = assignments.questions_of_batch(caller, task_id)
    return success(assignments.exported(format, task_id, questions))
