"""Every failure that a user or an agent can cause, as one small tree with stable codes.

::

    DmError
    ├── WorkspaceError            workspace_invalid    the folder or dm.toml
    │   ├── ScenarioError         scenario_invalid     a script or its header
    │   │   ├── ScenarioNotFound  scenario_not_found
    │   │   ├── ScenarioUnclear   scenario_unclear     a phrase that fits several, or none for sure
    │   │   └── ParamsError       params_invalid       parameters that the header does not admit
    │   └── TemplateError         template_invalid     a template or one of its fields
    │       └── TemplateNotFound  template_not_found
    ├── GenerationError           generation_failed    a value that can't be made
    │   └── OverrideError         override_invalid
    ├── ConnectionFailed          connection_failed    the target can't be reached or refuses the login
    ├── OutOfScope                out_of_scope         the run may not use what it named
    ├── NotAllowed                not_allowed          the scenario asks for more than the owner's policy allows
    ├── TargetError               target_error         the target refused a statement
    │   ├── TableNotFound         table_not_found
    │   ├── ColumnsMismatch       columns_mismatch     unknown or missing columns
    │   ├── ValueMismatch         value_mismatch       a value that its column can't hold
    │   └── ConstraintBroken      constraint_broken    unique, foreign key, not null, check
    ├── RunNotFound               run_not_found
    ├── QueueFull                 queue_full
    ├── KeyTaken                  idempotency_conflict another request has this idempotency key
    ├── StoreFailed               store_failed         the history can't be written or read
    ├── ServerUnreachable         server_unreachable   the server that owns a run does not answer
    ├── RunError                  run_failed           a run that ended other than well
    │   ├── ScriptError           script_error         the script raised
    │   ├── MissingPackage        missing_package      a declared dependency is not installed
    │   ├── OutOfMemory           out_of_memory
    │   ├── OutOfDisk             out_of_disk          its folder took more than its limit
    │   ├── RunTimedOut           timed_out
    │   ├── RunCancelled          cancelled
    │   ├── RunInterrupted        interrupted          the server stopped while it ran
    │   ├── WorkerCrashed         worker_crashed       a signal ended the worker
    │   ├── WorkerExited          worker_exited        the worker ended without finishing the script
    │   └── WorkerUnavailable     worker_unavailable   no worker could be started
    ├── ProtocolError             protocol_error       a malformed or oversized frame
    ├── Unauthorized              unauthorized         no bearer token, or a wrong one
    └── InvalidRequest            invalid_request      an argument that is out of range or unknown

An error says what was wrong (``message``), where (``where``) and what to do (``hint``). It crosses the control socket
as the dictionary of `DmError.to_dict` and is raised again on the other side by `from_dict`, as the same class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypedDict, Unpack, cast

__all__ = [
    "ColumnsMismatch",
    "ConnectionFailed",
    "ConstraintBroken",
    "DmError",
    "GenerationError",
    "InvalidRequest",
    "KeyTaken",
    "MissingPackage",
    "NotAllowed",
    "OutOfDisk",
    "OutOfMemory",
    "OutOfScope",
    "OverrideError",
    "ParamsError",
    "ProtocolError",
    "QueueFull",
    "RunCancelled",
    "RunError",
    "RunInterrupted",
    "RunNotFound",
    "RunTimedOut",
    "ScenarioError",
    "ScenarioNotFound",
    "ScenarioUnclear",
    "ScriptError",
    "ServerUnreachable",
    "StoreFailed",
    "TableNotFound",
    "TargetError",
    "TemplateError",
    "TemplateNotFound",
    "Unauthorized",
    "ValueMismatch",
    "Where",
    "WorkerCrashed",
    "WorkerExited",
    "WorkerUnavailable",
    "WorkspaceError",
    "from_dict",
]


class Where(TypedDict, total=False):
    """The place of a failure; only what is known is there.

    ``file`` is relative to the workspace; ``line`` and ``row`` count from 1. ``value`` is shortened, and absent for a
    sensitive field.
    """

    file: str
    line: int
    field: str
    param: str
    connection: str
    table: str
    row: int
    column: str
    value: str
    constraint: str


class DmError(Exception):
    """The root of the tree. ``code`` is stable: programs may test it."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", **where: Unpack[Where]) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where: Where = where

    def __str__(self) -> str:
        """One paragraph: where, what, then what to do."""
        place = self.place
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} {self.hint}" if self.hint else text

    @property
    def place(self) -> str:
        """``file:line, field 'email'``, as far as it is known."""
        where = self.where
        parts: list[str] = []
        if "file" in where:
            parts.append(f"{where['file']}:{where['line']}" if "line" in where else where["file"])
        names = ("field", "param", "connection", "table", "column")
        parts += [f"{key} {name!r}" for key in names if (name := where.get(key)) is not None]
        if "row" in where:
            parts.append(f"row {where['row']}")
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON-ready data: code, message, hint, where."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "where": dict(self.where)}


class WorkspaceError(DmError):
    """Raised when the workspace's folder or its ``dm.toml`` can't be used."""

    code = "workspace_invalid"


