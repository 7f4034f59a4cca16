"""``dm-mcp runs | logs | cancel | rerun | export``: the history, from another process than the one that ran."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import DM, PARAMS, Command, Write

Start = Callable[..., tuple[subprocess.Popen[str], str]]

WAITS = "import os, time\nprint(os.environ['DM_RUN_ID'], flush=True)\ntime.sleep(60)"


@pytest.fixture
def start(root: Path) -> Iterator[Start]:
    """Start ``dm-mcp`` and give it as soon as it has printed a run's id on its second line."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "dm_mcp", *arguments, "--workspace", str(root)]
        env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def run_id_of(dm_mcp: Command) -> str:
    return json.loads(dm_mcp("runs", "--json", "--limit", "1").stdout)[0]["run_id"]


def test_runs_lists_the_latest_first(dm_mcp: Command, write: Write) -> None:
    assert dm_mcp("runs").stdout == "no runs\n"
    write("good", "print(1)")
    write("bad", "1 / 0")
    dm_mcp("run", "good")
    dm_mcp("run", "bad")
    _, first, second = dm_mcp("runs").stdout.splitlines()
    run_id, status, day, time, *_, error, scenario = first.split()
    assert (status, error, scenario) == ("failed", "script_error", "bad")
    assert datetime.fromisoformat(f"{day} {time}").tzinfo is not None
    assert second.split()[1::5] == ["done", "-"]
    failed = json.loads(dm_mcp("runs", "--status", "failed", "--json").stdout)
    assert failed[0]["run_id"] == run_id
    assert [(run["scenario"], run["caller"], run["error"]["code"]) for run in failed] == [
        ("bad", "cli", "script_error")
    ]
    assert "good" not in dm_mcp("runs", "--scenario", "bad").stdout


def test_runs_of_a_scenario_are_found_by_its_title_and_when_it_is_gone(
    dm_mcp: Command, write: Write, root: Path
) -> None:
    write("a", PARAMS)
    dm_mcp("run", "a")
    assert dm_mcp("runs", "--scenario", "Seeding").stdout.count("run_") == 1
    unknown = dm_mcp("runs", "--scenario", "nope")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "scenario_not_found" in unknown.stderr
    (root / "a.py").unlink()
    assert dm_mcp("runs", "--scenario", "a").stdout.count("run_") == 1


@pytest.mark.parametrize("limit", ["0", "-3"])
def test_a_limit_below_one_is_refused(dm_mcp: Command, limit: str) -> None:
    done = dm_mcp("runs", f"--limit={limit}")
    assert done.returncode == 2
    assert "1 or more" in done.stderr


def test_looking_at_a_workspace_without_history_leaves_nothing_there(dm_mcp: Command, root: Path) -> None:
    assert dm_mcp("runs").stdout == "no runs\n"
    assert dm_mcp("logs", "run_x").returncode == 2
    assert not (root / ".dm").exists()


def test_logs_prints_what_a_run_wrote(dm_mcp: Command, write: Write) -> None:
    write("a", DM + 'print("plain")\ndm.log.warn("odd", table="t", rows=5)')
    dm_mcp("run", "a", "--seed", "4")
    run_id = run_id_of(dm_mcp)
    assert dm_mcp("logs", run_id).stdout == "seed 4\nplain\nodd table=t rows=5\n"
    assert dm_mcp("logs", run_id, "--level", "warn").stdout == "odd table=t rows=5\n"
    followed = dm_mcp("logs", run_id, "--follow")
    assert followed.stdout == "seed 4\nplain\nodd table=t rows=5\n"
    assert "done" in followed.stderr


def test_following_a_log_ends_with_the_run_s_own_exit_status(dm_mcp: Command, write: Write) -> None:
    for source, status in (
        ("print(1)", 0),
        ("1 / 0", 1),
        ("# /// script\n# [tool.dm]\n# timeout = 0.2\n# ///\nwhile True: pass", 124),
    ):
        write("a", source)
        assert dm_mcp("run", "a").returncode == status
        assert dm_mcp("logs", run_id_of(dm_mcp), "--follow").returncode == status
        assert dm_mcp("logs", run_id_of(dm_mcp)).returncode == 0


