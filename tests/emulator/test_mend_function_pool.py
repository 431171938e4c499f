"""Concurrent calls of one function: bounded processes, nothing refused; reserved concurrency."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.emulator.support import RunningEmulator, function

BUSY = """
import os, time
def handler(event, context):
    time.sleep(0.2)
    return os.getpid()
"""


def test_calls_beyond_the_bound_wait_for_a_free_process(emulator: RunningEmulator) -> None:
    name = emulator.deploy({"F": function(BUSY)})["F"]
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: emulator.invoke(name), range(40)))
    assert all(error is None for _, error in answers)
    assert 2 <= len({pid for pid, _ in answers}) <= 16


def test_reserved_concurrency_of_a_template_is_kept_through_updates(
    emulator: RunningEmulator,
) -> None:
    stack = "reserved-concurrency"
    name = emulator.deploy({"F": function(BUSY, ReservedConcurrentExecutions=0)}, stack)["F"]
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        emulator.invoke(name)
    emulator.deploy({"F": function(BUSY, ReservedConcurrentExecutions=2)}, stack)
    assert emulator.invoke(name)[1] is None
    reserved = emulator.client("lambda").get_function_concurrency(FunctionName=name)
    assert reserved["ReservedConcurrentExecutions"] == 2
    emulator.deploy({"F": function(BUSY)}, stack)
    open_again = emulator.client("lambda").get_function_concurrency(FunctionName=name)
    assert "ReservedConcurrentExecutions" not in open_again
