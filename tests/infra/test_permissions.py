"""Least privilege, written down a second time: the template must agree with these tables."""

from __future__ import annotations

import re

import pytest

from tests.infra.templates import Assembly, as_list

EVERYTHING = dict.fromkeys(
    (
        "identity",
        "roles",
        "chat",
        "documents",
        "ledger",
        "limits",
        "tasks",
        "payments",
        "workspaces",
        "learning",
    ),
    "rw",
)
CHAT = {
    "chat": "rw", "ledger": "rw", "tasks": "rw", "roles": "r", "documents": "r",
    "identity": "r", "limits": "rw",
}  # fmt: skip
TABLES: dict[str, dict[str, str]] = {
    "root": {"limits": "rw"},
    "code_api": {"flow": "rw", "limits": "rw"},
    "code_executor": {},
    "identity": {"identity": "rw", "limits": "rw"},
    "roles": {"roles": "rw", "documents": "r", "identity": "r", "limits": "rw"},
    "chat": CHAT,
    "chat_stream": CHAT,
    "documents": {"documents": "rw", "identity": "r", "limits": "rw"},
    "knowledge": {"documents": "rw", "ledger": "rw", "identity": "r", "limits": "rw"},
    "document_worker": {"documents": "rw", "ledger": "rw", "limits": "rw"},
    "tasks": {
        "tasks": "rw",
        "ledger": "rw",
        "learning": "rw",
        "identity": "r",
        "limits": "rw",
    },
    "learning": {
        "learning": "rw",
        "tasks": "rw",
        "ledger": "rw",
        "identity": "r",
        "limits": "rw",
    },
    "queues": {"tasks": "rw", "ledger": "rw", "identity": "r", "limits": "rw"},
    "analytics": {"ledger": "rw", "chat": "r", "identity": "r", "limits": "rw"},
    "workspaces": {
        "workspaces": "rw", "roles": "r", "documents": "r", "identity": "r", "limits": "rw",
    },
    "workspace_runner": {
        "workspaces": "rw", "ledger": "rw", "tasks": "rw", "limits": "rw", "roles": "r",
        "documents": "r",
    },
    "payments": {"payments": "rw", "ledger": "rw", "identity": "r", "limits": "rw"},
    "payment_worker": {"payments": "rw", "ledger": "rw", "identity": "r", "limits": "rw"},
    "media_worker": {"tasks": "rw", "ledger": "rw", "limits": "rw"},
    "learning_worker": {"tasks": "rw", "ledger": "rw", "limits": "rw", "learning": "rw"},
    "webhook_worker": {"tasks": "rw"},
    "dispatcher": EVERYTHING,
    "housekeeping": EVERYTHING,
    "account_worker": EVERYTHING,
}  # fmt: skip
FILES = {
    "chat": "r", "chat_stream": "r", "knowledge": "r", "documents": "rw",
    "document_worker": "rw", "housekeeping": "rw", "account_worker": "rw",
    "tasks": "rw", "media_worker": "rw", "webhook_worker": "r", "workspace_runner": "r",
    "analytics": "rw",
    "learning": "r",
}  # fmt: skip
SECRETS = {
    "identity": {"auth"}, "roles": {"auth"}, "documents": {"auth"},
    "chat": {"auth", "providers"}, "chat_stream": {"auth", "providers"},
    "knowledge": {"auth", "providers"}, "document_worker": {"providers"},
    "tasks": {"auth"}, "queues": {"auth"}, "payments": {"auth"}, "media_worker": {"providers"},
    "code_api": {"flow"},
    "workspaces": {"auth"}, "workspace_runner": {"providers"},
    "analytics": {"auth"},
    "learning": {"auth"}, "learning_worker": {"providers"},
}  # fmt: skip
NOTES_KEY_USE = {
    "roles",
    "chat",
    "chat_stream",
    "documents",
    "knowledge",
    "tasks",
    "queues",
    "workspaces",
    "payments",
    "analytics",
    "learning",
}
# A paid order moves the end of a subscription.
CHANGES_USERS = {"payments", "payment_worker"}
CALLS_MODELS = {
    "chat",
    "chat_stream",
    "knowledge",
    "document_worker",
    "workspace_runner",
    "learning_worker",
}
SENDS_OUTBOX = {"dispatcher", "housekeeping"}
RUNS_CODE = {"code_api", "chat", "chat_stream", "workspace_runner"}
PUTS_SCHEDULES = {"dispatcher", "housekeeping", "workspaces", "workspace_runner"}
LISTS_SCHEDULES = {"workspaces", "workspace_runner"}
READS = {"GetItem", "BatchGetItem", "Query", "ConditionCheckItem"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}
# AWS knows no narrower resource for these.
RESOURCELESS = {
    "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
    "xray:GetSamplingTargets", "logs:CreateLogDelivery", "logs:GetLogDelivery",
    "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
    "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    "cloudwatch:GetMetricData", "scheduler:ListSchedules",
}  # fmt: skip