def test_a_long_log_comes_whole(dm_mcp: Command, write: Write) -> None:
    write("a", "for n in range(2500): print(n)")
    dm_mcp("run", "a")
    assert dm_mcp("logs", run_id_of(dm_mcp)).stdout.splitlines()[1:] == [str(n) for n in range(2500)]


def test_a_run_of_another_process_is_followed_and_cancelled(dm_mcp: Command, write: Write, start: Start) -> None:
    write("a", WAITS)
    running, run_id = start("run", "a")
    following, seen = start("logs", "-f", run_id)
    assert seen == run_id
    assert dm_mcp("cancel", run_id).stdout == f"{run_id}: cancelled\n"
    assert "cancelled" in following.communicate()[1]
    assert following.returncode == 1
    assert "cancelled" in running.communicate()[0]
    assert running.returncode == 1
    again = dm_mcp("cancel", run_id)
    assert (again.returncode, again.stdout) == (0, f"{run_id} had ended before: cancelled\n")


def test_a_follower_is_told_when_the_process_of_the_run_is_killed(dm_mcp: Command, write: Write, start: Start) -> None:
    write("a", WAITS)
    running, run_id = start("run", "a")
    following, _ = start("logs", "-f", run_id)
    running.send_signal(signal.SIGKILL)
    assert "interrupted" in following.communicate()[1]
    assert f"{run_id}  interrupted" in dm_mcp("runs").stdout


def test_rerun_takes_parameters_and_seed_of_the_earlier_run(dm_mcp: Command, write: Write) -> None:
    write("a", PARAMS + DM + 'dm.result([dm.params["count"], dm.seed])')
    dm_mcp("run", "a", "-p", "count=8", "--seed", "6")
    again = json.loads(dm_mcp("rerun", run_id_of(dm_mcp), "--json").stdout)
    assert again["result"] == [8, 6]


def test_export_gives_the_run_and_then_its_lines(dm_mcp: Command, write: Write, tmp_path: Path) -> None:
    write("a", DM + 'print("one")\ndm.log.info("two", n=2)\ndm.result({"x": 1})')
    dm_mcp("run", "a", "--seed", "9")
    run_id = run_id_of(dm_mcp)
    run, *lines = map(json.loads, dm_mcp("export", run_id).stdout.splitlines())
    assert (run["run_id"], run["seed"], run["result"], run["log_lines"]) == (run_id, 9, {"x": 1}, 3)
    assert (len(run["source_hash"]), run["dropped_log_lines"], run["title"]) == (64, 0, "A")
    assert run["created"].endswith("Z")
    assert run["created"] <= run["started"] <= lines[0]["time"] <= run["ended"]
    assert [(line["number"], line["text"], line["fields"]) for line in lines] == [
        (1, "seed 9", None),
        (2, "one", None),
        (3, "two", {"n": 2}),
    ]
    file = tmp_path / "run.jsonl"
    dm_mcp("export", run_id, "--output", str(file))
    assert len(file.read_text().splitlines()) == 4


def test_a_run_has_one_form_wherever_it_is_printed(dm_mcp: Command, write: Write) -> None:
    write("a", DM + "dm.progress(3, 4)\nraise ValueError('no luck')")
    printed = json.loads(dm_mcp("run", "a", "--json").stdout)
    [listed] = json.loads(dm_mcp("runs", "--json").stdout)
    exported = json.loads(dm_mcp("export", printed["run_id"]).stdout.splitlines()[0])
    assert printed == listed == exported
    assert (printed["progress"], printed["error"]["code"]) == ({"done": 3, "total": 4}, "script_error")


@pytest.mark.parametrize("command", ["logs", "cancel", "rerun", "export"])
def test_an_unknown_run_is_told(dm_mcp: Command, command: str) -> None:
    done = dm_mcp(command, "run_nothing")
    assert done.returncode == 2
    assert "run_not_found: There is no run 'run_nothing'." in done.stderr
