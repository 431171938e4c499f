"""The requests of one execution, sent from a thread of their own while the child runs.

Imported with the first request: asyncio and TLS take longer to load than most executions run.
"""

import asyncio
import base64
import os
import threading
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import partial

from functions.code_executor.fetching.client import Answer, FetchClient, failure
from functions.code_executor.fetching.operations import BadOperation, Cancel, read_operation
from shared.core.observability import get_logger


class FetchLoop:
    """The event loop of all requests of this process, on one thread."""

    def __init__(self, client: FetchClient) -> None:
        self.client = client
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()

    def submit(self, work: Coroutine[None, None, Answer]) -> Future[Answer]:
        """Start a coroutine; its future can be cancelled from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Cancel what runs and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class FetchSession:
    """What one execution has asked for. `wake` can be read when an answer is there.

    Args:
        most: how many requests it may send; further ones are not answered, since the child's
            own JavaScript refuses them before.
    """

    def __init__(self, loop: FetchLoop, most: int) -> None:
        self._loop = loop
        self._most = most
        self._lock = threading.Lock()
        self._done: deque[Answer] = deque()
        self._running: dict[int, Future[Answer]] = {}
        self.wake, self._notify = os.pipe()
        self._open = True
        self.count = 0

    def take(self, line: bytes) -> None:
        """Start or cancel what an operation asks for; one that is none is ignored."""
        try:
            operation = read_operation(line)
        except BadOperation:
            return
        if isinstance(operation, Cancel):
            running = self._running.pop(operation.id, None)
            if running is not None:
                running.cancel()
        elif self.count < self._most and operation.id not in self._running:
            self.count += 1
            future = self._loop.submit(self._loop.client.perform(operation))
            self._running[operation.id] = future
            future.add_done_callback(partial(self._finished, operation.id))

    def _finished(self, fetch_id: int, future: Future[Answer]) -> None:
        # On the loop's thread, or on the one that cancels.
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            get_logger().error("a request of code failed by our fault", exc_info=error)
        answer = failure(fetch_id, "ERR_CONNECTION") if error is not None else future.result()
        with self._lock:
            if self._open:
                self._done.append(answer)
                os.write(self._notify, b".")

    def answers(self) -> list[bytes]:
        """What has come since the last call: JSON about a response, its body in Base64."""
        with self._lock:
            done = list(self._done)
            self._done.clear()
            if done:
                os.read(self.wake, len(done))
        return [b"%b\n%b" % (answer.about, base64.b64encode(answer.body)) for answer in done]

    def close(self) -> None:
        """Cancel what still runs."""
        with self._lock:
            self._open = False
            os.close(self.wake)
            os.close(self._notify)
        for future in self._running.values():
            future.cancel()
