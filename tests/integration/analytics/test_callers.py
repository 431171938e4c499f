"""Every route of the analytics API, by every kind of caller."""

import pytest

from functions.analytics.handler import handler
from tests.support import callers
from tests.support.analytics import BUDGET, CONVERSATIONS, EXPORT, USAGE, spent
from tests.support.http import Answer, Client

ROUTES = ["usage", "export", "conversations", "budget", "put_budget"]
LIMIT = {"monthly_cost_limit": 5, "action": "warn"}


def call(client: Client, route: str) -> Answer:
    match route:
        case "usage":
            return client.get(USAGE)
        case "export":
            return client.get(EXPORT, format="csv")
        case "conversations":
            return client.get(CONVERSATIONS)
        case "budget":
            return client.get(BUDGET)
        case _:
            return client.put(BUDGET, LIMIT)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("credential", ["user", "other_user", "admin", "api_key"])
def test_everyone_may_see_their_own(caller, route, credential):
    assert call(Client(handler, getattr(caller, credential)), route).status == 200


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_needs_the_scope(caller, route):
    of_scope = callers.api_key_of(caller.user_id, ["analytics"])
    of_another = callers.api_key_of(caller.user_id, ["chat", "documents"])
    assert call(Client(handler, of_scope), route).status == 200
    refused = call(Client(handler, of_another), route)
    assert (refused.status, refused.error["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("credential", ["nobody", "expired", "nonsense"])
def test_without_a_valid_credential_nothing_is_done(client, caller, route, credential):
    known = {"nobody": None, "nonsense": "nonsense"}
    answer = call(Client(handler, known.get(credential, caller.expired)), route)
    assert (answer.status, answer.error["code"]) == (401, "UNAUTHORIZED")
    assert client.get(BUDGET).data["monthly_cost_limit"] is None


@pytest.mark.parametrize("credential", ["other_user", "admin"])
def test_nobody_sees_what_somebody_else_used(client, caller, credential):
    spent(caller.user_id, "2026-11-02T04:00:00Z")
    client.put(BUDGET, LIMIT)
    days = {"start_date": "2026-11-01", "end_date": "2026-11-03"}
    other = client.as_caller(getattr(caller, credential))
    assert client.get(USAGE, **days).data["total_requests"] == 1
    assert other.get(USAGE, **days).data["total_requests"] == 0
    assert len(other.get(EXPORT, **days).text.splitlines()) == 1
    assert other.get(BUDGET).data["monthly_cost_limit"] is None


def test_other_paths_and_methods_are_refused(client):
    assert client.get("/api/v1/analytics/nothing").status == 404
    assert client.delete(BUDGET).status == 405
