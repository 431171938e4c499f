"""The process that children are copied from.

It holds V8 with everything loaded, and never runs anybody's code. V8 lives on a thread of its
own; the copy is made from a call on that thread, so that the copy has it (decision 0121).
"""

import gc
import os
import select
import signal
import socket
import sys
from _thread import start_new_thread
from contextlib import suppress

from functions.code_executor.engine.child import serve
from functions.code_executor.engine.confinement import Confinement
from functions.code_executor.engine.control import (
    BORN,
    BURIED,
    COMMAND,
    FORK,
    LOADED,
    REPORT,
)
from functions.code_executor.engine.isolate import Isolate
from functions.code_executor.engine.scripts import Limits

# What may be sent to a child, or by it, and not yet be read, as far as the kernel allows: 2 MiB
# otherwise go in ten pieces, and each of them waits for the other side to be scheduled.
_UNREAD_BYTES = 2**20


class Zygote:
    """Serves one broker.

    Args:
        control: commands come from here, reports go there.
    """

    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self._control = control
        self._limit = limits.result_bytes
        self._isolate = Isolate(limits)
        self._copy = self._isolate.v8.hook(self._fork)
        self._nothing = self._isolate.v8.array()
        self._confinement = Confinement(limits.heap_mb, limits.cpu_s)
        # The broker's and the child's end of the socket of the child that is being made.
        self._ends: tuple[socket.socket, socket.socket]
        self._born = 0
        self._children: set[int] = set()
        # What is there now is in every copy: collecting would only write to shared pages.
        gc.disable()
        gc.freeze()

    def run(self) -> None:
        """Take commands until the broker is gone; load modules whenever there is none."""
        commands = select.poll()
        commands.register(self._control, select.POLLIN)
        # It is also gone where a report cannot be sent, or where it left some unread.
        with suppress(ConnectionError):
            while self._serve(commands):
                pass
        self._end()

    def _serve(self, commands: select.poll) -> bool:
        if not self._isolate.loaded and not commands.poll(0):
            self._load_next()
            return True
        command = self._control.recv(COMMAND.size, socket.MSG_WAITALL)
        if len(command) < COMMAND.size:
            return False
        letter, process = COMMAND.unpack(command)
        if letter == FORK:
            self._bear()
        else:
            self._bury(process)
        return True

    def _load_next(self) -> None:
        self._isolate.load_next()
        if self._isolate.loaded:
            self._confinement.grown()
            gc.freeze()
            self._control.sendall(REPORT.pack(LOADED, 0, 0))

    def _bear(self) -> None:
        near, far = socket.socketpair()
        for end in (near, far):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD_BYTES)
        self._ends = (near, far)
        v8 = self._isolate.v8
        v8.free(v8.call_with(self._copy, self._nothing))
        self._children.add(self._born)
        report = REPORT.pack(BORN, self._born, int(self._isolate.loaded))
        socket.send_fds(self._control, [report], [near.fileno()])
        near.close()
        far.close()

    def _fork(self) -> None:
        """On V8's thread. In the copy it is the only one, until `serve` gets another."""
        self._born = os.fork()
        if self._born == 0:
            self._become_child()

    def _become_child(self) -> None:
        near, far = self._ends
        near.close()
        self._control.close()
        self._confinement.enter()
        self._isolate.v8.forget_parent()
        start_new_thread(serve, (self._isolate, far, self._confinement, self._limit))

    def _bury(self, process: int) -> None:
        """End a child, if it has not ended, and report how it did."""
        if process not in self._children:
            return
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        self._children.discard(process)
        self._control.sendall(REPORT.pack(BURIED, process, status))

    def _end(self) -> None:
        for process in self._children:
            os.kill(process, signal.SIGKILL)
        for process in self._children:
            os.waitpid(process, 0)


def main() -> None:
    """Serve the broker: the arguments after the path are its descriptor and the limits."""
    descriptor, *limits = map(int, sys.argv[2:])
    Zygote(socket.socket(fileno=descriptor), Limits(*limits)).run()
    # V8's thread waits for work for ever; nothing is left to tidy up.
    os._exit(0)
