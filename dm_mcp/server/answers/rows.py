"""What callers are told of generated rows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

__all__ = ["FieldTypeList", "GenerateResult"]


class GenerateResult(BaseModel):
    """Rows of a template."""

    template: str
    seed: int
    columns: list[dict[str, str]] = Field(description="name and type")
    count: int = Field(description="rows made")
    rows: list[dict[str, Any]] | None = Field(default=None, description="format json")
    text: str | None = Field(default=None, description="the other formats of text")
    resource: str | None = Field(default=None, description="has all rows, if not all are shown")
    note: str | None = None


class FieldTypeList(BaseModel):
    """Field types; of a single one all there is to know."""

    types: dict[str, str] = Field(description="what each makes, by name")
    options: dict[str, Any] | None = Field(default=None, description="their JSON Schema")
    field: dict[str, Any] | None = Field(default=None, description="an example")
    sample: list[Any] | None = Field(default=None, description="what the example makes")
