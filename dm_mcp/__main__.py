"""``python -m dm_mcp`` is ``dm-mcp``."""

import sys

from dm_mcp.cli import main

if __name__ == "__main__":
    sys.exit(main())
