"""What callers are told of a run, in both forms and within bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dm_mcp.connections.base import Stored
from dm_mcp.errors import ScriptError
from dm_mcp.runs.run import LogLine, Progress, Run, Status
from dm_mcp.server.answers.run import RunRecord, RunResult, RunSummary
from tests.server.in_memory import MOST

texts = st.text(max_size=300) | st.text('"\\\x01\n', max_size=3_000).map(lambda text: text * 20)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)


def run_with(**facts: object) -> Run:
    run = Run(scenario_id="folder/seeding", title="Seeding", seed=1, params={})
    for name, value in facts.items():
        setattr(run, name, value)
    return run


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(texts, values), values, texts, texts, st.lists(texts, max_size=30), st.integers(0, 60))
def test_a_run_of_any_content_is_shown_within_the_bounds(
    params: Mapping[str, object], result: object, message: str, value: str, log: list[str], tables: int
) -> None:
    run = run_with(
        status=Status.FAILED,
        params=params,
        result=result,
        error=ScriptError(message, hint=message, file="a.py", value=value, table=value, column=value),
        lines=[LogLine(n, 0.0, "info", "stdout", text) for n, text in enumerate(log, 1)],
        stored={("conn", f"{'t' * 63}{n}"): Stored(2**40, 2**40, 2**40) for n in range(tables)},
    )
    shown = RunResult.of(run).shown()
    assert len(shown.as_text()) <= MOST
    assert len(json.dumps(shown.model_dump(mode="json"), ensure_ascii=False)) <= MOST


def test_a_short_run_is_shown_whole() -> None:
    run = run_with(status=Status.DONE, result={"rows": 3}, stored={("c", "t"): Stored(3)})
    told = RunResult.of(run)
    assert told.shown() == told
    assert 'result: {"rows": 3}' in told.as_text()
    assert "c.t: 3 inserted, 0 updated, 0 skipped" in told.as_text()


def test_a_run_tells_how_far_its_script_says_it_is() -> None:
    told = RunResult.of(run_with(status=Status.RUNNING, progress=Progress(30, 12_000_000)))
    assert told.model_dump()["progress"] == {"done": 30, "total": 12_000_000}
    assert "\nprogress: 30 of 12000000\n" in told.as_text()
    assert "\nprogress: 0.5\n" in RunResult.of(run_with(status=Status.RUNNING, progress=Progress(0.5, None))).as_text()
    assert "progress:" not in RunResult.of(run_with(status=Status.RUNNING)).as_text()


def test_an_answer_a_list_and_a_record_say_the_same_by_the_same_names() -> None:
    run = run_with(status=Status.FAILED, error=ScriptError("no luck"), started=1.0, ended=2.5)
    answer, record, entry = (kind.of(run).model_dump() for kind in (RunResult, RunRecord, RunSummary))
    for name in answer.keys() & record.keys():
        assert answer[name] == record[name]
    assert record.keys() - answer.keys() == {"title", "source_hash", "started", "dropped_log_lines"}
    assert entry.pop("error_code") == record["error"]["code"] == "script_error"
    assert entry.items() <= record.items()
    assert (record["run_id"], record["ended"]) == (run.id, "1970-01-01T00:00:02.500Z")
