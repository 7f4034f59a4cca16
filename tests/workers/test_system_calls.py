"""The filter of system calls, with no other layer round the script: each refused call is really made."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dm_mcp.workers.layers import Layer
from dm_mcp.workers.system_calls import REFUSED, REFUSED_AMONG_OTHERS
from tests.workers.conftest import only
from tests.workers.harness import Bench, Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALL = """
    import ctypes, errno, os, socket
    libc = ctypes.CDLL(None, use_errno=True)
    def call(number, *arguments):
        ctypes.set_errno(0)
        result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
        return errno.errorcode[ctypes.get_errno()] if result < 0 else 'done'
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filtered(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async for bench in only(Layer.SYSTEM_CALLS, tmp_path_factory.mktemp("run")):
        yield bench


async def test_every_refused_call_fails(filtered: Bench) -> None:
    outcome = await filtered.run(
        CALL + f"    for name, (x86, arm) in {REFUSED | REFUSED_AMONG_OTHERS!r}.items():\n"
        "        print(name, call(x86 if os.uname().machine == 'x86_64' else arm, -1, -1, -1, -1, -1))\n"
    )
    assert outcome.stdout == [f"{name} EPERM" for name in (*REFUSED, *REFUSED_AMONG_OTHERS)]


async def test_a_run_in_a_root_of_its_own_may_change_what_is_its_own(rooted: Bench) -> None:
    outcome = await rooted.run(
        "import os\nopen('x', 'w').close()\nos.chmod('x', 0o600)\nos.utime('x')\nos.sched_setaffinity(0, {0})\n"
        "os.unlink('x')\nprint('done')"
    )
    assert outcome.stdout == ["done"]


async def test_limits_of_other_processes_stay(filtered: Bench) -> None:
    outcome = await filtered.run(
        "import os, resource\nresource.prlimit(0, resource.RLIMIT_CORE)\n"
        "try: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))\nexcept PermissionError: print('refused')"
    )
    assert outcome.stdout == ["refused"]


async def test_no_namespace_comes_by_clone_and_clone3_is_not_known(filtered: Bench) -> None:
    outcome = await filtered.run(
        CALL + "    clone = 56 if os.uname().machine == 'x86_64' else 220\n"
        "    print(call(clone, 0x10000000 | 17, 0, 0, 0, 0), call(435, 0, 0))\n"
        "    if os.fork() == 0: os._exit(0)\n"
        "    import threading\n"
        "    threading.Thread(target=print, args=['threads']).start()\n"
    )
    assert outcome.stdout == ["EPERM ENOSYS", "threads"]


SOCKETS = (
    CALL
    + """
    for family in (1, 2, 10, 16, 17, 38, 40):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
            print(family, 'made')
        except OSError as error:
            print(family, errno.errorcode[error.errno])
    for family in (1, 17):
        try:
            socket.socketpair(family, socket.SOCK_DGRAM)
            print('pair', family, 'made')
        except OSError as error:
            print('pair', family, errno.errorcode[error.errno])
"""
)


def made(outcome: Outcome) -> dict[str, str]:
    return dict(line.rsplit(" ", 1) for line in outcome.stdout)


async def test_sockets_are_of_few_families(rooted: Bench) -> None:
    found = made(await rooted.run(SOCKETS))
    assert [found[family] for family in ("1", "2", "10", "16", "pair 1")] == ["made"] * 5
    assert [found[family] for family in ("17", "38", "40", "pair 17")] == ["EAFNOSUPPORT"] * 4


async def test_sockets_that_lead_out_of_the_process_are_refused_among_others(filtered: Bench) -> None:
    found = made(await filtered.run(SOCKETS))
    assert [found[family] for family in ("1", "2", "10", "17")] == ["ENETUNREACH"] * 4
    assert [found[family] for family in ("16", "pair 1")] == ["made"] * 2
    found = made(await filtered.run(SOCKETS, network=True))
    assert [found[family] for family in ("2", "10", "16")] == ["made"] * 3
    assert found["1"] == "EAFNOSUPPORT"


async def test_another_calling_convention_ends_the_process(filtered: Bench) -> None:
    outcome = await filtered.run(CALL + "    print(call(0x40000000 | 39))\n    print('lived')")
    assert outcome.status == -31  # SIGSYS
