"""The process a function runs in: environment, imports, layers, logs, errors."""

import base64
import fcntl
import io
import json
import time
import zipfile
from pathlib import Path
from typing import IO, Any

import pytest

from tests.emulator.support import RunningEmulator, function
from tests.support.waiting import until

PROBE = """
import os, sys, tempfile
def handler(event, context):
    return {
        "environment": dict(os.environ),
        "path": sys.path,
        "scratch": tempfile.gettempdir(),
        "left": context.get_remaining_time_in_millis(),
        "context": [context.function_name, context.memory_limit_in_mb, context.aws_request_id],
    }
"""
FAULTY = """
import os, time
calls = 0
class BookingError(Exception):
    pass
def handler(event, context):
    global calls
    calls += 1
    print("call", calls)
    if event == "raise":
        raise BookingError("no seat left")
    if event == "exit":
        os._exit(3)
    if event == "sleep":
        time.sleep(30)
    if event == "set":
        return {1, 2}
    return {"calls": calls, "pid": os.getpid()}
"""


@pytest.fixture(scope="module")
def probe(emulator: RunningEmulator) -> tuple[str, Any]:
    variables = {"Variables": {"GREETING": "你好", "AWS_REGION": "mars-1"}}
    ids = emulator.deploy({"F": function(PROBE, MemorySize=384, Environment=variables)})
    answer, error = emulator.invoke(ids["F"])
    assert error is None
    return ids["F"], answer


@pytest.fixture(scope="module")
def faulty(emulator: RunningEmulator) -> str:
    return emulator.deploy({"F": function(FAULTY, Timeout=3)})["F"]


def test_environment_is_lambdas_and_the_functions_own_only(probe: tuple[str, Any]) -> None:
    name, answer = probe
    environment = answer["environment"]
    assert environment["GREETING"] == "你好"
    assert environment["AWS_REGION"] == "us-east-1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "384"
    assert environment["AWS_EXECUTION_ENV"].startswith("AWS_Lambda_python3.")
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    leaked = {"HOME", "GATEWAY_PORT", "STATE_DIR", "ROLECRAFT_TEST_SECRET_OF_DEVELOPER"}
    assert not leaked & environment.keys()


def test_emulators_packages_cannot_be_imported(probe: tuple[str, Any]) -> None:
    assert not [path for path in probe[1]["path"] if path.endswith("site-packages")]


def test_context_names_the_function_and_its_limits(probe: tuple[str, Any]) -> None:
    name, answer = probe
    assert answer["context"][:2] == [name, "384"]
    assert 3_000 < answer["left"] <= 10_000  # three seconds are the default


def test_temporary_files_are_the_processes_own(probe: tuple[str, Any]) -> None:
    assert probe[0] in probe[1]["scratch"]


def test_raised_error_carries_its_class_and_keeps_the_process(
    emulator: RunningEmulator, faulty: str
) -> None:
    before, _ = emulator.invoke(faulty)
    answer, error = emulator.invoke(faulty, "raise")
    assert error == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("BookingError", "no seat left")
    assert "index.py" in answer["stackTrace"][0]
    after, _ = emulator.invoke(faulty)
    assert after == {"calls": before["calls"] + 2, "pid": before["pid"]}


def test_raised_error_is_a_line_of_json_with_its_request_id(
    emulator: RunningEmulator,
) -> None:
    code = (
        "def handler(event, context):\n"
        " print(context.aws_request_id)\n raise LookupError('no seat\\nleft')\n"
    )
    name = emulator.deploy({"F": function(code)})["F"]
    answer = emulator.client("lambda").invoke(FunctionName=name, LogType="Tail")
    request_id, line = base64.b64decode(answer["LogResult"]).decode().split("\n", 1)
    told = json.loads(line)
    assert told["requestId"] == request_id
    assert (told["errorType"], told["errorMessage"]) == ("LookupError", "no seat\nleft")
    assert "index.py" in told["stackTrace"][0]


def test_result_that_is_not_json_is_a_marshal_error(emulator: RunningEmulator, faulty: str) -> None:
    answer, _ = emulator.invoke(faulty, "set")
    assert answer["errorType"] == "Runtime.MarshalError"


@pytest.mark.parametrize(
    ("event", "error_type"), [("exit", "Runtime.ExitError"), ("sleep", "Sandbox.Timedout")]
)
def test_lost_process_is_replaced(
    emulator: RunningEmulator, faulty: str, event: str, error_type: str
) -> None:
    answer, _ = emulator.invoke(faulty, event)
    assert answer["errorType"] == error_type
    after, error = emulator.invoke(faulty)
    assert (after["calls"], error) == (1, None)


def test_what_a_lost_process_started_ends_with_it(
    emulator: RunningEmulator, tmp_path: Path
) -> None:
    held = tmp_path / "held"
    held.touch()
    code = (
        "import fcntl, os, subprocess\ndef handler(path, context):\n"
        " file = open(path)\n fcntl.flock(file, fcntl.LOCK_EX)\n"
        " subprocess.Popen(['sleep', '600'], pass_fds=[file.fileno()])\n os._exit(1)\n"
    )
    name = emulator.deploy({"F": function(code)})["F"]
    assert emulator.invoke(name, str(held))[0]["errorType"] == "Runtime.ExitError"
    with held.open() as file:
        until(lambda: _locked(file))


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def test_module_that_fails_to_load_is_reported(emulator: RunningEmulator) -> None:
    broken = emulator.deploy({"F": function("import not_there")})["F"]
    answer, error = emulator.invoke(broken)
    assert error == "Unhandled"
    assert answer["errorType"] == "Runtime.ImportModuleError"
    assert "not_there" in answer["errorMessage"]


def test_all_that_was_printed_is_in_the_log(emulator: RunningEmulator) -> None:
    code = (
        "import os\ndef handler(event, context):\n"
        " [print('line', n) for n in range(500)]\n os.write(1, b'raw\\n')\n"
    )
    name = emulator.deploy({"F": function(code)})["F"]
    answer = emulator.client("lambda").invoke(FunctionName=name, LogType="Tail")
    assert "raw" in base64.b64decode(answer["LogResult"]).decode()
    events = emulator.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{name}", filterPattern="line", limit=10_000
    )["events"]
    assert len(events) == 500


def test_silent_warm_call_does_not_wait_for_log_lines(emulator: RunningEmulator) -> None:
    name = emulator.deploy({"F": function("def handler(event, context): pass")})["F"]
    client = emulator.client("lambda")
    at_once = 0
    for _ in range(300):  # a busy machine has its pauses; a wait would be there each time
        started = time.monotonic()
        client.invoke(FunctionName=name)
        at_once += time.monotonic() - started < 0.04
        if at_once == 6:
            return
    pytest.fail(f"{at_once} of 300 calls did not wait")


def test_later_layer_goes_before_an_earlier_one_and_is_unpacked_once(
    emulator: RunningEmulator,
) -> None:
    client = emulator.client("lambda")
    layers = [
        client.publish_layer_version(LayerName=f"layer-{text}", Content={"ZipFile": _layer(text)})[
            "LayerVersionArn"
        ]
        for text in ("early", "late")
    ]
    code = "import which\ndef handler(event, context): return [which.TEXT, which.__file__]"
    ids = emulator.deploy({f"F{n}": function(code, Layers=layers) for n in (1, 2)})
    first, second = (emulator.invoke(ids[key])[0] for key in ("F1", "F2"))
    assert first[0] == "late"
    assert first == second


def _layer(text: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("python/which.py", f"TEXT = {json.dumps(text)}")
    return archive.getvalue()
