"""Emptying a queue: only with its name."""

import pytest

from tests.integration.queues.test_callers import QUEUES
from tests.integration.queues.test_dead_letters import bury
from tests.integration.queues.test_status import GARBAGE, counts

PATH = f"{QUEUES}/documents"


@pytest.mark.parametrize("query", [{}, {"confirm": ""}, {"confirm": "Documents"}, {"confirm": "x"}])
def test_without_its_name_nothing_is_deleted(admin, queues, query):
    queues.send(GARBAGE)
    answer = admin.delete(PATH, **query)
    assert (answer.status, answer.error["details"]["field"]) == (400, "confirm")
    assert counts(admin) == {"pending": 1}


def test_all_messages_go_and_the_history_stays(admin, queues):
    bury(queues)
    queues.send(GARBAGE, GARBAGE)
    queues.deliver()
    assert counts(admin)["retry"] == 2
    answer = admin.delete(PATH, confirm="documents")
    assert answer.data == {"name": "documents", "purged": 3}
    assert counts(admin) == {"processed": 5, "failed": 5}

    queues.send(GARBAGE)  # what is sent later has never failed
    assert counts(admin) == {"pending": 1, "processed": 5, "failed": 5}


def test_dead_letters_alone(admin, queues):
    bury(queues)
    queues.send(GARBAGE)
    assert admin.delete(PATH, confirm="documents", state="archived").data["purged"] == 1
    now = counts(admin)
    assert now["pending"] == 1
    assert "archived" not in now


def test_twice_within_a_minute_is_too_often(admin):
    assert admin.delete(PATH, confirm="documents").status == 200
    answer = admin.delete(PATH, confirm="documents")
    assert (answer.status, answer.error["code"]) == (429, "RATE_LIMITED")
    assert answer.headers["retry-after"] == "60"
    assert "60" in answer.error["message"]


def test_a_queue_of_dead_letters_only_can_be_emptied(admin, queues):
    queues.send(GARBAGE, to=queues.dispatcher_dead)
    assert counts(admin, "dispatcher") == {"archived": 1}
    answer = admin.delete(f"{QUEUES}/dispatcher", confirm="dispatcher")
    assert answer.data == {"name": "dispatcher", "purged": 1}
    assert counts(admin, "dispatcher") == {}
