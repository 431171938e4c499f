"""Routes of `/api/v1/assignments/:id/submissions` (contract learning.md)."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.learning import submissions
from functions.learning.schemas import NewSubmission
from functions.learning.views import submission_body
from shared.auth.guards import Learner
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/assignments/{assignment_id}/submissions",
                   route_class=RoleCraftRoute)  # fmt: skip

SUBMITTED = Text("作业提交成功", "Submitted")


@router.post("")
async def post_submission(
    caller: Learner, operation: CurrentOperation, assignment_id: str, body: NewSubmission
) -> Response:
    made, assignment = submissions.submit(operation.id, caller, assignment_id, body.answers)
    return success(submission_body(made, assignment), SUBMITTED, status=201)


@router.get("")
async def get_submissions(caller: Learner, assignment_id: str, paging: Paging) -> Response:
    page, assignment = submissions.list_submissions(caller, assignment_id, paging)
    return success(page.map(lambda each: submission_body(each, assignment)))


@router.get("/{submission_id}")
async def get_submission(caller: Learner, assignment_id: str, submission_id: str) -> Response:
    found, assignment = submissions.read_submission(caller, assignment_id, submission_id)
    return success(submission_body(found, assignment))
