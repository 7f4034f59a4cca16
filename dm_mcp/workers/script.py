"""A worker's entry point: read the job, do it, say how it ended."""

from __future__ import annotations

import socket
import sys

from dm_mcp.errors import DmError, InvalidRequest, RunInterrupted, ScriptError
from dm_mcp.protocol import Kind
from dm_mcp.sdk.channel import Channel
from dm_mcp.workers.generate_job import run_generate
from dm_mcp.workers.scenario_job import run_scenario

__all__ = ["main"]


def main(control: socket.socket) -> int:
    """Do the job that the server sends over ``control``; the exit status is 0 when it ended well, else 1.

    The server learns of the end by a DONE or FAILED frame, never by the exit status.
    """
    channel = Channel(control)
    job = channel.receive().json()
    try:
        result = run_scenario(channel, job) if job["kind"] == "scenario" else run_generate(channel, job)
    except DmError as error:
        return _say_failed(channel, error)
    try:
        channel.notify(Kind.DONE, {"result": result})
    except (TypeError, RecursionError) as error:
        return _say_failed(channel, _bad_result(f"The result can't be sent: {error}."))
    except InvalidRequest:
        return _say_failed(channel, _bad_result("The result is too large."))
    except RunInterrupted:
        return 1
    return 0


def _say_failed(channel: Channel, error: DmError) -> int:
    try:
        channel.notify(Kind.FAILED, error.to_dict())
    except RunInterrupted:
        sys.stderr.write(f"{error}\n")  # the script closed the channel; the server tells what it knows
    return 1


def _bad_result(message: str) -> DmError:
    return ScriptError(message, hint="Return a small summary of plain data: numbers, text, dates, lists, dictionaries.")
