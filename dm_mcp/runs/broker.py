"""The server's side of ``dm``: each call of a run is checked against its scope and done here, with the credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dm_mcp.connections.base import Connection, LoadRequest, Stored
from dm_mcp.errors import InvalidRequest, OutOfScope, ProtocolError
from dm_mcp.generation.schema import ColumnSpec, ColumnType
from dm_mcp.protocol import OnConflict
from dm_mcp.runs.exchange import Exchange
from dm_mcp.runs.lookups import look_up
from dm_mcp.runs.targets import Targets
from dm_mcp.workspace.workspace import Workspace

__all__ = ["Broker"]


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Connection(_Call):
    name: str


class _Execute(_Call):
    connection: str
    sql: str
    params: list[Any]


class _Column(_Call):
    name: str
    type: ColumnType
    sensitive: bool = False


class _Load(_Call):
    connection: str
    table: str
    columns: list[_Column]
    on_conflict: OnConflict
    key: list[str]


class Broker:
    """Answers the calls of one run."""

    def __init__(
        self,
        scope: Sequence[str],
        workspace: Workspace,
        targets: Targets,
        on_stored: Callable[[str, str, Stored], None],
    ) -> None:
        """``on_stored`` is told the connection, the table and the counts of each load that was committed."""
        self._scope = scope
        self._workspace = workspace
        self._targets = targets
        self._on_stored = on_stored

    async def answer(self, op: str, arguments: Mapping[str, Any], exchange: Exchange) -> Mapping[str, Any]:
        """Do what a call asks for. Raises what it fails with; `ProtocolError` for one that no SDK makes."""
        try:
            match op:
                case "template" | "file":
                    return look_up(self._workspace, op, arguments)
                case "connection":
                    return self._connection(_Connection.model_validate(arguments))
                case "execute":
                    return await self._execute(_Execute.model_validate(arguments))
                case "load":
                    return await self._load(_Load.model_validate(arguments), exchange)
                case _:
                    raise ProtocolError(f"There is no call {op!r:.50}.")
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            raise InvalidRequest(f"{op}: {name} is wrong.", hint=f"{first['msg']}.") from None

    def _connection(self, call: _Connection) -> Mapping[str, Any]:
        target = self._in_scope(call.name)
        return {"id": target.id, "kind": target.kind}

    async def _execute(self, call: _Execute) -> Mapping[str, Any]:
        return {"rows": await self._in_scope(call.connection).execute(call.sql, call.params)}

    async def _load(self, call: _Load, exchange: Exchange) -> Mapping[str, Any]:
        target = self._in_scope(call.connection)
        columns = tuple(ColumnSpec(c.name, c.type, c.sensitive) for c in call.columns)
        async with target.load(LoadRequest(call.table, columns, call.on_conflict, tuple(call.key))) as load:
            exchange.reply({"columns": [asdict(column) for column in load.targets]})
            stored = await load.store(exchange.rows())
        self._on_stored(target.id, call.table, stored)
        return asdict(stored)

    def _in_scope(self, name_or_id: str) -> Connection:
        """The connection, by id or name, if the run may use it. Raises `OutOfScope`."""
        config = self._workspace.config
        connection_id = config.connection_id(name_or_id)
        if connection_id is None:
            raise OutOfScope(
                "dm.toml defines no such connection.",
                hint=f"Defined: {', '.join(sorted(config.connections)) or 'none'}.",
                connection=name_or_id,
            )
        if connection_id not in self._scope:
            raise OutOfScope(
                "The connection is not in this scenario's scope.",
                hint=f'Add it to the header: connections = ["{connection_id}"].',
                connection=connection_id,
            )
        return self._targets.get(connection_id)
