"""Where the server of a state folder keeps its things, and as whom it runs.

An ordinary user's server runs as that user and lives in ``<state folder>/postgres``.

PostgreSQL refuses to run as root, and another account can't reach into a home of mode 0700. So root's server runs under
a user number that no account has, and lives in ``/var/lib/dm-mcp/<id>``. The id is random and kept in
``<state folder>/postgres/id``: a workspace that was deleted and made again at the same path gets a new id and with it
an empty database, a moved one keeps its data, and a copied one (its id is in use elsewhere) gets an id of its own.
Nothing under ``/var/lib/dm-mcp`` is ever removed; the file ``state_folder`` in each says whose it is.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from dm_mcp.errors import ConnectionFailed
from dm_mcp.locks import make_lock, wait_lock

__all__ = ["ROOT_BASE", "Account", "Home", "find_home", "home_at", "private_dir", "root_base", "write_private"]

ROOT_BASE = Path("/var/db/dm-mcp" if sys.platform == "darwin" else "/var/lib/dm-mcp")
"""Where root's servers live: one folder each, and one copy of the binaries if the wheel's own are out of reach."""

FREE_UIDS = range(60706, 61184)
"""User numbers that systemd's map of them leaves unused: https://systemd.io/UIDS-GIDS."""


@dataclass(frozen=True)
class Account:
    """User and group numbers of a process."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Home:
    """The folder of one server (`base`: owned by who calls, its `data` and `run` by the server's account)."""

    base: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """What the server wrote since its last start."""
        return self.base / "server.log"

    def lock(self, name: str) -> Path:
        """The lock file ``start``, ``users``, ``alive`` or ``server``."""
        return self.base / f"{name}.lock"


def find_home(state_dir: Path) -> Home:
    """The home of the server of `state_dir`; makes the folders and lock files that are missing and changes no others.

    Raises `ConnectionFailed` for a folder that belongs to somebody else or that others can write, and `OSError` for one
    that can't be made.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    state_dir = state_dir.resolve()
    caller = Account(os.geteuid(), os.getegid())
    if (owner := state_dir.stat().st_uid) != caller.uid:
        raise ConnectionFailed(
            f"the state folder {state_dir} belongs to user {owner}, this process runs as user {caller.uid}",
            hint="Run as the folder's owner, or name another workspace.",
        )
    folder = private_dir(state_dir / "postgres", caller)
    home = Home(folder, caller) if caller.uid != 0 else home_at(_root_home(folder))
    for name in ("start", "users", "alive", "server"):
        make_lock(home.lock(name))
    return home


def home_at(base: Path) -> Home:
    """The home whose folder is known: its account is the owner of the data, or for root and new data a free one."""
    if os.geteuid() != 0:
        return Home(base, Account(os.geteuid(), os.getegid()))
    try:
        owner = (base / "data").stat()
    except FileNotFoundError:
        uid = _free_uid(int(base.name, 16))
        return Home(base, Account(uid, uid))
    return Home(base, Account(owner.st_uid, owner.st_gid))


def root_base() -> Path:
    """`ROOT_BASE`, made if need be. Raises `ConnectionFailed` if anybody but root could put something in its place."""
    base = private_dir(ROOT_BASE.parent.resolve() / ROOT_BASE.name, Account(0, 0), 0o755)
    for folder in (base, *base.parents):
        info = folder.stat()
        if info.st_uid != 0 or info.st_mode & 0o022 or not info.st_mode & 0o001:
            raise ConnectionFailed(
                f"{base} is no place for root's PostgreSQL: {folder} must be root's, writable by nobody else, "
                "and let everybody pass",
                hint=f"Run: chown root {folder}; chmod go-w,o+x {folder}",
            )
    return base


def private_dir(path: Path, owner: Account, mode: int = 0o700) -> Path:
    """Make the folder `path` for `owner`, or check the one that is there: it is `owner`'s, and others can't write it.

    A folder that was there keeps its rights. Raises `ConnectionFailed` if it does not fit.
    """
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        info = path.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != owner.uid or info.st_mode & 0o022:
            raise ConnectionFailed(
                f"{path} is not a folder that user {owner.uid} owns and only that user can write",
                hint=f"Move it away, or mend it: chown {owner.uid} {path}; chmod go-w {path}",
            ) from None
    else:
        path.chmod(mode)  # the umask may have taken bits away
        if owner.uid != os.geteuid():
            os.chown(path, owner.uid, owner.gid)
    return path


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file in one step: a reader sees the old text or the new one, and a link at `path` is not followed."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    part.write_text(text, encoding="utf-8")
    part.chmod(mode)
    part.replace(path)


def _root_home(folder: Path) -> Path:
    """The folder under `ROOT_BASE` that belongs to root's state folder: by the id in its file, else by a new one."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        wait_lock(fd)
        name = _read(folder / "id")
        if not re.fullmatch(r"[0-9a-f]{16}", name) or _is_copy(folder, name):
            name = secrets.token_hex(8)
            write_private(folder / "id", name)
        base = private_dir(root_base() / name, Account(0, 0), 0o711)
        if _read(base / "state_folder") != str(folder):
            write_private(base / "state_folder", str(folder))
        return base
    finally:
        os.close(fd)


def _is_copy(folder: Path, name: str) -> bool:
    """Whether another state folder, the one that the data know, still holds the same id."""
    known = _read(root_base() / name / "state_folder")
    return known not in ("", str(folder)) and _read(Path(known) / "id") == name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _free_uid(seed: int) -> int:
    named = {entry.pw_uid for entry in pwd.getpwall()}
    free = [uid for uid in FREE_UIDS if uid not in named]
    if not free:
        raise ConnectionFailed(
            "root needs a free user number to run PostgreSQL under, and all of "
            f"{FREE_UIDS.start} to {FREE_UIDS.stop - 1} belong to accounts",
            hint="Run dm-mcp as an ordinary user.",
        )
    return free[seed % len(free)]
