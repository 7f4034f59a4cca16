"""``dm-mcp run``."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import DM, PARAMS, Command, Write
from tests.conftest import Database, processes_with


def test_a_run_shows_its_log_and_how_it_ended(dm_mcp: Command, write: Write, database: Database) -> None:
    write("a", DM + 'dm.connection("conn_postgres").insert("t", [{"id": 1}])\nprint("stored")\ndm.result({"n": 1})')
    done = dm_mcp("run", "a", "--seed", "5")
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == ["seed 5", "stored"]
    assert "✓ done: A" in done.stdout
    assert "conn_postgres.t: 1 inserted" in done.stdout
    assert "result: {'n': 1}" in done.stdout


def test_with_json_only_the_result_is_on_standard_output(dm_mcp: Command, write: Write) -> None:
    write("a", PARAMS + DM + 'print("a line")\ndm.result(dm.params["count"] + 1)')
    done = dm_mcp("run", "a", "--json", "-p", "count=41")
    result = json.loads(done.stdout)
    assert (result["status"], result["result"]) == ("done", 42)
    assert "a line" in done.stderr


def test_a_failed_run_exits_with_1_and_names_the_line(dm_mcp: Command, write: Write) -> None:
    write("a", "\n\n1 / 0")
    done = dm_mcp("run", "a")
    assert done.returncode == 1
    assert "a.py:3: ZeroDivisionError: division by zero" in done.stdout
    assert "dm_mcp" not in done.stdout + done.stderr


def test_a_run_at_its_limit_exits_with_124(dm_mcp: Command, write: Write) -> None:
    write("a", "# /// script\n# [tool.dm]\n# timeout = 0.2\n# ///\nwhile True: pass")
    assert dm_mcp("run", "a").returncode == 124


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_what_it_started(root: Path, write: Write, number: signal.Signals) -> None:
    write("a", "import os, time\nprint(os.environ['DM_RUN_ID'], flush=True)\ntime.sleep(60)")
    command = [sys.executable, "-m", "dm_mcp", "run", "--workspace", str(root), "a"]
    env = {
        name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"
    }  # the log is live without it
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        process.stdout.readline()
        run_id = process.stdout.readline().strip()
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "cancelled" in errors
    assert "Traceback" not in errors
    assert processes_with(run_id) == []


def test_the_live_log_has_a_progress_bar_on_a_terminal(root: Path, write: Write) -> None:
    write("a", DM + "import time\nfor n in range(5):\n    dm.progress(n + 1, 5)\n    print(n)\n    time.sleep(0.15)")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dm_mcp", "run", "--workspace", str(root), "a"]
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs, env=env) as process:
        os.close(theirs)
        shown = b""
        try:
            while data := os.read(ours, 65536):
                shown += data
        except OSError:  # Linux tells the end of a terminal this way
            pass
        os.close(ours)
    assert process.returncode == 0
    assert "━" in shown.decode()
    assert "✓ done" in shown.decode()


@pytest.mark.parametrize("arguments", [["run", "a"], ["generate", "tmpl_order", "--count", "300000"]])
def test_output_that_nobody_reads_ends_the_command_as_it_ends_other_tools(
    root: Path, write: Write, arguments: list[str]
) -> None:
    write(
        "a", "import os, time\nprint(os.environ['DM_RUN_ID'])\nwhile True:\n    print('x' * 999)\n    time.sleep(0.01)"
    )
    command = [sys.executable, "-m", "dm_mcp", *arguments, "--workspace", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(99)
        process.stdout.close()
        errors = process.stderr.read().decode()
        assert process.wait(30) == 141
    assert "Traceback" not in errors
    assert ("cancelled" in errors) is (arguments[0] == "run")
    if arguments[0] == "run":
        [run_id] = [word for word in errors.split() if word.startswith("run_")]
        assert processes_with(run_id) == []
