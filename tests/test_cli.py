"""The command line, as a process: what a shell and CI see."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dm_mcp import __version__
from tests.conftest import Database, processes_with

Write = Callable[[str, str], None]
Command = Callable[..., subprocess.CompletedProcess[str]]
DM = "from datamaker import DataMaker\ndm = DataMaker()\n"
PARAMS = """# /// script
# [tool.dm]
# title = "Seeding"
# [tool.dm.params.count]
# type = "integer"
# default = 3
# ///
"""


@pytest.fixture
def dm_mcp(root: Path) -> Command:
    """Run ``dm-mcp`` on the test's workspace."""

    def run(*arguments: str, workspace: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        given = ["--workspace", str(root)] if workspace else []
        command = [sys.executable, "-m", "dm_mcp", *arguments[:1], *given, *arguments[1:]]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=50)

    return run


def test_the_version_is_told(dm_mcp: Command) -> None:
    assert dm_mcp("--version", workspace=False).stdout == f"dm-mcp {__version__}\n"


@pytest.mark.parametrize("command", ["serve", "run", "list", "generate", "check"])
def test_every_command_explains_itself(dm_mcp: Command, command: str) -> None:
    done = dm_mcp(command, "--help", workspace=False)
    assert done.returncode == 0
    assert "usage: dm-mcp" in done.stdout


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


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["run", "nothing"], "scenario_not_found"),
        (["run", "a", "-p", "cuont=1"], "count"),
        (["run", "a", "-p", "count=many"], "count"),
        (["run", "a", "-p", "count"], "NAME=VALUE"),
        (["run", "a", "--seed", "-1"], "out of range"),
        (["generate", "tmpl_nothing"], "template_not_found"),
        (["generate", "tmpl_order", "--count", "-1"], "invalid_request"),
        (["generate", "tmpl_order", "--override", "staus=1"], "override_invalid"),
        (["generate", "tmpl_order", "--output", "/nowhere/file"], "can't be written"),
        (["generate", "tmpl_order", "--format", "xml"], "invalid choice"),
    ],
)
def test_wrong_input_exits_with_2_and_says_what_to_mend(
    dm_mcp: Command, write: Write, arguments: list[str], text: str
) -> None:
    write("a", PARAMS)
    done = dm_mcp(*arguments)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_workspace_says_what_was_tried(dm_mcp: Command, tmp_path: Path) -> None:
    done = dm_mcp("list", workspace=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "DM_WORKSPACE" in done.stderr


def test_list_shows_scenarios_parameters_templates_and_connections(dm_mcp: Command, write: Write) -> None:
    write("a", PARAMS)
    write("b", "def (")
    text = dm_mcp("list").stdout
    for part in ("a\n    Seeding", "-p count=3  integer", "broken: b.py:1", "tmpl_order", "conn_postgres"):
        assert part in text
    assert [each["id"] for each in json.loads(dm_mcp("list", "--json").stdout)] == ["a", "b"]


def test_generate_writes_rows_to_a_file_or_to_standard_output(dm_mcp: Command, tmp_path: Path) -> None:
    printed = dm_mcp("generate", "tmpl_order", "--count", "20000", "--seed", "3", "--format", "jsonl")
    assert "20000 rows of tmpl_order, seed 3" in printed.stderr
    rows = [json.loads(line) for line in printed.stdout.splitlines()]
    assert len(rows) == 20_000
    file = tmp_path / "rows.json"
    dm_mcp("generate", "Order", "--count", "20000", "--seed", "3", "--output", str(file), "--override", "amount=5")
    assert json.loads(file.read_text()) == [{**row, "amount": 5} for row in rows]


def test_a_reader_that_stops_reading_is_no_failure(dm_mcp: Command, root: Path) -> None:
    command = (
        f"{sys.executable} -m dm_mcp generate --workspace {root} tmpl_order --count 300000 --format jsonl | head -1"
    )
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=50)
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_check_tells_what_is_well_and_what_is_not(
    dm_mcp: Command, write: Write, root: Path, database: Database
) -> None:
    write("a", "print(1)")
    well = dm_mcp("check")
    assert well.returncode == 0
    assert "ok     connection conn_postgres: PostgreSQL" in well.stdout
    assert "isolation" in well.stdout
    write("b", "def (")
    (root / "templates" / "bad.json").write_text("{")
    faulty = dm_mcp("check")
    assert faulty.returncode == 1
    assert "FAULT  scenario b: b.py:1" in faulty.stdout
    assert "FAULT  template bad" in faulty.stdout


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


def test_a_server_ends_on_sigterm_while_its_client_is_there(root: Path) -> None:
    command = [sys.executable, "-m", "dm_mcp", "serve", "--workspace", str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 130


def test_the_live_log_has_a_progress_bar_on_a_terminal(root: Path, write: Write) -> None:
    import pty

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
