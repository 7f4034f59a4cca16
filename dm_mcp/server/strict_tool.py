"""A tool that refuses arguments it does not know, and says of wrong ones what to do."""

from __future__ import annotations

import difflib
import inspect
from typing import Any, cast

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import ValidationError

from dm_mcp.errors import InvalidRequest

__all__ = ["StrictTool"]


class StrictTool(Tool):
    """As `Tool`. The SDK's own drops an argument that it does not know, and then does something else than was asked."""

    def model_post_init(self, context: Any, /) -> None:
        """Tell clients too, in few words: each conversation pays for the list of tools.

        An argument that may be null may be left out, and only that is said: not all clients understand the other. Of
        results not even what is always there is told apart, for it all is, nor the words of an enum, which are read.
        """
        super().model_post_init(context)
        self.description = inspect.cleandoc(self.description)
        required = self.parameters.get("required", [])
        self.parameters = _shortened(self.parameters, nulls=False)
        self.parameters |= {"required": required} if required else {}
        self.parameters["additionalProperties"] = False
        if self.fn_metadata.output_schema is not None:
            self.fn_metadata.output_schema = _without_enums(_shortened(self.fn_metadata.output_schema, nulls=True))

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Check the arguments, then run. Raises ToolError."""
        known = self.parameters.get("properties", {})
        if unknown := [name for name in arguments if name not in known]:
            raise _refused(self._unknown(unknown[0], list(known)))
        try:
            self.fn_metadata.validate_arguments(arguments)
        except ValidationError as error:
            told = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
            raise _refused(InvalidRequest(f"{'; '.join(told)}.", hint="Mend the arguments and call again.")) from None
        return await super().run(arguments, context, convert_result)

    def _unknown(self, name: str, known: list[str]) -> InvalidRequest:
        close = difflib.get_close_matches(name[:100], known, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        if "params" in known and not close:
            hint += "A scenario's own parameters go into `params`. "
        takes = f"It has {', '.join(known)}." if known else "It has none."
        return InvalidRequest(f"{self.name} has no argument {name!r:.100}.", hint=f"{hint}{takes}")


def _refused(error: InvalidRequest) -> ToolError:
    return ToolError(f"{error.code}: {error}"[:4_000])


def _shortened(schema: dict[str, Any], *, nulls: bool) -> dict[str, Any]:
    """A JSON Schema in fewer words: without titles, texts of models, defaults of null, and what is required."""
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in {"properties", "$defs"}:
            named = cast("dict[str, dict[str, Any]]", value)
            kept[key] = {name: _shortened(each, nulls=nulls) for name, each in named.items()}
            for model in kept[key].values() if key == "$defs" else ():
                model.pop("description", None)
        elif key == "items":
            kept[key] = _shortened(value, nulls=nulls)
        elif key == "anyOf":
            kept |= _alternatives(value, nulls=nulls)
        elif key in {"title", "required"} or (key, value) in (("default", None), ("additionalProperties", True)):
            continue
        elif key != "description" or "properties" not in schema:
            kept[key] = value
    return kept


def _without_enums(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with plain text where it refers to an enum."""
    models: dict[str, Any] = schema.get("$defs", {})
    enums = {f"#/$defs/{name}" for name, model in models.items() if "enum" in model}

    def read(part: Any) -> Any:
        if isinstance(part, list):
            return [read(each) for each in cast("list[Any]", part)]
        if not isinstance(part, dict):
            return part
        entries = cast("dict[str, Any]", part)
        return {"type": "string"} if entries.get("$ref") in enums else {key: read(v) for key, v in entries.items()}

    kept = {name: model for name, model in models.items() if "enum" not in model}
    rest = {key: value for key, value in schema.items() if key != "$defs"}
    return read({"$defs": kept, **rest} if kept else rest)


def _alternatives(schemas: list[dict[str, Any]], *, nulls: bool) -> dict[str, Any]:
    """``anyOf``; where it is a type or null, as one list of types, or without the null."""
    match schemas:
        case [only, {"type": "null"}] if not nulls:
            return _shortened(only, nulls=nulls)
        case [{"type": str(type_), **more}, {"type": "null"}]:
            return _shortened({**more, "type": [type_, "null"]}, nulls=nulls)
        case _:
            return {"anyOf": [_shortened(each, nulls=nulls) for each in schemas]}
