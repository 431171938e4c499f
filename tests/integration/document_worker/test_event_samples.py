"""The sample events under events/ are events the worker takes."""

import json
from pathlib import Path

import pytest

from functions.document_worker.handler import handler
from shared.core import clock
from shared.data.documents import Document, find_document
from shared.documents.changes import PROCESSING_LIMIT, add_document, deadline_after
from shared.documents.keys import upload_key
from shared.documents.settings import files
from tests.support.documents import ENGLISH, Runtime, object_keys, run_worker

EVENTS = Path(__file__).parents[3] / "events"
OWNER = "user_01JD00000000000000000000AA"
DOCUMENT = "doc_01JD00000000000000000000BB"


def sample(name: str) -> dict:
    return json.loads((EVENTS / f"{name}.json").read_text())


@pytest.fixture
def waiting() -> Document:
    document = Document(
        id=DOCUMENT,
        owner_id=OWNER,
        knowledge_base_id="kb_01JD00000000000000000000AA",
        name="a.txt",
        description="",
        file_type="txt",
        file_size=len(ENGLISH),
        status="processing",
        created_at=clock.iso_ms(clock.now()),
        deadline=deadline_after(PROCESSING_LIMIT),
    )
    files().put(upload_key(OWNER, DOCUMENT), ENGLISH)
    return add_document(document)


def of_documents() -> list[str]:
    """The samples of this worker's own queue; the others are those of workspaces."""
    paths = sorted((EVENTS / "sqs").iterdir())
    return [path.stem for path in paths if path.stem.startswith("document_worker.")]


@pytest.mark.parametrize("name", of_documents())
def test_a_sample_leaves_no_failure(waiting, name):
    assert handler(sample(f"sqs/{name}"), Runtime()) == {"batchItemFailures": []}


def test_the_upload_sample_completes_its_document(waiting):
    assert run_worker(sample("s3/document_worker.upload_created")) == []
    assert find_document(OWNER, DOCUMENT).status == "completed"


def test_the_deletion_sample_removes_what_is_left_of_a_document():
    files().put(upload_key(OWNER, DOCUMENT), ENGLISH)
    handler(sample("sqs/document_worker.document_deleted"), Runtime())
    assert object_keys() == []
