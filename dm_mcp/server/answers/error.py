"""A failure as part of an answer."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, WithJsonSchema

from dm_mcp.errors import DmError, from_dict
from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.bounds import cut

__all__ = ["ErrorInfo", "Failure"]


class ErrorInfo(BaseModel):
    """A failure."""

    code: str
    """Stable: programs may test it."""
    message: str
    hint: str
    """What to do."""
    where: dict[str, Any]
    """File, line, field, row, column ... as far as known."""

    @classmethod
    def of(cls, error: DmError) -> ErrorInfo:
        """The error as data."""
        return cls.model_validate(error.to_dict())

    def shown(self) -> Self:
        """The error, its texts cut."""
        where = {
            name: cut(value, bounds.ERROR_PLACE) if isinstance(value, str) else value
            for name, value in self.where.items()
        }
        message, hint = cut(self.message, bounds.ERROR_MESSAGE), cut(self.hint, bounds.ERROR_HINT)
        return self.model_copy(update={"message": message, "hint": hint, "where": where})

    def as_text(self) -> str:
        """Code, where, what, what to do."""
        return f"{self.code}: {from_dict(self.model_dump())}"


Failure = Annotated[ErrorInfo, WithJsonSchema({"type": "object", "description": "code, message, hint, where"})]
"""An error in a result, told to clients in few words: each tool's schema would repeat the whole."""
