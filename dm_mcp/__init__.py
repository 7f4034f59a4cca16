"""dm-mcp: scenario tools for AI agents, and the engine under them."""

__version__ = "0.1.0"
