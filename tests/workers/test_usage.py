"""What a run takes as a whole has a ceiling: memory of all its processes, and files in its folder."""

from __future__ import annotations

import pytest

from dm_mcp.runs.folders import remove_folder
from dm_mcp.workers.keeper import EXCESS
from tests.workers.harness import Bench, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1 << 20
CHILDREN_WITHOUT_REST = """while True:
    if os.fork() == 0:
        if os.fork() == 0: os._exit(0)
        os._exit(0)
    os.wait()
"""
"""The keeper hears of orphans that end, again and again."""


def renew(bench: Bench) -> None:
    """Have an empty folder again."""
    remove_folder(bench.folder)
    bench.folder.mkdir()


async def test_processes_that_share_the_work_share_the_memory_limit(tight: Bench) -> None:
    outcome = await tight.run(
        """
        import os, time
        for _ in range(8):
            if os.fork() == 0: break
        held = os.urandom(1 << 20) * 64
        time.sleep(600)
        """,
        memory=400 * MIB,
    )
    assert outcome.status == EXCESS["memory"]
    await until(lambda: not tight.left())


async def test_pages_that_processes_share_count_once(tight: Bench) -> None:
    outcome = await tight.run(
        """
        import os, time
        held = os.urandom(1 << 20) * 64
        children = []
        for _ in range(8):
            if (child := os.fork()) == 0:
                time.sleep(0.6)
                os._exit(0)
            children.append(child)
        for child in children: os.waitpid(child, 0)
        print('done')
        """,
        memory=256 * MIB,
    )
    assert (outcome.status, outcome.stdout) == (0, ["done"])


@pytest.mark.parametrize(("file", "status"), [("/tmp/full", EXCESS["memory"]), ("full", 0)])
async def test_folders_in_memory_count_as_memory(rooted: Bench, file: str, status: int) -> None:
    outcome = await rooted.run(
        f"""
        import os, time
        with open({file!r}, 'wb') as file:
            for _ in range(60): file.write(bytes(1 << 20))
        children = []
        for _ in range(6):
            if (child := os.fork()) == 0:
                held = os.urandom(1 << 20) * 28
                time.sleep(0.8)
                os._exit(0)
            children.append(child)
        for child in children: os.waitpid(child, 0)
        """,
        memory=240 * MIB,
    )
    assert outcome.status == status
    renew(rooted)


@pytest.mark.parametrize(
    "fill",
    [
        "open('a', 'wb').write(bytes(3 << 20))",
        "os.makedirs('a/b/c'); open('a/b/c/d', 'wb').write(bytes(3 << 20)); os.chmod('a', 0)",
        "[open(str(n), 'w').close() for n in range(10_001)]",
        CHILDREN_WITHOUT_REST + "    open('a', 'ab').write(bytes(1 << 20))",
    ],
)
async def test_a_folder_past_its_limit_ends_the_run(tight: Bench, fill: str) -> None:
    outcome = await tight.run(f"import os, time\n{fill}\ntime.sleep(600)", disk=2 * MIB)
    assert outcome.status == EXCESS["disk"]
    await until(lambda: not tight.left())
    renew(tight)
