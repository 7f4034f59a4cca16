"""The server process: launch it, see whether it is there, stop it, clear away what a dead one left.

All but `read_status` and `accepts` want ``start.lock`` held.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dm_mcp.connections.embedded.cluster import DATABASE, ROLE
from dm_mcp.connections.embedded.commands import detach, run
from dm_mcp.connections.embedded.home import Home, private_dir, write_private
from dm_mcp.connections.embedded.locks import POLL
from dm_mcp.errors import ConnectionFailed
from dm_mcp.locks import open_lock, try_lock

__all__ = ["PORT", "Status", "accepts", "clear_left_overs", "launch", "read_status", "stop", "wait_until_ready"]

PORT = 5432
"""Part of the socket file's name; no TCP port is opened."""

SOCKET_PATH_MAX = 103
"""Bytes that a Unix socket's path may have on macOS; Linux allows 107."""

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""The one message that a server answers before it knows who asks: N or S.
https://www.postgresql.org/docs/18/protocol-message-formats.html"""

ACCESS = f"local {DATABASE} {ROLE} scram-sha-256\nlocal all all reject\n"
"""Who may log in: pg_hba.conf, kept outside the data folder, where the server itself can't change it."""

QUIT_SECONDS = 10.0
"""How long an immediate shutdown may take; PostgreSQL kills its own processes after 5 s of it."""

LOG_TAIL = 2000
"""Characters of the server's log in an error."""


class Status(NamedTuple):
    """What ``postmaster.pid`` says. After a crash it says so still: only `accepts` knows."""

    pid: int
    folder: str
    """The folder of the socket."""
    ready: bool


def read_status(home: Home) -> Status:
    """The lines of ``postmaster.pid``; ``(0, "", False)`` if there is none or it is half written.

    Format: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/utils/pidfile.h
    """
    try:
        lines = (home.data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        return Status(int(lines[0]), lines[4], len(lines) > 7 and lines[7].strip() == "ready")
    except (OSError, ValueError, IndexError):
        return Status(0, "", False)


def accepts(home: Home) -> bool:
    """Whether a live server answers. That it can be connected to proves little: so can a killed one, for a while."""
    status = read_status(home)
    if not status.ready:
        return False
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.settimeout(1.0)
        probe.connect(f"{status.folder}/.s.PGSQL.{PORT}")
        probe.sendall(SSL_REQUEST)
        return probe.recv(1) in (b"N", b"S")
    return False


def launch(home: Home, install: Path, keep: tuple[int, ...]) -> None:
    """Start the server on data that nobody uses, with the descriptors of `keep` open in it; see `wait_until_ready`."""
    access = home.base / "pg_hba.conf"
    write_private(access, ACCESS, 0o644)
    folders = str(_socket_dir(home)).replace('"', '""')  # the setting is a list, so a comma needs the quotes
    options = ["-c", f'unix_socket_directories="{folders}"', "-c", f"hba_file={access}"]
    detach(home.account, home.base, install / "bin" / "postgres", "-D", home.data, *options, log=home.log, keep=keep)


def wait_until_ready(home: Home, end: float) -> None:
    """Return when the server that was launched answers.

    Raises `ConnectionFailed` with the end of its log if it has died, or if the monotonic clock passes `end`; it is
    stopped then.
    """
    lock = open_lock(home.lock("server"))
    try:
        while not accepts(home):
            dead = try_lock(lock)
            if not dead and time.monotonic() <= end:
                time.sleep(POLL)
                continue
            if not dead:
                _signal(home, read_status(home).pid, "QUIT")
            log = home.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:].strip()
            raise ConnectionFailed(
                f"the embedded PostgreSQL {'did not start' if dead else 'is not ready in time'}: {log or 'no log'}",
                hint=f"Its log is {home.log}, its data {home.data}.",
            )
    finally:
        os.close(lock)


def stop(home: Home, seconds: float) -> None:
    """Stop the server, if there is one, and return when all its processes are gone.

    Sessions are ended at once ('fast' shutdown); past `seconds` the server is told to drop everything ('immediate'),
    after which the next start recovers. Raises `ConnectionFailed` if it is there even then.
    """
    lock = open_lock(home.lock("server"))
    pid = 0
    try:
        for signal, patience in (("INT", seconds), ("QUIT", QUIT_SECONDS)):
            end = time.monotonic() + patience
            _signal(home, pid, signal)
            while not (gone := try_lock(lock)) and time.monotonic() < end:
                if pid == 0 and accepts(home):  # it answers, so its pid file tells the truth
                    pid = read_status(home).pid
                    _signal(home, pid, signal)
                time.sleep(POLL)
            if gone:
                clear_left_overs(home)
                return
        raise ConnectionFailed(f"the embedded PostgreSQL of {home.base} does not stop", hint=f"See {home.log}.")
    finally:
        os.close(lock)


def clear_left_overs(home: Home) -> None:
    """Remove pid file and socket; wants ``server.lock`` held, which proves that nothing runs.

    Left there they would stop the next start if another process has got their process number by then.
    """
    (home.data / "postmaster.pid").unlink(missing_ok=True)
    shutil.rmtree(home.base / "run", ignore_errors=True)
    pointer = home.base / "socket_folder"
    with suppress(FileNotFoundError):
        shutil.rmtree(pointer.read_text(encoding="utf-8"), ignore_errors=True)
        pointer.unlink()


def _socket_dir(home: Home) -> Path:
    """A new folder for the socket: in the home, or where that makes too long a path, a private one of a short name.

    The short one is new, unguessable and of mode 0700.
    """
    folder = home.base / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_MAX:
        return private_dir(folder, home.account)
    folder = Path(tempfile.mkdtemp(prefix="dm-pg-", dir="/tmp"))
    write_private(home.base / "socket_folder", str(folder))
    if home.account.uid != os.geteuid():
        os.chown(folder, home.account.uid, home.account.gid)
    return folder


def _signal(home: Home, pid: int, name: str) -> None:
    """Send a signal as the server's account: root must not hit whatever process that account's file names."""
    if pid > 0:
        with suppress(ConnectionFailed):  # it is gone already
            run(home.account, home.base, "/bin/sh", "-c", 'kill -s "$1" "$2"', "sh", name, str(pid))
