"""A new data folder: initdb, the settings, and the one role and database that scenarios get.

The role ``dm`` owns the database ``dm`` and has no other right: it is no superuser, makes no roles or databases, reads
no server files. It is the only one that can log in at all, and only to that database: the superuser has no password
and ``pg_hba.conf`` turns everybody else away.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
from pathlib import Path

from dm_mcp.connections.embedded.commands import run
from dm_mcp.connections.embedded.home import Account, Home, private_dir, write_private
from dm_mcp.connections.embedded.install import MAJOR
from dm_mcp.errors import ConnectionFailed

__all__ = ["DATABASE", "ROLE", "create", "password", "require_version"]

ROLE = DATABASE = "dm"

SETTINGS = {
    "listen_addresses": "",  # no TCP
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    # A crash of the machine may lose the last 0.6 s of commits (three times wal_writer_delay) but corrupts nothing:
    # fsync and full_page_writes stay on. That buys short transactions at the speed of memory.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "off",
    # No replication: COPY into a table made in the same transaction may skip the log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "min_wal_size": "8MB",
    "max_wal_size": "256MB",
    # Small: it runs beside an editor, for a few sessions.
    "shared_buffers": "32MB",
    "io_method": "sync",
    "jit": "off",
    # Key stretching protects guessable passwords; ours are 256 random bits.
    "password_encryption": "scram-sha-256",
    "scram_iterations": "1",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # 'log' leaves out failed statements, whose texts would put users' rows into the log.
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "log_statement": "none",
}


def create(home: Home, install: Path, keep: tuple[int, ...]) -> None:
    """Make `home.data`, all of it or nothing: it is built beside and renamed when whole. Takes 0.5 to 1.4 s.

    Descriptors of `keep` are open in every process on the way. Raises `ConnectionFailed` if a step fails.
    """
    new = home.base / "data.new"
    shutil.rmtree(new, ignore_errors=True)  # of an attempt that was cut short
    account = _builder(home)
    private_dir(new, account)
    settings = [f"--set={key}={value}" for key, value in SETTINGS.items()]
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options = ["--auth=reject", "--no-instructions", "--wal-segsize=1", "--no-sync"]  # synced once, at the end
    initdb, postgres = install / "bin" / "initdb", install / "bin" / "postgres"
    run(account, home.base, initdb, "-D", new, "-U", "postgres", *options, *locale, *settings, keep=keep)
    # Single-user mode: nothing listens before the password is set. It reads one statement a line.
    single = ["--single", "-D", new, "-c", "log_min_messages=warning", "postgres"]
    run(account, home.base, postgres, *single, stdin=_role_sql(password(home, new=True)), keep=keep)
    _hand_over(new, home.account)
    run(home.account, home.base, initdb, "--sync-only", "-D", new, keep=keep)
    new.rename(home.data)


def password(home: Home, *, new: bool = False) -> str:
    """The password of the role `ROLE`, from a file that only the caller's user can read; `new` makes one.

    Raises `ConnectionFailed` if it is lost.
    """
    path = home.base / f"password.{ROLE}"
    if new:
        write_private(path, secrets.token_urlsafe(32))
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConnectionFailed(
            f"the embedded PostgreSQL's password is gone: no file {path}",
            hint=f"To begin anew with an empty database, move {home.data} away and open it again.",
        ) from None


def require_version(home: Home) -> None:
    """Check that this PostgreSQL can read the data. Raises `ConnectionFailed` if another major version made them."""
    text = (home.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    version = text if re.fullmatch(r"[\d.]{1,8}", text) else "an unknown version"
    if version != str(MAJOR):
        raise ConnectionFailed(
            f"{home.data} was made by PostgreSQL {version}, the installed one is {MAJOR}",
            hint="Dump it with the old version, or move the folder away to begin with an empty database.",
        )


def _builder(home: Home) -> Account:
    """Who runs initdb and single-user mode. Unlike the server they insist on a user with a name."""
    if home.account.uid == os.geteuid():
        try:
            pwd.getpwuid(home.account.uid)
        except KeyError:
            raise ConnectionFailed(
                f"PostgreSQL can't make a data folder for user {home.account.uid}, which has no name on this machine",
                hint="Add a line for it to /etc/passwd, or run as a user that has one.",
            ) from None
        return home.account
    named = next((entry for entry in pwd.getpwall() if entry.pw_name == "nobody" and entry.pw_uid), None)
    if named is None:
        raise ConnectionFailed(
            "root needs the account 'nobody' to make a PostgreSQL data folder, and there is none",
            hint="Add the account (useradd --system nobody), or run dm-mcp as an ordinary user.",
        )
    return Account(named.pw_uid, named.pw_gid)


def _role_sql(secret: str) -> str:
    return (
        f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS PASSWORD '{secret}'\n"
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n"  # hence, through pg_database_owner, the owner of schema public
        f"REVOKE ALL ON DATABASE {DATABASE}, postgres, template1 FROM PUBLIC\n"
    )


def _hand_over(folder: Path, account: Account) -> None:
    """Give the tree to `account`: the outermost folder first, which shuts out its former owner.

    Below it everything goes by descriptors and follows no links, so none can lead it elsewhere.
    """
    if folder.stat().st_uid == account.uid:
        return
    os.chown(folder, account.uid, account.gid)
    for _, folders, files, fd in os.fwalk(folder):
        for name in folders + files:
            os.chown(name, account.uid, account.gid, dir_fd=fd, follow_symlinks=False)
