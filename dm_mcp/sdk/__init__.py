"""What a scenario imports as ``datamaker``."""

from dm_mcp.errors import (
    ColumnsMismatch,
    ConnectionFailed,
    ConstraintBroken,
    DmError,
    GenerationError,
    InvalidRequest,
    OutOfScope,
    OverrideError,
    TableNotFound,
    TargetError,
    TemplateError,
    TemplateNotFound,
    ValueMismatch,
)
from dm_mcp.generation.related import Per, per
from dm_mcp.sdk.async_datamaker import AsyncConnection, AsyncDataMaker, AsyncTemplate
from dm_mcp.sdk.connection import Connection, InsertResult
from dm_mcp.sdk.datamaker import DataMaker
from dm_mcp.sdk.log import Log
from dm_mcp.sdk.template import Template

__all__ = [
    "AsyncConnection",
    "AsyncDataMaker",
    "AsyncTemplate",
    "ColumnsMismatch",
    "Connection",
    "ConnectionFailed",
    "ConstraintBroken",
    "DataMaker",
    "DmError",
    "GenerationError",
    "InsertResult",
    "InvalidRequest",
    "Log",
    "OutOfScope",
    "OverrideError",
    "Per",
    "TableNotFound",
    "TargetError",
    "Template",
    "TemplateError",
    "TemplateNotFound",
    "ValueMismatch",
    "per",
]
