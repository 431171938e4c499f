"""Python functions run as on AWS: clean environment, own layers only, errors with their class.

The emulator's worker passes its whole environment on, lets functions import its own packages,
unpacks code and layers for every process, waits 50 ms for log lines, and kills a process whose
handler raised.
"""

from typing import Any

from ministack.core import lambda_runtime

from infra.local.emulator.runtime.worker import FunctionWorker


def apply() -> None:
    choose = lambda_runtime._worker_class_for

    def mended(config: dict[str, Any]) -> Any:
        python = str(config.get("Runtime", "")).startswith("python")
        return FunctionWorker if python else choose(config)

    lambda_runtime._worker_class_for = mended
