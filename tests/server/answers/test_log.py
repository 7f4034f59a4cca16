"""What callers are told of a log."""

from __future__ import annotations

from dm_mcp.runs.run import LogLine
from dm_mcp.server.answers.log import LineInfo


def test_a_line_tells_its_fields_and_a_long_one_is_cut() -> None:
    line = LineInfo.of(LogLine(7, 0.5, "warn", "log", "careful", {"rows": 3}))
    assert line.as_text() == '7 1970-01-01T00:00:00.500Z warn log careful {"rows": 3}'
    assert line.shown() == line
    long = LineInfo.of(LogLine(7, 0.5, "warn", "log", "x" * 50_000, {"rows": "y" * 50_000})).shown()
    assert long.text.endswith("... (50000 characters)")
    assert long.fields == {"...": "50012 characters"}
    assert len(long.as_text()) < 5_000


def test_a_line_of_control_characters_is_cut_as_short_as_json_needs_it() -> None:
    shown = LineInfo.of(LogLine(7, 0.5, "warn", "log", "\x01" * 4_000, {"rows": "\x01" * 600})).shown()
    assert len(shown.model_dump_json()) < 10_000
