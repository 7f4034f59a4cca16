"""``dm.toml``: the connections of a workspace and its limits.

A secret is never written there, only where it is to be found: ``${NAME}`` is an environment variable, ``${file:path}``
the text of a file, its path counted from the workspace. Within a DSN's user, password or query the value found is
percent-encoded, so that a password may hold ``@`` or ``/``; a DSN that is one reference is taken as it is.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NoReturn, Self, cast
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import BaseModel, ByteSize, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic import model_validator as validate_model

from dm_mcp.errors import WorkspaceError
from dm_mcp.workspace.toml import explain, line_of, parse_toml

__all__ = [
    "CONFIG_FILE",
    "ConnectionConfig",
    "HistoryConfig",
    "LimitsConfig",
    "PolicyConfig",
    "WorkspaceConfig",
    "parse_config",
]

CONFIG_FILE = "dm.toml"
_MAX_SECRET = 64 * 1024

GIB = 2**30
SMALLEST_MEMORY = 64 * 2**20
"""Bytes under which no Python process starts: a limit below is a slip of the pen (``memory = 2``)."""

_REFERENCE = re.compile(r"\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|file:(?P<path>[^{}]+))\}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SETTINGS = ConfigDict(extra="forbid", strict=True, frozen=True)


def enough_memory(memory: ByteSize) -> ByteSize:
    """The limit, if a Python process can start under it; raises ValueError otherwise."""
    if memory < SMALLEST_MEMORY:
        raise ValueError('A limit of memory must be at least 64 MiB; write for example "2 GiB"')
    return memory


class ConnectionConfig(BaseModel):
    """One ``[connections.<id>]``: a target, by its DSN or as the embedded PostgreSQL."""

    model_config = _SETTINGS

    id: str = ""
    """The last part of the table's name; `parse_config` fills it in."""
    kind: str = "postgres"
    """What it is a connection to: ``"postgres"``, the only kind there is."""
    name: str | None = Field(default=None, min_length=1)
    """A name to call it by, beside its id: ``dm.connection("Shop database")``. No two may be the same."""
    dsn: str | None = None
    """Where the database is, with references for what is secret: ``"${SHOP_DATABASE_URL}"``, or
    ``"postgresql://shop:${SHOP_DB_PASSWORD}@db.example.com/shop"``. A password written out is refused."""
    embedded: bool = False
    """True in place of ``dsn``: a PostgreSQL of the workspace's own, started at first use."""
    create_tables: bool = False
    """Whether an insert may make a table that is missing."""

    @field_validator("id")
    @classmethod
    def _check_id(cls, _: str) -> NoReturn:
        raise ValueError("A connection's id is the name of its table: [connections.<id>]")

    @field_validator("dsn")
    @classmethod
    def _check_dsn(cls, dsn: str, info: ValidationInfo) -> str:
        plain = _REFERENCE.sub("reference", dsn)
        if "${" in plain:
            raise ValueError("A reference is ${NAME} for the environment or ${file:path} for a file")
        if _has_password(_REFERENCE.sub("", dsn), plain):
            raise ValueError(
                "A password does not belong in dm.toml. Put it into the environment and write "
                '"postgresql://user:${SHOP_DB_PASSWORD}@host/db", or the whole DSN as "${SHOP_DATABASE_URL}"'
            )
        root = cast("dict[str, Path]", info.context or {}).get("root", Path())
        return _REFERENCE.sub(lambda found: f"${{file:{root / found['path']}}}" if found["path"] else found[0], dsn)

    @validate_model(mode="after")
    def _check_target(self) -> Self:
        if (self.dsn is None) is not self.embedded:
            raise ValueError('A connection has either dsn = "${...}" or embedded = true, one of them')
        return self

    def resolve_dsn(self, environ: Mapping[str, str]) -> str:
        """The DSN with its references filled in; for the embedded PostgreSQL there is none.

        Raises `WorkspaceError` naming the connection and the variable or file that is missing or empty, never a value.
        """
        if self.dsn is None:
            raise self._unresolved(
                "This connection is the embedded PostgreSQL; it has no dsn.", "Write dsn or embedded."
            )
        dsn = self.dsn

        def fill(found: re.Match[str]) -> str:
            value = self._variable(found["name"], environ) if found["name"] else self._file(found["path"])
            encoded = found.start() < dsn.rfind("@") or "?" in dsn[: found.start()]
            return quote(value, safe="") if encoded else value

        return _REFERENCE.sub(fill, dsn)

    def _variable(self, name: str, environ: Mapping[str, str]) -> str:
        if value := environ.get(name):
            return value
        raise self._unresolved(
            f"The environment variable {name} is not set.",
            f"Set {name} where dm-mcp is started (for an MCP client, in the server's env), then start it again.",
        )

    def _file(self, path: str) -> str:
        try:
            value = _short_file(path).decode().strip()
        except (OSError, UnicodeDecodeError) as cause:
            reason = cause.strerror if isinstance(cause, OSError) else "it is not UTF-8 text"
            raise self._unresolved(
                f"The file {path} can't be read: {reason}.", "Mend the path or its rights."
            ) from None
        if value:
            return value
        raise self._unresolved(f"The file {path} is empty.", "It must hold the secret and nothing else.")

    def _unresolved(self, message: str, hint: str) -> WorkspaceError:
        return WorkspaceError(message, hint=hint, file=CONFIG_FILE, connection=self.id)


