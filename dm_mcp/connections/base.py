"""What every kind of connection offers. A kind is one file (or folder) that registers itself in ``registry.py``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from dm_mcp.generation.schema import ColumnSpec
from dm_mcp.protocol import OnConflict

if TYPE_CHECKING:
    from dm_mcp.generation.render.copy import CopyTarget

__all__ = ["Connection", "ConnectionSettings", "Load", "LoadRequest", "Stored"]


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach a target: what ``dm.toml`` says of it, with its secrets filled in."""

    id: str
    dsn: str | None
    """None: the workspace's embedded database."""
    state: Path
    """The workspace's folder for state, where the embedded database lives."""
    create_tables: bool

    def __repr__(self) -> str:
        """Without the DSN, which holds a password."""
        return f"ConnectionSettings(id={self.id!r})"


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """Rows that are about to come for one table."""

    table: str
    columns: tuple[ColumnSpec, ...]
    on_conflict: OnConflict = "error"
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows that one load inserted, updated and skipped."""

    inserted: int = 0
    updated: int = 0
    skipped: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.inserted + other.inserted, self.updated + other.updated, self.skipped + other.skipped)


class Load(Protocol):
    """One transaction that takes rows. Leaving its context without an error commits; with one, nothing is stored."""

    @property
    def targets(self) -> Sequence[CopyTarget]:
        """The columns that the rows must be rendered for, in order."""
        ...

    async def store(self, chunks: AsyncIterator[bytes]) -> Stored:
        """Take the rendered rows, in chunks cut anywhere."""
        ...


class Connection(Protocol):
    """A target that is open, or opens itself at first use."""

    kind: ClassVar[str]
    id: str

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> Self:
        """Make a connection without reaching out yet."""
        ...

    async def verify(self) -> str:
        """Reach the target and say what answered, such as ``PostgreSQL 18.4``. Raises `ConnectionFailed`."""
        ...

    async def execute(self, sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
        """Run a statement. Raises `TargetError` and its kinds."""
        ...

    def load(self, request: LoadRequest) -> AbstractAsyncContextManager[Load]:
        """Begin to store rows. Raises `TableNotFound`, `ColumnsMismatch`, `ConstraintBroken`, `TargetError`."""
        ...

    async def close(self) -> None:
        """Give everything back."""
        ...
