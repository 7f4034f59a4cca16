from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dm_mcp.connections.embedded import EmbeddedPostgres
from dm_mcp.connections.embedded.cluster import create
from dm_mcp.connections.embedded.home import Account, Home
from dm_mcp.errors import ConnectionFailed
from tests.connections.embedded.sessions import asyncpg, session


@pytest.fixture(scope="module")
def postgres(state_dir: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(state_dir) as postgres:
        yield postgres


@pytest.mark.parametrize(
    "statement",
    [
        "create temporary table t (line text); copy t from program 'id'",
        "copy (select 1) to '/tmp/dm-mcp-test'",
        "select pg_read_file('PG_VERSION')",
        "select pg_ls_dir('/')",
        "select lo_import('/etc/passwd')",
        "create role other login",
        "create database other",
        "alter role dm superuser",
        "alter system set listen_addresses = '*'",
        "create function f() returns int language c as 'libc', 'getpid'",
        "set role postgres",
        "set session_preload_libraries = 'x'",
        "select pg_reload_conf()",
        "select rolpassword from pg_authid",
    ],
)
async def test_the_role_is_refused(postgres: EmbeddedPostgres, statement: str) -> None:
    async with session(postgres) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_the_role_may_make_and_drop_what_it_likes_in_its_database(postgres: EmbeddedPostgres) -> None:
    async with session(postgres) as connection:
        await connection.execute("create schema s; create table s.t (id int generated always as identity)")
        await connection.execute("drop schema s cascade")


@pytest.mark.parametrize(
    "changes", [{"user": "postgres"}, {"user": "postgres", "database": "postgres"}, {"database": "template1"}]
)
async def test_nobody_else_can_log_in(postgres: EmbeddedPostgres, changes: dict[str, str]) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        async with session(postgres, **changes):
            pass


async def test_a_wrong_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        async with session(postgres, password="wrong"):
            pass


async def test_failed_statements_leave_no_data_in_the_log(postgres: EmbeddedPostgres) -> None:
    async with session(postgres) as connection:
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await connection.execute("select 'a secret value'::int")
    assert "a secret value" not in (postgres.folder / "server.log").read_text()


def test_a_user_without_a_name_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nameless = Account(os.geteuid(), os.getegid())

    def no_name(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", no_name)
    with pytest.raises(ConnectionFailed, match="no name on this machine"):
        create(Home(tmp_path, nameless), tmp_path, ())