def _short_file(path: str) -> bytes:
    """What a regular file holds. Raises OSError for a device, a pipe, or what is too long for a secret.

    A link is followed: container platforms hand out secrets as links.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as handle:
        if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        data = handle.read(_MAX_SECRET + 1)
    if len(data) > _MAX_SECRET:
        raise OSError(errno.EFBIG, f"it is longer than {_MAX_SECRET} bytes")
    return data


def _has_password(bare: str, plain: str) -> bool:
    """Whether a DSN tells a password: ``plain`` has a word in place of each reference, ``bare`` has nothing there."""
    try:
        if urlsplit(plain).password is not None and urlsplit(bare).password:
            return True
        query = urlsplit(bare).query
    except ValueError:  # not a URL; the driver will say so
        query = ""
    told = any(key.lower() in {"password", "passfile", "sslpassword"} and value for key, value in parse_qsl(query))
    return told or bool(re.search(r"(^|\s)password\s*=\s*[^\s]", bare, re.IGNORECASE))


class LimitsConfig(BaseModel):
    """``[limits]``: what a run may use unless its header says otherwise, and how many there may be.

    A limit that is written there is a ceiling too: a header may ask for less, not for more.
    """

    model_config = _SETTINGS

    timeout: float = Field(default=600, gt=0, allow_inf_nan=False)
    """Seconds from a run's start to its end."""
    memory: ByteSize = ByteSize(2 * GIB)
    """Bytes of address space that each process of a run may have, and of memory in use for all of them together;
    ``"2 GiB"`` and ``"500 MB"`` are understood. At least 64 MiB."""
    disk: ByteSize = ByteSize(4 * GIB)
    """Bytes of all files that a run has in its folder."""
    runs: int = Field(default=4, ge=1)
    """Runs at once."""
    queued: int = Field(default=200, ge=0)
    """Runs that may wait for their turn."""

    @field_validator("memory")
    @classmethod
    def _check_memory(cls, memory: ByteSize) -> ByteSize:
        return enough_memory(memory)


class HistoryConfig(BaseModel):
    """``[history]``: how much is kept of the runs that have ended."""

    model_config = _SETTINGS

    log_days: float = Field(default=14, gt=0, allow_inf_nan=False)
    """Days that a run's log is kept; its record stays."""
    runs: int = Field(default=10_000, ge=1)
    """Records of runs that are kept; the oldest go first."""
    size: ByteSize = ByteSize(GIB)
    """Bytes of the database; while it is larger, the oldest logs go. ``"500 MB"`` is understood."""


class PolicyConfig(BaseModel):
    """``[policy]``: what scenarios may ask for. One that asks for more is not run."""

    model_config = _SETTINGS

    connections: list[str] | None = None
    """Ids of the connections that scenarios may use; without the key all that ``dm.toml`` defines."""
    network: bool = True
    """Whether a header may ask for the machine's network by ``network = true``."""
    isolation: Literal["best", "required"] = "best"
    """``"required"`` runs nothing while a layer of isolation is off that ``dm-mcp check`` lists; ``"best"`` runs with
    those that work."""


class WorkspaceConfig(BaseModel):
    """The whole of ``dm.toml``; an absent file is the same as an empty one."""

    model_config = _SETTINGS

    connections: dict[str, ConnectionConfig] = Field(default_factory=dict[str, ConnectionConfig])
    """The targets that scenarios may use, one table each: ``[connections.<id>]``."""
    limits: LimitsConfig = LimitsConfig()
    """What runs may take: ``[limits]``."""
    history: HistoryConfig = HistoryConfig()
    """How much is kept of the runs that have ended: ``[history]``."""
    policy: PolicyConfig = PolicyConfig()
    """What scenarios may ask for: ``[policy]``."""

    @field_validator("connections")
    @classmethod
    def _check_names(cls, connections: dict[str, ConnectionConfig]) -> dict[str, ConnectionConfig]:
        taken: set[str] = set()
        for id_, connection in connections.items():
            if not _ID.fullmatch(id_):
                raise ValueError(f"The id {id_!r:.60} must be made of letters, digits, '_', '-' and '.'")
            for name in {id_, connection.name or id_}:
                if name in taken:
                    raise ValueError(f"Two connections answer to {name!r:.60}; ids and names must differ")
                taken.add(name)
        return connections

    @validate_model(mode="after")
    def _check_policy(self) -> Self:
        for id_ in self.policy.connections or []:
            if id_ not in self.connections:
                raise ValueError(f"[policy] allows the connection {id_!r:.60}, which no [connections.<id>] defines")
        return self

    def connection_id(self, id_or_name: str) -> str | None:
        """The id of the connection that has this id or name; None when there is none."""
        if id_or_name in self.connections:
            return id_or_name
        return next((id_ for id_, connection in self.connections.items() if connection.name == id_or_name), None)


def parse_config(text: str, root: Path) -> WorkspaceConfig:
    """The configuration that the text of a ``dm.toml`` describes; ``root`` is the workspace's folder.

    Raises `WorkspaceError` with the line, the field and what to do.
    """
    data = parse_toml(text, file=CONFIG_FILE, error=WorkspaceError)
    try:
        config = WorkspaceConfig.model_validate(data, context={"root": root})
    except ValidationError as cause:
        message, hint, path = explain(cause, WorkspaceConfig)
        error = WorkspaceError(message, hint=hint, file=CONFIG_FILE, line=line_of(text, path))
        if len(path) > 1 and path[0] == "connections":
            error.where["connection"] = str(path[1])
        else:
            error.where["field"] = ".".join(map(str, path))
        raise error from None
    known = {id_: connection.model_copy(update={"id": id_}) for id_, connection in config.connections.items()}
    return config.model_copy(update={"connections": known})
