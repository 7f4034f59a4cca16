# What an editor sees behind `from datamaker import ...`; inside a run the name is dm_mcp.sdk itself.
from dm_mcp.sdk import *
from dm_mcp.sdk import __all__ as __all__
