"""A Python that has loaded what the runner depends on, and runs each command in a fork of itself.

Loading click and psycopg takes longer than most commands do, and tests run hundreds. Nothing of the runner is
loaded before the fork: a command still begins with the installed script, in a process of its own.
"""

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

MOST = 1 << 20


class Warm:
    """What runs commands in forks of one process, which ends with it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._one_at_a_time = threading.Lock()
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def run(self, argv: list[str], stdout: IO[bytes], stderr: IO[bytes], timeout: float) -> int:
        """Run a Python script; return its exit code as subprocess does, or raise TimeoutExpired."""
        ours, theirs = socket.socketpair()
        with ours, ours.makefile() as answer:
            with theirs, self._one_at_a_time:
                request = json.dumps({"argv": argv, "cwd": str(Path.cwd())}).encode()
                fds = [stdout.fileno(), stderr.fileno(), theirs.fileno()]
                socket.send_fds(self._ours, [request], fds)
                child = int(answer.readline())
            ours.settimeout(timeout)
            try:
                return int(answer.readline())
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                raise subprocess.TimeoutExpired(argv, timeout) from None

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.wait()


def serve(listener: socket.socket) -> None:
    """Answer each request from a fork, until whoever asks has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, fds, _, _ = socket.recv_fds(listener, MOST, 3)
        if not request:
            return
        if os.fork() == 0:
            listener.close()
            answer(json.loads(request), fds)
        for fd in fds:
            os.close(fd)


def answer(request: dict[str, Any], fds: list[int]) -> None:
    """Run the command in another fork; say which process that is, and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    to = fds.pop()
    child = os.fork()
    if child == 0:
        os.close(to)
        for number, fd in enumerate(fds, 1):
            os.dup2(fd, number)
            os.close(fd)
        run(request)
    for fd in fds:
        os.close(fd)
    os.write(to, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    # Nobody listens any more where it took too long.
    with suppress(BrokenPipeError):
        os.write(to, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(request: dict[str, Any]) -> NoReturn:
    """Become the command, whose script ends with sys.exit."""
    os.chdir(request["cwd"])
    sys.argv = request["argv"]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    import click  # noqa: F401
    import psycopg  # noqa: F401

    serve(socket.socket(fileno=int(sys.argv[1])))
