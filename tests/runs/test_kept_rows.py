"""Rows that are kept for later readers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dm_mcp.errors import InvalidRequest, StoreFailed
from dm_mcp.runs import kept_rows
from dm_mcp.runs.kept_rows import Kept, KeptRows


@pytest.fixture
def rows(tmp_path: Path) -> KeptRows:
    return KeptRows(lambda: tmp_path)


def keep(rows: KeptRows, text: bytes = b'{"x": 1}\n', template: str = "t") -> Kept:
    return rows.keep(text, template=template, count=1, seed=7, mime_type="application/x-ndjson")


def test_rows_are_read_as_they_were_kept_by_whoever_shares_the_folder(rows: KeptRows, tmp_path: Path) -> None:
    kept = keep(rows, b'{"x": "a\n\xc3\xa9"}\n\n')
    assert KeptRows(lambda: tmp_path).read(kept.id) == (kept, b'{"x": "a\n\xc3\xa9"}\n\n')
    assert KeptRows(lambda: tmp_path).find() == [kept]


def test_only_the_owner_may_read_the_files(rows: KeptRows, tmp_path: Path) -> None:
    keep(rows)
    [file] = (tmp_path / "generated").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_the_oldest_go_when_there_are_too_many(rows: KeptRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "MAX_FILES", 3)
    ids = [keep(rows).id for _ in range(5)]
    assert [kept.id for kept in rows.find()] == ids[:1:-1]
    with pytest.raises(InvalidRequest, match="no kept rows"):
        rows.read(ids[0])


def test_the_oldest_go_when_they_take_too_much(rows: KeptRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "MAX_BYTES", 2_500)
    ids = [keep(rows, b"x" * 1_000).id for _ in range(3)]
    assert [kept.id for kept in rows.find()] == ids[:0:-1]
    big = keep(rows, b"x" * 10_000)  # the one that somebody was just told of stays
    assert rows.find() == [big]


def test_old_ones_go(rows: KeptRows, tmp_path: Path) -> None:
    old = keep(rows)
    then = time.time() - kept_rows.MAX_AGE - 1
    os.utime(tmp_path / "generated" / f"{old.id}.rows", (then, then))
    assert rows.find() == [old]
    new = keep(rows)
    assert rows.find() == [new]


@pytest.mark.parametrize("rows_id", ["", "../x", "gen_000000000000", "gen_000000000000\n", "gen_\0", "x" * 10_000])
def test_an_unknown_id_reads_nothing(rows: KeptRows, rows_id: str) -> None:
    with pytest.raises(InvalidRequest, match="no kept rows"):
        rows.read(rows_id)


def test_a_folder_that_can_t_be_written_is_told(rows: KeptRows, tmp_path: Path) -> None:
    (tmp_path / "generated").write_text("in the way")
    with pytest.raises(StoreFailed, match="can't be kept"):
        keep(rows)


def test_a_broken_file_is_told_and_hides_no_other(rows: KeptRows, tmp_path: Path) -> None:
    kept, whole = keep(rows), keep(rows)
    (tmp_path / "generated" / f"{kept.id}.rows").write_bytes(b"\x00\xff")
    with pytest.raises(StoreFailed, match="broken"):
        rows.read(kept.id)
    assert [each.id for each in rows.find()] == [whole.id]
