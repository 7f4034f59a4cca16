"""Scripts that misbehave: the engine goes on, the result says what happened, and no process is left."""

from __future__ import annotations

import pytest

from dm_mcp.errors import (
    MissingPackage,
    OutOfMemory,
    ProtocolError,
    RunTimedOut,
    ScriptError,
    WorkerCrashed,
    WorkerExited,
)
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from tests.conftest import Database, processes_with
from tests.runs.conftest import RunSource, texts

DM = "from datamaker import DataMaker\ndm = DataMaker()\n"


def header(*lines: str) -> str:
    return "".join(f"# {line}\n" for line in ("/// script", "[tool.dm]", *lines, "///"))


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        ("import os; os._exit(3)", WorkerExited, "status 3"),
        ("import os; os._exit(0)", WorkerExited, "status 0"),
        ("import ctypes; ctypes.string_at(0)", WorkerCrashed, "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", WorkerCrashed, "SIGKILL"),
        ("import os; os.closerange(0, 1000); [None for _ in iter(int, 1)]", WorkerExited, "closed its connection"),
        ("import os; os.closerange(0, 1000)", WorkerExited, "status"),
        ("x = bytearray(20 << 30)", OutOfMemory, "memory limit"),
        ("raise ValueError('bad\\nthing')", ScriptError, "thing"),
        ("import sys; sys.exit('no luck')", ScriptError, "no luck"),
        ("import sys; sys.exit(3)", ScriptError, "sys.exit(3)"),
        ("raise KeyboardInterrupt", ScriptError, "KeyboardInterrupt"),
        ("def f(): f()\nf()", ScriptError, "RecursionError"),
        (DM + "dm.result(object())", ScriptError, "can't be sent"),
        (DM + "dm.result('x' * (20 << 20))", ScriptError, "too large"),
        ("import os; os.write(3, b'garbage' * 100)", ProtocolError, "frame"),
        ("import os, struct; os.write(3, struct.pack('!IBI', 1 << 31, 2, 1))", ProtocolError, "over the limit"),
        ("import os, struct; os.write(3, struct.pack('!IBI', 2, 33, 1) + b'{}')", ProtocolError, "must not send"),
        ("import os, struct; os.write(3, struct.pack('!IBI', 2, 1, 1) + b'{}')", ProtocolError, "no name"),
        ("import os, struct; os.write(3, struct.pack('!IBI', 2, 2, 9) + b'{}')", ProtocolError, "no call"),
        (
            "import os, struct; os.write(3, struct.pack('!IBI', 15, 1, 1) + b'{\"op\": \"format\"}'[:15])",
            ProtocolError,
            "JSON",
        ),
        (
            "import os; b = b'{\"op\":\"rm\"}'; os.write(3, len(b).to_bytes(4) + b'\\1' + b'\\0\\0\\0\\1' + b)",
            ProtocolError,
            "'rm'",
        ),
    ],
)
async def test_a_script_that_misbehaves_fails_with_what_it_did(
    run_source: RunSource, source: str, error: type[Exception] | None, text: str
) -> None:
    run = await run_source(source)
    assert run.status is Status.FAILED
    assert error is None or type(run.error) is error
    assert text in str(run.error)
    assert processes_with(run.id) == []


async def test_the_engine_goes_on_after_every_kind_of_failure(run_source: RunSource) -> None:
    for source in ("import os; os._exit(3)", "import ctypes; ctypes.string_at(0)", "1 / 0", "print('fine')"):
        run = await run_source(source)
    assert run.status is Status.DONE


async def test_a_script_that_never_ends_is_ended_at_its_limit(run_source: RunSource) -> None:
    run = await run_source(header("timeout = 0.3") + "print('looping')\nwhile True: pass")
    assert run.status is Status.TIMED_OUT
    assert type(run.error) is RunTimedOut
    assert "0.3 s" in run.error.message
    assert texts(run) == ["looping", "timed_out: The run reached its limit of 0.3 s."]
    assert processes_with(run.id) == []


async def test_a_script_that_ignores_every_signal_is_ended_too(run_source: RunSource) -> None:
    run = await run_source(
        header("timeout = 0.3")
        + "import signal\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\n"
        "while True: pass"
    )
    assert run.status is Status.TIMED_OUT
    assert processes_with(run.id) == []


DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize("rest", ["print('left')", "os._exit(1)", "1 / 0"])
async def test_a_daemon_ends_with_its_run(run_source: RunSource, rest: str) -> None:
    run = await run_source(DAEMON + rest)
    assert run.status.ended
    assert processes_with(run.id) == []


async def test_garbage_on_standard_output_is_only_text(run_source: RunSource) -> None:
    run = await run_source("import os; os.write(1, b'\\x00\\xff{\"jsonrpc\": 1}\\n' + b'y' * 200_000)")
    assert run.status is Status.DONE
    assert texts(run)[0] == '\ufffd\ufffd{"jsonrpc": 1}'
    assert sum(map(len, texts(run)[1:])) == 200_000


