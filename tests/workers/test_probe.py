"""Which isolation is chosen, and what is said about it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.workers.harness import Bench

REFUSED_MOUNT = """
    import os
    from dm_mcp.workers import linux
    from dm_mcp.workers.probe import choose

    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    linux.mount = refuse
    found = choose([], None, [])
    print(found.sandbox.isolation, found.note, sep="|")
"""


async def test_namespaces_that_fail_half_way_are_not_used_and_the_reason_is_told() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(REFUSED_MOUNT), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert errors == b""
    isolation, note = output.decode().split("|")
    assert isolation == "subreaper"
    if "clone" not in note and "unshare" not in note:  # a machine without any namespaces stops earlier
        assert "[Errno 13] Permission denied" in note


async def test_no_layer_hangs_on_the_mask_of_new_files() -> None:
    code = "from dm_mcp.workers.probe import choose; print(choose([], None, []).layers)"
    told: list[bytes] = []
    for mask in (0o022, 0o077):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE, umask=mask)
        told.append((await process.communicate())[0])
    assert told[0] == told[1] != b""


@pytest.mark.parametrize("isolation", ["subreaper", "process-group"])
async def test_a_forced_isolation_is_used_and_named(isolation: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, isolation)
    assert bench.supervisor.isolation is None
    await bench.supervisor.start()
    assert bench.supervisor.isolation == isolation
    assert "as asked for" in bench.supervisor.isolation_note
    await bench.supervisor.start()
    await bench.supervisor.close()


def test_an_isolation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="not a valid Isolation"):
        Bench(Path(), "chains")
