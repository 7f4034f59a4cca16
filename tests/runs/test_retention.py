"""The history is trimmed in the background, now and then."""

from __future__ import annotations

import asyncio
import dataclasses
import logging

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.runs import retention
from dm_mcp.runs.retention import Trimmer
from dm_mcp.runs.sqlite import SqliteStore
from dm_mcp.runs.store import Retention
from tests.runs.records import KEEP_ALL, add_ended, log, task_done

KEEP_TWO = dataclasses.replace(KEEP_ALL, runs=2)


async def count(store: SqliteStore) -> int:
    return len((await store.find(limit=99)).runs)


async def test_a_look_trims_in_the_background(store: SqliteStore) -> None:
    for _ in range(4):
        await add_ended(store, log(2))
    trimmer = Trimmer(store, lambda: KEEP_TWO)
    trimmer.look()
    assert await count(store) >= 2
    await task_done("trim")
    assert await count(store) == 2


async def test_looks_close_together_are_one(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    trimmer = Trimmer(store, lambda: KEEP_TWO)
    for _ in range(2):
        for _ in range(4):
            await add_ended(store)
        trimmer.look()
        await task_done("trim")
    assert await count(store) == 6
    monkeypatch.setattr(retention, "_SECONDS", 0.0)
    trimmer.look()
    await task_done("trim")
    assert await count(store) == 2


async def test_what_is_wrong_is_logged_and_the_next_look_tries_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention, "_SECONDS", 0.0)
    answers = [WorkspaceError("It is broken.", file="dm.toml"), KEEP_TWO]

    def ask() -> Retention:
        answer = answers.pop(0)
        if isinstance(answer, WorkspaceError):
            raise answer
        return answer

    for _ in range(3):
        await add_ended(store)
    trimmer = Trimmer(store, ask)
    with caplog.at_level(logging.WARNING):
        trimmer.look()
        await task_done("trim")
    assert "dm.toml: It is broken." in caplog.text
    trimmer.look()
    await task_done("trim")
    assert await count(store) == 2


async def test_closing_does_not_wait_for_all_of_it(store: SqliteStore) -> None:
    for _ in range(300):
        await add_ended(store)
    trimmer = Trimmer(store, lambda: dataclasses.replace(KEEP_ALL, runs=1))
    trimmer.look()
    await asyncio.sleep(0)
    await trimmer.close()
    assert await count(store) > 90
