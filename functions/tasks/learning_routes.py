"""Routes of `/api/v1/learning`: jobs for learners (contract learning.md)."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from functions.tasks import service
from functions.tasks.image_routes import ACCEPTED
from functions.tasks.schemas import NewAnalysis, NewJob, NewQuestionBatch, NewSyllabus
from shared.auth.guards import LearningCaller
from shared.auth.principal import Principal
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.route import RoleCraftRoute
from shared.tasks.creation import create_task
from shared.tasks.types.analysis import AnalysisInput, AnalysisTasks
from shared.tasks.types.questions import QuestionsInput, QuestionTasks
from shared.tasks.types.syllabus import SyllabusInput, SyllabusTasks
from shared.tasks.views import accepted_body

router = APIRouter(prefix="/api/v1/learning", route_class=RoleCraftRoute)


@router.post("/analyses")
async def post_analysis(
    caller: LearningCaller, operation: CurrentOperation, body: NewAnalysis
) -> Response:
    return _accepted(caller, operation.id, AnalysisTasks.name, body, AnalysisInput)


@router.post("/syllabi")
async def post_syllabus(
    caller: LearningCaller, operation: CurrentOperation, body: NewSyllabus
) -> Response:
    return _accepted(caller, operation.id, SyllabusTasks.name, body, SyllabusInput)


@router.post("/question-batches")
async def post_question_batch(
    caller: LearningCaller, operation: CurrentOperation, body: NewQuestionBatch
) -> Response:
    return _accepted(caller, operation.id, QuestionTasks.name, body, QuestionsInput)


def _accepted(
    caller: Principal, operation_id: str, type_name: str, body: NewJob, form: type[BaseModel]
) -> Response:
    owner_id = service.owner_of_new(caller, body.user_id)
    given = form.model_construct(**{name: getattr(body, name) for name in form.model_fields})
    task = create_task(operation_id, owner_id, type_name, given, body.webhook_url)
    return success(accepted_body(task), ACCEPTED, status=201)
