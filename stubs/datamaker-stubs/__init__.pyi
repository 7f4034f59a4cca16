# What an editor sees behind `from datamaker import ...`; inside a run the name is dm_mcp.sdk itself.
from dm_mcp.sdk import *  # noqa: F403 - the same names, whatever they are
from dm_mcp.sdk import __all__ as __all__