class ScenarioError(WorkspaceError):
    """Raised when a script or its header is broken."""

    code = "scenario_invalid"


class ScenarioNotFound(ScenarioError):
    """Raised when nothing in the workspace goes by that name."""

    code = "scenario_not_found"


class ScenarioUnclear(ScenarioError):
    """Raised when a phrase names no scenario for sure; the hint lists the candidates."""

    code = "scenario_unclear"


class ParamsError(ScenarioError):
    """Raised when the parameters of a run are not those that the scenario's header admits."""

    code = "params_invalid"


class TemplateError(WorkspaceError):
    """Raised when a template, a field or an option of one is broken."""

    code = "template_invalid"


class TemplateNotFound(TemplateError):
    """Raised when no template has that id or name."""

    code = "template_not_found"


class GenerationError(DmError):
    """Raised when a value can't be made."""

    code = "generation_failed"


class OverrideError(GenerationError):
    """Raised when an override names no field of the template, or has nothing to pick from."""

    code = "override_invalid"


class ConnectionFailed(DmError):
    """Raised when a target can't be reached, refuses the login, or is lost on the way."""

    code = "connection_failed"


class OutOfScope(DmError):
    """Raised when a run names a connection that it did not declare."""

    code = "out_of_scope"


class NotAllowed(DmError):
    """Raised when a scenario asks for more than the policy of ``dm.toml`` allows."""

    code = "not_allowed"


class TargetError(DmError):
    """Raised when a target refuses a statement; nothing of that statement is stored."""

    code = "target_error"


class TableNotFound(TargetError):
    """Raised when a table is missing and the connection may not make it."""

    code = "table_not_found"


class ColumnsMismatch(TargetError):
    """Raised before the first row when rows and table have different columns."""

    code = "columns_mismatch"


class ValueMismatch(TargetError):
    """Raised when a value is none that its column can hold; names row, column, value and the type expected."""

    code = "value_mismatch"


class ConstraintBroken(TargetError):
    """Raised when rows break a unique, foreign key, not null or check constraint."""

    code = "constraint_broken"


class RunError(DmError):
    """Raised when a run ends other than well."""

    code = "run_failed"


class RunNotFound(DmError):
    """Raised when no run has that id."""

    code = "run_not_found"


class ScriptError(RunError):
    """Raised when the script raised; ``where`` is the script's own line."""

    code = "script_error"


class MissingPackage(RunError):
    """Raised before the script starts when a dependency of its header is not installed."""

    code = "missing_package"


class OutOfMemory(RunError):
    """Raised when a run reached its memory limit."""

    code = "out_of_memory"


class OutOfDisk(RunError):
    """Raised when a run's folder holds more than its limit."""

    code = "out_of_disk"


class RunTimedOut(RunError):
    """Raised when a run reached its time limit."""

    code = "timed_out"


class RunCancelled(RunError):
    """Raised when somebody cancelled the run."""

    code = "cancelled"


class RunInterrupted(RunError):
    """Raised when the server stopped while the run went on."""

    code = "interrupted"


class QueueFull(DmError):
    """Raised when as many runs wait as the limits allow."""

    code = "queue_full"


class KeyTaken(DmError):
    """Raised when a run that was another request has the idempotency key."""

    code = "idempotency_conflict"


class StoreFailed(DmError):
    """Raised when the history of runs can't be written or read; nothing of it has changed."""

    code = "store_failed"


class ServerUnreachable(DmError):
    """Raised when the server that owns a run lives, but does not answer."""

    code = "server_unreachable"


class WorkerCrashed(RunError):
    """Raised when a signal ended the worker: a segmentation fault, or a kill from outside."""

    code = "worker_crashed"


class WorkerExited(RunError):
    """Raised when the worker ended, or cut its connection, before the script was finished."""

    code = "worker_exited"


class WorkerUnavailable(RunError):
    """Raised when no worker could be started."""

    code = "worker_unavailable"


class ProtocolError(DmError):
    """Raised on a malformed or oversized frame; it ends the run that sent it, never the server."""

    code = "protocol_error"


class Unauthorized(DmError):
    """Raised when a caller shows no bearer token, or a wrong one."""

    code = "unauthorized"


class InvalidRequest(DmError):
    """Raised when an argument is out of range or unknown."""

    code = "invalid_request"


def _classes(root: type[DmError] = DmError) -> Iterator[type[DmError]]:
    yield root
    for child in root.__subclasses__():
        yield from _classes(child)


def from_dict(data: Mapping[str, Any]) -> DmError:
    """The error that `DmError.to_dict` described, as its own class; an unknown code gives a plain `DmError`."""
    classes = {cls.code: cls for cls in _classes() if "code" in vars(cls)}
    cls = classes.get(str(data.get("code")), DmError)
    where = cast("dict[str, Any]", found) if isinstance(found := data.get("where"), dict) else {}
    known = cast("Where", {key: value for key, value in where.items() if key in Where.__annotations__})
    return cls(str(data.get("message", "")), hint=str(data.get("hint", "")), **known)
