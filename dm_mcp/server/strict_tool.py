"""A tool that refuses arguments it does not know, and says of wrong ones what to do."""

from __future__ import annotations

import difflib
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import ValidationError

from dm_mcp.errors import InvalidRequest

__all__ = ["StrictTool"]


class StrictTool(Tool):
    """As `Tool`. The SDK's own drops an argument that it does not know, and then does something else than was asked."""

    def model_post_init(self, context: Any, /) -> None:
        """Tell clients too."""
        super().model_post_init(context)
        self.parameters["additionalProperties"] = False

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
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        if "params" in known and not close:
            hint += "A scenario's own parameters go into `params`. "
        return InvalidRequest(f"{self.name} has no argument {name!r}.", hint=f"{hint}It has {', '.join(known)}.")


def _refused(error: InvalidRequest) -> ToolError:
    return ToolError(f"{error.code}: {error}")