async def test_a_flood_of_output_is_kept_in_bounds(run_source: RunSource) -> None:
    run = await run_source("for n in range(60): print('x' * 1_000_000)\nprint('last')")
    assert run.status is Status.DONE
    assert run.dropped_lines > 0
    assert run.lines[-1].text == "last"
    assert run.lines[-1].number == run.line_count


async def test_a_dependency_that_is_not_installed_is_told_before_the_script_starts(run_source: RunSource) -> None:
    run = await run_source('# /// script\n# dependencies = ["no-such-thing~=1.0"]\n# ///\nprint("started")')
    assert type(run.error) is MissingPackage
    assert "pip install 'no-such-thing~=1.0'" in run.error.hint
    [told] = texts(run)
    assert told.startswith("missing_package: scenario.py: The header asks for 'no-such-thing~=1.0'")


async def test_a_dependency_of_another_version_is_told(run_source: RunSource) -> None:
    run = await run_source('# /// script\n# dependencies = ["numpy<1", "pydantic>=2"]\n# ///\n')
    assert run.error is not None
    assert "'numpy<1'" in run.error.message
    assert "is installed" in run.error.message


async def test_the_script_s_traceback_is_in_the_log_without_frames_of_ours(run_source: RunSource) -> None:
    run = await run_source("def inner():\n    return 1 / 0\n\ninner()\n")
    assert run.error is not None
    assert run.error.where == {"file": "scenario.py", "line": 2}
    assert run.error.message == "ZeroDivisionError: division by zero."
    log = "\n".join(texts(run))
    assert 'File "scenario.py", line 4, in <module>' in log
    assert "return 1 / 0" in log
    assert "dm_mcp" not in log


async def test_the_network_is_out_of_reach_unless_the_header_asks(run_source: RunSource, database: Database) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2)"
        assert (await run_source(connect)).status is Status.FAILED
        assert (await run_source(header("network = true") + connect)).status is Status.DONE


async def test_rows_of_a_worker_that_dies_in_the_middle_are_not_stored(
    run_source: RunSource, database: Database
) -> None:
    run = await run_source(
        """
import os
from datamaker import DataMaker
shop = DataMaker().connection("conn_postgres")

def rows():
    for n in range(100_000):
        if n == 60_000:
            os._exit(1)
        yield {"id": n}

shop.insert("t", rows())
"""
    )
    assert type(run.error) is WorkerExited
    assert await database.connection.fetchval("select to_regclass('t')") is None
    idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
    assert await database.connection.fetchval(idle) == 0


async def test_a_rows_flood_without_credit_ends_the_run(run_source: RunSource, database: Database) -> None:
    await database.connection.execute("create table t (id int)")
    await database.connection.execute("begin; lock t")  # the rows can't flow off
    run = await run_source(
        """
import os, struct
from datamaker import DataMaker
shop = DataMaker().connection("conn_postgres")
channel = shop._session.channel
stream = channel.stream("load", connection="conn_postgres", table="t",
                        columns=[{"name": "id", "type": "integer"}], on_conflict="error", key=[])
body = bytes(1 << 20)
for _ in range(64):
    frame = struct.pack("!IBI", len(body), 2, 2) + body
    while frame:
        frame = frame[os.write(3, frame):]
"""
    )
    await database.connection.execute("rollback")
    assert type(run.error) is ProtocolError
    assert "more rows than it was allowed" in run.error.message


async def test_folders_of_runs_are_gone_afterwards(run_source: RunSource, engine: Engine) -> None:
    await run_source("open('a', 'w').close()")
    await run_source(
        "import os; os.makedirs('d/e'); open('d/e/f', 'w').close(); os.symlink('/etc', 'd/link'); "
        "os.chmod('d/e', 0o500); os.chmod('d', 0); os._exit(1)"
    )
    assert list((engine.workspace.state / "runs").glob("*/*")) == []


@pytest.mark.parametrize("statement", ["dm.log.info(text)", "raise ValueError(text)", "dm.result({text: [text]})"])
async def test_a_lone_surrogate_is_only_a_strange_letter(run_source: RunSource, statement: str) -> None:
    run = await run_source(DM + "text = chr(0xD800)\n" + statement)
    assert run.status.ended
    assert "?" in f"{texts(run)} {run.result} {run.error}"
    f"{texts(run)} {run.result} {run.error}".encode()


@pytest.mark.parametrize("number", ["10**400", "float('nan')", "True", "-1"])
async def test_progress_that_is_no_number_is_refused(run_source: RunSource, number: str) -> None:
    run = await run_source(DM + f"dm.progress({number})")
    assert run.error is not None
    assert run.error.code == "invalid_request"


async def test_folders_a_thousand_deep_are_removed(run_source: RunSource, engine: Engine) -> None:
    run = await run_source("import os\nfor _ in range(1500):\n    os.mkdir('d'); os.chdir('d')")
    assert run.status is Status.DONE
    assert list((engine.workspace.state / "runs").glob("*/*")) == []
