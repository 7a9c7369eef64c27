"""How a command ends: exit codes, and the exceptions that carry them."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of comply-db; docs/errors.md explains them to users."""

    OK = 0
    USAGE = 2
    PENDING = 3
    INVALID = 4
    LOCKED = 5
    FAILED = 6
    PARTIAL = 7
    CONNECT = 8
    DRIFT = 9
    LOCK_TIMEOUT = 10
    TAMPERED = 11
    INTERRUPTED = 130
    TERMINATED = 143


class RunnerError(Exception):
    """A reason to stop, with the exit code that says so and the next thing to do."""

    def __init__(self, exit_code: Exit, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.hint = hint


class Interrupted(KeyboardInterrupt):
    """SIGINT or SIGTERM. A KeyboardInterrupt, because that is what makes psycopg cancel the statement."""

    def __init__(self, exit_code: Exit) -> None:
        super().__init__()
        self.exit_code = exit_code
