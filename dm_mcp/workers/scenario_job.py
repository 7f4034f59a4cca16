"""Run a scenario's source as its author wrote it, and say in the author's terms how it failed."""

from __future__ import annotations

import asyncio
import atexit
import linecache
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import dm_mcp.sdk
from dm_mcp.errors import DmError, OutOfMemory, ScriptError, Where
from dm_mcp.protocol import Kind
from dm_mcp.sdk import AsyncDataMaker, DataMaker
from dm_mcp.sdk.channel import Channel
from dm_mcp.sdk.params import DeclaredParams
from dm_mcp.sdk.session import Session, begin
from dm_mcp.workers.advice import advice_on
from dm_mcp.workers.dependencies import check_dependencies

__all__ = ["run_scenario"]

_OURS = str(Path(dm_mcp.__file__).parent)
_SHOWN_FRAMES = 20


def run_scenario(channel: Channel, job: Mapping[str, Any]) -> Any:
    """Run the job's source and return its result. Raises a `DmError` for every way in which a script can fail."""
    params = MappingProxyType(DeclaredParams(job["params"]))
    session = Session(channel, job["run_id"], job["scenario_id"], job["seed"], params=params)
    begin(session)
    sys.modules["datamaker"] = dm_mcp.sdk
    file: str = job["file"]
    try:
        check_dependencies(job["dependencies"], file)
        returned = _execute(job["source"], file, job["entry"])
        _finish_threads()
        session.flush()
    except SystemExit as exit_:
        raise _failure(exit_, f"The script ended itself by sys.exit({exit_.code!r}).", file, channel) from None
    except DmError as error:
        if "file" not in error.where:
            error.where.update(_place(error, file))
        raise
    except MemoryError:
        raise OutOfMemory(
            "The run reached its memory limit.",
            hint="Use template.stream(...) instead of generate for large counts, or raise `memory` in the header.",
        ) from None
    except BaseException as error:  # noqa: BLE001 - whatever a script raises is its result
        raise _failure(error, _summary(error), file, channel) from None
    return session.result if returned is None else returned


def _execute(source: str, file: str, entry: str) -> Any:
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for tracebacks
    # With a main(dm) the module is only loaded, so its `if __name__ == "__main__":` part must not run it once more.
    module = ModuleType("__main__" if entry == "script" else "scenario")
    module.__dict__.update(__file__=file, __builtins__=__builtins__)
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - the sandbox is for this
        match entry:
            case "main":
                return module.__dict__["main"](DataMaker())
            case "async_main":
                return asyncio.run(module.__dict__["main"](AsyncDataMaker()))
            case _:
                return None
    except SystemExit as exit_:
        if exit_.code in (None, 0):
            return None
        raise


def _finish_threads() -> None:
    """Wait for the script's threads and call its exit handlers, as the interpreter does at the end of a script."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - a fork has no other way


def _failure(error: BaseException, message: str, file: str, channel: Channel) -> ScriptError:
    """The script's error; its traceback, without our own frames, goes to the log."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith((_OURS, "<frozen"))]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames[-_SHOWN_FRAMES:])]
    lines += traceback.format_exception_only(error)
    channel.notify(Kind.LOG, {"level": "error", "text": "".join(lines).rstrip(), "after": {}})
    hint = advice_on(error) or "The line is in the log, with the calls that led to it."
    return ScriptError(message, hint=hint, **_place(error, file))


def _summary(error: BaseException) -> str:
    text = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1][:2000]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _place(error: BaseException, file: str) -> Where:
    """The deepest line of the script itself that the error passed through."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return {"file": file, "line": error.lineno or 1}
    lines = [f.lineno or 1 for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return {"file": file, "line": lines[-1]} if lines else {"file": file}
