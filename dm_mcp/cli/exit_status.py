"""What the process tells its caller by its exit status."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from dm_mcp.errors import (
    ConnectionFailed,
    DmError,
    QueueFull,
    RunError,
    RunTimedOut,
    ServerUnreachable,
    StoreFailed,
    TargetError,
)

if TYPE_CHECKING:
    from dm_mcp.runs.run import Status

__all__ = ["ExitStatus", "status_of", "status_of_run"]

_AT_WORK = (RunError, ConnectionFailed, TargetError, QueueFull, ServerUnreachable, StoreFailed)
"""What goes wrong although the command is right."""


class ExitStatus(IntEnum):
    """The statuses of every command."""

    WELL = 0
    FAILED = 1
    """The run failed, or the check found a fault."""
    USAGE = 2
    """The command, a name, a parameter or the workspace is wrong; argparse ends with it too."""
    TIMED_OUT = 124
    """The run reached its time limit: the status of coreutils' ``timeout``."""
    INTERRUPTED = 130
    """128 and the number of SIGINT, as a shell tells it; SIGTERM ends with it too."""
    PIPE_CLOSED = 141
    """128 and the number of SIGPIPE, as a shell tells it of any tool whose output nobody reads (``| head``)."""


def status_of(error: DmError) -> ExitStatus:
    """The status of a command that ended by this error."""
    if isinstance(error, RunTimedOut):
        return ExitStatus.TIMED_OUT
    return ExitStatus.FAILED if isinstance(error, _AT_WORK) else ExitStatus.USAGE


def status_of_run(status: Status) -> ExitStatus:
    """The status of a command that saw a run end like this."""
    known = {"done": ExitStatus.WELL, "timed_out": ExitStatus.TIMED_OUT}
    return known.get(status, ExitStatus.FAILED)
