"""The filter of system calls, with no other layer round the script: each refused call is really made."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dm_mcp.workers.layers import Layer
from dm_mcp.workers.system_calls import REFUSED
from tests.workers.harness import Bench, until

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
    bench = Bench(tmp_path_factory.mktemp("run"), "subreaper", set(Layer) - {Layer.SYSTEM_CALLS})
    await bench.supervisor.start()
    yield bench
    await bench.supervisor.close()
    await until(lambda: not bench.left())


async def test_every_refused_call_fails(filtered: Bench) -> None:
    outcome = await filtered.run(
        CALL + f"    for name, (x86, arm) in {REFUSED!r}.items():\n"
        "        print(name, call(x86 if os.uname().machine == 'x86_64' else arm, -1, -1, -1, -1, -1))\n"
    )
    assert outcome.stdout == [f"{name} EPERM" for name in REFUSED]


async def test_no_namespace_comes_by_clone_and_clone3_is_not_known(filtered: Bench) -> None:
    outcome = await filtered.run(
        CALL + "    clone = 56 if os.uname().machine == 'x86_64' else 220\n"
        "    print(call(clone, 0x10000000 | 17, 0, 0, 0, 0), call(435, 0, 0))\n"
        "    if os.fork() == 0: os._exit(0)\n"
        "    import threading\n"
        "    threading.Thread(target=print, args=['threads']).start()\n"
    )
    assert outcome.stdout == ["EPERM ENOSYS", "threads"]


async def test_sockets_are_of_few_families(filtered: Bench) -> None:
    outcome = await filtered.run(
        CALL + "    for family in (1, 2, 10, 16, 17, 38, 40):\n"
        "        try:\n"
        "            socket.socket(family, socket.SOCK_DGRAM).close()\n"
        "            print(family, 'made')\n"
        "        except OSError as error:\n"
        "            print(family, errno.errorcode[error.errno])\n"
    )
    made, refused = outcome.stdout[:4], outcome.stdout[4:]
    assert made == [f"{family} made" for family in (1, 2, 10, 16)]
    assert refused == [f"{family} EAFNOSUPPORT" for family in (17, 38, 40)]


async def test_another_calling_convention_ends_the_process(filtered: Bench) -> None:
    outcome = await filtered.run(CALL + "    print(call(0x40000000 | 39))\n    print('lived')")
    assert outcome.status == -31  # SIGSYS
