"""Lambda entry: one execution, or the state of this copy."""

from functools import cache
from typing import Any

from functions.code_executor.executor import Executor
from functions.code_executor.service import answer
from functions.code_executor.settings import EngineSettings


@cache
def _executor() -> Executor:
    # Started with the first call: the zygote warms up while that call runs in its first child.
    from functions.code_executor.service import report_open_engine

    return Executor(EngineSettings(), on_open=report_open_engine)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`shared/code/wire.py` has the forms of event and answer."""
    return answer(_executor(), event, context.get_remaining_time_in_millis())