def granted(assembly: Assembly, function: str, service: str) -> dict[str, set[str]]:
    """Actions of one service by the physical name, or id, of what they are granted on."""
    found: dict[str, set[str]] = {}
    for statement in assembly.statements(function):
        actions = set(as_list(statement["Action"]))
        names = {action.partition(":")[2] for action in actions if action.startswith(service)}
        for resource in as_list(statement["Resource"]) if names else []:
            found.setdefault(physical_name(assembly, resource), set()).update(names)
    return found


def physical_name(assembly: Assembly, resource: object) -> str:
    logical_id = assembly.target(resource)
    properties = assembly.resources[logical_id].get("Properties", {})
    for key in ("TableName", "QueueName", "FunctionName"):
        if key in properties:
            return str(properties[key]).removeprefix("rolecraft-prod-")
    # Secrets have no fixed name: a deleted one would block it for weeks.
    return re.sub(r"Secret[0-9A-F]{8}$", "", logical_id).lower()


@pytest.mark.parametrize("function", TABLES)
def test_function_reaches_its_own_tables_only(prod: Assembly, function: str) -> None:
    streams = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    access: dict[str, str] = {}
    for table, actions in granted(prod, function, "dynamodb:").items():
        own = actions - (streams if function == "dispatcher" else set())
        if table == "identity" and function in NOTES_KEY_USE | CHANGES_USERS:
            own -= {"UpdateItem"}
        assert own in (READS, READS | WRITES), (table, own)
        access[table] = "r" if own == READS else "rw"
    assert access == TABLES[function]


@pytest.mark.parametrize("function", sorted(NOTES_KEY_USE))
def test_those_who_know_callers_change_nothing_of_identity_but_their_keys(
    prod: Assembly, function: str
) -> None:
    noting = [
        statement
        for statement in prod.statements(function)
        if as_list(statement["Action"]) == ["dynamodb:UpdateItem"]
    ]
    allowed = ["APIKEY#*", *(["USER#*"] if function in CHANGES_USERS else [])]
    assert [statement["Condition"] for statement in noting] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]}} for keys in allowed
    ]


@pytest.mark.parametrize("function", TABLES)
def test_function_reaches_files_as_it_must(prod: Assembly, function: str) -> None:
    actions: set[str] = set().union(*granted(prod, function, "s3:").values())
    expected = {
        "r": {"GetObject", "ListBucket"},
        "rw": {"GetObject", "ListBucket", "PutObject", "DeleteObject", "AbortMultipartUpload"},
    }
    assert actions == expected.get(FILES.get(function, ""), set())


@pytest.mark.parametrize("function", TABLES)
def test_function_reads_only_secrets_it_uses(prod: Assembly, function: str) -> None:
    found = granted(prod, function, "secretsmanager:")
    assert set(found) == SECRETS.get(function, set())
    assert all(actions == {"GetSecretValue"} for actions in found.values())


def test_queues_are_administered_with_exactly_these_actions(prod: Assembly) -> None:
    look = {"ChangeMessageVisibility", "GetQueueAttributes", "PurgeQueue", "ReceiveMessage"}
    assert granted(prod, "queues", "sqs:") == {
        "documents": {"GetQueueAttributes", "PurgeQueue", "SendMessage"},
        "documents-dead": look | {"DeleteMessage", "ListMessageMoveTasks", "StartMessageMoveTask"},
        "workspaces": {"GetQueueAttributes", "PurgeQueue", "SendMessage"},
        "workspaces-dead": look | {"DeleteMessage", "ListMessageMoveTasks", "StartMessageMoveTask"},
        "dispatcher-dead": look,
    }


@pytest.mark.parametrize("function", sorted(set(TABLES) - {"queues"}))
def test_queues_and_workflows_are_reached_by_those_who_dispatch(
    prod: Assembly, function: str
) -> None:
    queues = granted(prod, function, "sqs:")
    senders = {queue for queue, actions in queues.items() if "SendMessage" in actions}
    starts = set().union(*granted(prod, function, "states:").values())
    if function in SENDS_OUTBOX:
        assert senders >= {"documents", "workspaces"}
        assert starts == {"StartExecution"}
    else:
        assert senders == ({"workspaces"} if function == "workspace_runner" else set())
        assert starts == set()
    receivers = {queue for queue, actions in queues.items() if "ReceiveMessage" in actions}
    own = {"document_worker": {"documents"}, "workspace_runner": {"workspaces"}}
    assert receivers == own.get(function, set())


