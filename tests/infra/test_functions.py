"""Every function: size, time, log, code, layers, variables."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.infra.templates import Assembly

STAGES = ("prod", "dev", "local")
MEMORY = {
    "root": 512, "identity": 1769, "roles": 512, "chat": 1024, "chat_stream": 1024,
    "documents": 512, "knowledge": 1024, "document_worker": 2048, "dispatcher": 512,
    "housekeeping": 512, "account_worker": 512, "tasks": 512, "media_worker": 1024,
    "webhook_worker": 512, "queues": 512, "payments": 512, "payment_worker": 512,
    "code_api": 512, "code_executor": 1769,
    "workspaces": 512, "workspace_runner": 1024, "analytics": 1024,
    "learning_worker": 512, "learning": 512,
}  # fmt: skip
TIMEOUT = {
    "chat_stream": 900,
    "code_executor": 28,
    "document_worker": 300,
    "media_worker": 120,
    "webhook_worker": 30,
    "workspace_runner": 600,
    "learning_worker": 900,
} | dict.fromkeys(("dispatcher", "housekeeping", "account_worker", "payment_worker"), 60)
LAYERS = {
    "chat": {"Api", "Documents"}, "knowledge": {"Api", "Documents"},
    "document_worker": {"Api", "Documents"}, "chat_stream": {"Api", "Documents", "Streaming"},
    "code_executor": {"Javascript"}, "code_api": {"Api", "Crypto"},
    "payments": {"Api", "Crypto"}, "payment_worker": {"Api", "Crypto"},
    "media_worker": {"Api", "Imaging"}, "workspace_runner": {"Api", "Documents"},
}  # fmt: skip
CALLER = {"IDENTITY_TABLE", "LIMITS_TABLE", "AUTH_SECRET_ARN"}
MODELS = {"PROVIDERS", "PROVIDERS_SECRET_ARN"}
CODE = {"CODE_EXECUTOR_FUNCTION"}
PAID = {"LEDGER_TABLE", "CURRENCY"}
CHAT = (
    CALLER
    | MODELS
    | PAID
    | {
        "CHAT_TABLE",
        "TASKS_TABLE",
        "ROLES_TABLE",
        "DOCUMENTS_TABLE",
        "FILES_BUCKET",
        "DEFAULT_MODEL",
    }
    | CODE
)
ALL_TABLES = {
    "IDENTITY_TABLE", "ROLES_TABLE", "CHAT_TABLE", "DOCUMENTS_TABLE", "LEDGER_TABLE",
    "LIMITS_TABLE", "TASKS_TABLE", "PAYMENTS_TABLE", "WORKSPACES_TABLE",
    "LEARNING_TABLE",
}  # fmt: skip
OUTBOX = {
    "DOCUMENTS_QUEUE_URL", "ACCOUNT_DELETION_STATE_MACHINE_ARN", "TASK_STATE_MACHINE_ARN",
    "WEBHOOK_STATE_MACHINE_ARN", "WORKSPACES_QUEUE_URL", "EVENT_BUS_NAME",
    "LEARNING_JOB_STATE_MACHINE_ARN",
}  # fmt: skip
PAYMENTS = {"PAYMENTS_TABLE", "LEDGER_TABLE"}
# Where the deployment takes payments; the local run does.
MERCHANT = {name: {"WECHAT_PAY_SECRET_ARN"} for name in ("payments", "payment_worker")}
TASKS = {"TASKS_TABLE", "LEDGER_TABLE", "FILES_BUCKET", "CURRENCY"}
SCHEDULES = {"SCHEDULE_GROUP", "SCHEDULE_ROLE_ARN", "WORKSPACES_QUEUE_ARN"}
ADAPTER = {
    "AWS_LAMBDA_EXEC_WRAPPER", "AWS_LWA_INVOKE_MODE", "AWS_LWA_PORT",
    "AWS_LWA_READINESS_CHECK_PROTOCOL",
}  # fmt: skip
VARIABLES: dict[str, set[str]] = {
    "root": {"LIMITS_TABLE"},
    "code_api": {"FLOW_TABLE", "LIMITS_TABLE", "FLOW_SECRET_ARN", "CODE_TIMEOUT_SECONDS"} | CODE,
    "code_executor": set(),
    "identity": CALLER | {"ADMIN_EMAIL"},
    "roles": CALLER | {"ROLES_TABLE", "DOCUMENTS_TABLE", "DEFAULT_MODEL", "PROVIDERS"},
    "chat": CHAT,
    "chat_stream": CHAT | ADAPTER,
    "documents": CALLER | {"DOCUMENTS_TABLE", "FILES_BUCKET"},
    "knowledge": CALLER | MODELS | PAID | {"DOCUMENTS_TABLE", "FILES_BUCKET"},
    "document_worker": MODELS
    | PAID
    | {"DOCUMENTS_TABLE", "LIMITS_TABLE", "FILES_BUCKET", "DOCUMENT_RECEIVES"},
    "tasks": CALLER | TASKS | {"LEARNING_TABLE", "PROVIDERS", "DEFAULT_MODEL"},
    "learning": CALLER | TASKS | {"PROVIDERS", "DEFAULT_MODEL", "LEARNING_TABLE"},
    "queues": CALLER | {"QUEUES", "TASKS_TABLE", "LEDGER_TABLE"},
    "analytics": CALLER | PAID | {"CHAT_TABLE", "FILES_BUCKET"},
    "payments": CALLER | PAYMENTS,
    "payment_worker": PAYMENTS | {"IDENTITY_TABLE", "LIMITS_TABLE"},
    "media_worker": MODELS | TASKS | {"LIMITS_TABLE", "TRUSTED_HOSTS"},
    "learning_worker": MODELS
    | PAID
    | {"TASKS_TABLE", "LIMITS_TABLE", "LEARNING_TABLE", "DEFAULT_MODEL"},
    "webhook_worker": {"TASKS_TABLE", "FILES_BUCKET", "TRUSTED_HOSTS"},
    "workspaces": CALLER | SCHEDULES | {"WORKSPACES_TABLE", "ROLES_TABLE", "DOCUMENTS_TABLE"},
    "workspace_runner": MODELS
    | CODE
    | PAID
    | SCHEDULES
    | {"WORKSPACES_TABLE", "ROLES_TABLE", "DOCUMENTS_TABLE", "LIMITS_TABLE", "FILES_BUCKET"}
    | {"TASKS_TABLE", "WORKSPACES_QUEUE_URL", "WORKSPACE_RECEIVES", "DEFAULT_MODEL"},
    "dispatcher": ALL_TABLES | OUTBOX | SCHEDULES,
    "housekeeping": ALL_TABLES | OUTBOX | SCHEDULES | {"FILES_BUCKET", "CURRENCY"},
    "account_worker": ALL_TABLES | {"FILES_BUCKET"},
}
EVERYWHERE = {
    "STAGE", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL",
}  # fmt: skip


def variables(function: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = function["Environment"]["Variables"]
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_memory_and_time_are_those_of_the_catalogue(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    functions = assemblies[stage].functions()
    assert {name: f["MemorySize"] for name, f in functions.items()} == MEMORY
    for name, function in functions.items():
        seconds = TIMEOUT.get(name, 29)
        if stage == "local" and name.startswith("code_"):  # code may run for 300 s there
            seconds += 275
        assert function["Timeout"] == seconds, name


@pytest.mark.parametrize("stage", STAGES)
def test_each_function_has_exactly_the_variables_it_needs(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    functions = assemblies[stage].functions()
    more = MERCHANT if stage == "local" else {}
    wanted = {name: needed | more.get(name, set()) for name, needed in VARIABLES.items()}
    assert {n: set(variables(f)) - EVERYWHERE for n, f in functions.items()} == wanted
    for function in functions.values():
        assert set(variables(function)) >= EVERYWHERE
        assert variables(function)["STAGE"] == stage
        assert variables(function)["POWERTOOLS_METRICS_NAMESPACE"] == "RoleCraft"


@pytest.mark.parametrize(("stage", "days"), [("prod", 90), ("dev", 14), ("local", 1)])
def test_every_log_is_json_and_kept_for_a_limited_time(
    assemblies: dict[str, Assembly], stage: str, days: int
) -> None:
    assembly = assemblies[stage]
    groups = assembly.of_type("AWS::Logs::LogGroup")
    assert {group["RetentionInDays"] for group in groups.values()} == {days}
    for name, function in assembly.functions().items():
        group = groups[assembly.target(function["LoggingConfig"]["LogGroup"])]
        assert group["LogGroupName"] == f"/aws/lambda/rolecraft-{stage}-{name.replace('_', '-')}"
        assert function["LoggingConfig"]["LogFormat"] == "JSON"


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_aws_stages_run_on_arm64_and_python_3_13(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    for function in assemblies[stage].functions().values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_all_functions_share_one_code_asset(prod: Assembly) -> None:
    functions = prod.functions()
    assert len({str(function["Code"]) for function in functions.values()}) == 1
    for name, function in functions.items():
        if name != "chat_stream":
            assert function["Handler"] == f"functions.{name}.handler.handler"


def test_assets_are_zipped_folders_and_no_image_is_built(prod: Assembly) -> None:
    for file in prod.folder.glob("*.assets.json"):
        assets = json.loads(file.read_text(encoding="utf-8"))
        assert not assets.get("dockerImages")
        for asset in assets["files"].values():
            assert "executable" not in asset["source"]


def test_layers_are_those_a_function_imports(prod: Assembly) -> None:
    for name, function in prod.functions().items():
        own = {
            re.sub(r"Layer[0-9A-F]{8}$", "", layer["Ref"])
            for layer in function["Layers"]
            if "Ref" in layer
        }
        assert own == LAYERS.get(name, {"Api"}), name


def test_streaming_function_runs_under_the_web_adapter(prod: Assembly) -> None:
    function = prod.functions()["chat_stream"]
    assert function["Handler"] == "functions/chat_stream/run.sh"
    (adapter,) = [layer["Fn::Join"][1] for layer in function["Layers"] if "Fn::Join" in layer]
    assert adapter == [
        "arn:aws:lambda:",
        {"Ref": "AWS::Region"},
        ":753240598075:layer:LambdaAdapterLayerArm64:26",
    ]
    assert variables(function)["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/bootstrap"
    assert variables(function)["AWS_LWA_INVOKE_MODE"] == "response_stream"


@pytest.mark.parametrize("stage", STAGES)
def test_no_private_host_is_trusted_by_what_is_deployed(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    for name in ("media_worker", "webhook_worker"):
        assert variables(assemblies[stage].functions()[name])["TRUSTED_HOSTS"] == "{}"


@pytest.mark.parametrize("stage", STAGES)
def test_stream_url_streams_and_leaves_authentication_to_the_function(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    url = assemblies[stage].only("AWS::Lambda::Url")
    assert url["InvokeMode"] == "RESPONSE_STREAM"
    assert url["AuthType"] == "NONE"
    assert "Cors" not in url


def test_layer_of_the_local_run_is_built_for_the_machine_at_hand(local: Assembly) -> None:
    architectures = {str(f["Architectures"]) for f in local.functions().values()}
    assert len(architectures) == 1
    for layer in local.of_type("AWS::Lambda::LayerVersion").values():
        assert str(layer["CompatibleArchitectures"]) in architectures
