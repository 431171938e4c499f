"""A bounded number of processes per function; a call beyond it waits for a free one.

AWS starts an environment per concurrent call. Two hundred Python processes would take a
laptop's memory, and starting them takes longer than waiting.
"""

import os
import threading
import time
from collections import defaultdict
from typing import Any

from ministack.services import lambda_svc

_DEFAULT_LIMIT = 16
_WAIT_SECONDS = 120.0
# A worker can leave the pool without being released (its function was updated): look again.
_RECHECK_SECONDS = 1.0


def apply() -> None:
    limit = int(os.environ.get("ROLECRAFT_WORKERS_PER_FUNCTION", _DEFAULT_LIMIT))
    acquire, release = lambda_svc.acquire_worker, lambda_svc.release_worker
    freed: defaultdict[str, threading.Condition] = defaultdict(threading.Condition)

    def mended_acquire(
        func_name: str, config: dict[str, Any], code_zip: bytes, qualifier: str = "$LATEST"
    ) -> tuple[Any, str]:
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            with freed[func_name]:
                worker, reason = acquire(
                    func_name, config, code_zip, qualifier=qualifier, max_concurrency=limit
                )
                if worker is not None or time.monotonic() > deadline:
                    return worker, reason
                freed[func_name].wait(_RECHECK_SECONDS)

    def mended_release(worker: Any) -> None:
        release(worker)
        if worker is not None:
            with freed[worker.func_name]:
                freed[worker.func_name].notify()

    lambda_svc.acquire_worker = mended_acquire
    lambda_svc.release_worker = mended_release