@pytest.mark.parametrize("function", TABLES)
def test_schedules_of_one_group_are_put_by_those_who_sync_them(
    prod: Assembly, function: str
) -> None:
    found = [
        (action, statement["Resource"])
        for statement in prod.statements(function)
        for action in as_list(statement["Action"])
        if action.startswith(("scheduler:", "iam:"))
    ]
    actions = {action for action, _ in found}
    put = {f"scheduler:{verb}Schedule" for verb in ("Create", "Delete", "Get", "Update")}
    expected = put | {"iam:PassRole"} if function in PUTS_SCHEDULES else set()
    assert actions - {"scheduler:ListSchedules"} == expected
    assert ("scheduler:ListSchedules" in actions) == (function in LISTS_SCHEDULES)
    for action, resource in found:
        if action in put:
            assert resource["Fn::Sub"].endswith(":schedule/rolecraft-prod-workspaces/*")


def test_schedules_may_send_to_the_queue_of_workspaces_only(prod: Assembly) -> None:
    (role,) = [
        logical_id
        for logical_id, role in prod.of_type("AWS::IAM::Role").items()
        if "scheduler.amazonaws.com" in str(role["AssumeRolePolicyDocument"])
    ]
    trust = prod.resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    (statement,) = prod.role_statements(role)
    assert "sqs:SendMessage" in statement["Action"]
    assert physical_name(prod, statement["Resource"]) == "workspaces"


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_models_are_invoked_and_never_administered(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    for function in TABLES:
        statements = [
            statement
            for statement in assemblies[stage].statements(function)
            if any(action.startswith("bedrock:") for action in as_list(statement["Action"]))
        ]
        if function not in CALLS_MODELS:
            assert statements == []
            continue
        (statement,) = statements
        assert set(statement["Action"]) == {
            "bedrock:InvokeModel",
            "bedrock:InvokeModelWithResponseStream",
        }
        for resource in statement["Resource"]:
            assert resource["Fn::Sub"].endswith((":foundation-model/*", ":inference-profile/*"))


@pytest.mark.parametrize("function", TABLES)
def test_the_executor_is_invoked_by_those_who_run_code_and_nothing_else_is(
    prod: Assembly, function: str
) -> None:
    found = granted(prod, function, "lambda:")
    if function not in RUNS_CODE:
        assert found == {}
        return
    assert found == {"code-executor": {"InvokeFunction"}}


@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_the_executor_may_write_its_log_and_has_no_name_of_anything(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    actions = {
        action
        for statement in assemblies[stage].statements("code_executor")
        for action in as_list(statement["Action"])
    }
    assert actions - RESOURCELESS == {"logs:CreateLogStream", "logs:PutLogEvents"}
    variables = assemblies[stage].functions()["code_executor"]["Environment"]["Variables"]
    assert not [name for name in variables if name.endswith(("_TABLE", "_ARN", "_BUCKET"))]


@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_no_action_is_a_wildcard_and_only_listed_ones_have_any_resource(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    for policy in assemblies[stage].of_type("AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = set(as_list(statement["Action"]))
            assert not [action for action in actions if "*" in action]
            if "*" in as_list(statement["Resource"]):
                assert actions <= RESOURCELESS


@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_no_role_is_shared_and_none_has_a_managed_policy(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    roles = [assembly.target(f["Role"]) for f in assembly.functions().values()]
    assert len(roles) == len(set(roles))
    for role in assembly.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role
        assert "Policies" not in role


@pytest.mark.parametrize(
    ("workflow", "worker"),
    [
        ("account-deletion", "account_worker"),
        ("task", "media_worker"),
        ("webhook", "webhook_worker"),
        ("learning-job", "learning_worker"),
    ],
)
def test_workflow_may_only_invoke_its_worker(prod: Assembly, workflow: str, worker: str) -> None:
    machine = prod.state_machine(workflow)
    role = prod.target(machine["RoleArn"])
    invokes = [
        statement
        for statement in prod.role_statements(role)
        if "lambda:InvokeFunction" in as_list(statement["Action"])
    ]
    (statement,) = invokes
    assert [prod.target(r) for r in as_list(statement["Resource"])] == [prod.function_id(worker)]
