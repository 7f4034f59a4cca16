"""A run on a console: its log as it comes, with a progress bar on a terminal and plain lines elsewhere."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from dm_mcp.protocol import jsonable
from dm_mcp.runs.run import LogLine, Run, Status
from dm_mcp.runs.store import LEVELS

__all__ = ["follow_run", "summarise", "write_lines"]

_STYLES = {"debug": "dim", "warn": "yellow", "error": "red"}
_PAUSE = 0.02  # seconds between two looks at a run that prints without rest


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Tell the caller, who has a run to end; rich itself would exit at once."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


async def follow_run(run: Run, out: TextIO, levels: Sequence[str] = LEVELS) -> None:
    """Write the run's log to ``out`` until it has ended: its lines of these levels.

    Raises `BrokenPipeError` when nobody reads it any more.
    """
    console = _Console(file=out, highlight=False, soft_wrap=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(run.title, total=None)
        told = 0
        while True:
            version, ended = run.version, run.status.ended
            for line in run.lines_after(told):
                if line.level in levels:
                    _write(bar.console, line)
                told = line.number
            out.flush()  # a pipe's reader wants the lines now
            if run.progress is not None:
                bar.update(task, completed=run.progress.done, total=run.progress.total)
            if ended:
                return
            await run.changed_since(version)
            await asyncio.sleep(_PAUSE)


def write_lines(lines: Iterable[LogLine], out: TextIO) -> None:
    """Write lines of a log to ``out``. Raises `BrokenPipeError` as `follow_run`."""
    console = _Console(file=out, highlight=False, soft_wrap=True)
    for line in lines:
        _write(console, line)


def summarise(run: Run, out: TextIO) -> None:
    """Write how the run ended: its rows, its result, or what went wrong and what to do."""
    console = _Console(file=out, highlight=False, soft_wrap=True)
    if run.error is not None:
        code = "" if run.error.code == run.status else f"{run.error.code}: "
        console.print(Text(f"✗ {run.status}: {code}{run.error}", style="bold red"))
    else:
        console.print(Text(f"✓ {run.status}: {run.title}", style="bold green"))
    for (connection, table), rows in run.stored.items():
        counts = [f"{n} {what}" for what, n in asdict(rows).items() if n] or ["no rows"]
        console.print(Text(f"  {connection}.{table}: {', '.join(counts)}"))
    if run.status is Status.DONE and run.result is not None:
        console.print(Text(f"  result: {jsonable(run.result)}"))
    console.print(f"  {run.id} · seed {run.seed} · {run.duration:.2f} s")


def _write(console: Console, line: LogLine) -> None:
    if not console.is_terminal:
        console.file.write(f"{line.shown}\n")
        return
    style = _STYLES.get(line.level, "")
    if line.stream == "stderr" and not style:
        style = "yellow"
    console.print(Text(_printable(line.shown), style=style))


def _printable(text: str) -> str:
    """The text without what would move a terminal's cursor or change its colours."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
