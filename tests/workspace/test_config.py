from pathlib import Path

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.workspace.config import WorkspaceConfig, parse_config


def parse(text: str, root: Path = Path("/workspace")) -> WorkspaceConfig:
    return parse_config(text, root)


def shop(dsn: str) -> str:
    return f"[connections.shop]\ndsn = '{dsn}'\n"


def test_an_empty_file_gives_the_defaults() -> None:
    config = parse("")
    assert config.connections == {}
    assert (config.limits.timeout, config.limits.memory, config.limits.runs, config.limits.queued) == (
        600,
        2 * 2**30,
        4,
        200,
    )


def test_all_that_can_be_said_is_read() -> None:
    config = parse(
        """
        [connections.conn_postgres]
        kind = "postgres"
        name = "Shop database"
        embedded = true
        create_tables = true
        [limits]
        timeout = 2.5
        memory = "512 MiB"
        runs = 1
        queued = 0
        """
    )
    connection = config.connections["conn_postgres"]
    assert (connection.id, connection.kind, connection.name) == ("conn_postgres", "postgres", "Shop database")
    assert connection.embedded
    assert connection.create_tables
    assert config.limits.memory == 512 * 2**20
    assert config.limits.timeout == 2.5


def test_memory_may_be_a_number_of_bytes() -> None:
    assert parse("limits.memory = 1_000_000_000").limits.memory == 1_000_000_000


def test_a_connection_is_found_by_id_and_by_name() -> None:
    config = parse("[connections.a]\nembedded = true\nname = 'Shop database'\n")
    assert config.connection_id("a") == "a"
    assert config.connection_id("Shop database") == "a"
    assert config.connection_id("shop database") is None


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("[limits]\ntimeut = 5\n", 2, "no key timeut", "'timeout'"),
        ("[limit]\n", 1, "no key limit", "'limits'"),
        ("\n[connections.a]\nembedded = true\n[connections.b]\nembeded = true\n", 5, "no key embeded", "'embedded'"),
        ("[limits]\nruns = 'four'\n", 2, "valid integer", ""),
        ("[limits]\nruns = 0\n", 2, "greater than or equal to 1", ""),
        ("[limits]\ntimeout = true\n", 2, "valid number", ""),
        ("[limits]\ntimeout = inf\n", 2, "finite", ""),
        ("[limits]\nqueued = 1\nmemory = 2\n", 3, "at least 64 MiB", ""),
        ("[limits]\nmemory = '2 GX'\n", 2, "GX", ""),
        ("[server]\nport = 80\n", 1, "no key server", ""),
        ("[connections.a]\n", 1, "one of them", ""),
        ("[connections.a]\nembedded = true\ndsn = '${X}'\n", 1, "one of them", ""),
        ("[connections.a]\nembedded = true\nid = 'b'\n", 3, "name of its table", ""),
        ("[connections.'a b']\nembedded = true\n", 1, "letters, digits", ""),
        ("[connections.a]\nembedded = true\n[connections.b]\nembedded = true\nname = 'a'\n", 1, "answer to 'a'", ""),
        ("[limits\n", 1, "not valid TOML", "TOML wants"),
        ("a = 1\n\nb = \n", 3, "not valid TOML", "TOML wants"),
        ("a = [\n1,\n", 2, "not valid TOML", "TOML wants"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_hint(text: str, line: int, message: str, hint: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        parse(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.where.get("file") == "dm.toml"
    assert caught.value.where.get("line") == line


def test_hostile_nesting_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(WorkspaceError):
        parse("a = " + "[" * 100_000)


class TestDsn:
    def test_a_dsn_that_is_one_reference_is_taken_as_it_is(self) -> None:
        connection = parse(shop("${SHOP_URL}")).connections["shop"]
        assert connection.resolve_dsn({"SHOP_URL": "postgresql://u:p%40@h/db"}) == "postgresql://u:p%40@h/db"

    def test_a_password_within_a_dsn_is_encoded(self) -> None:
        connection = parse(shop("postgresql://shop:${PW}@${HOST}/db")).connections["shop"]
        dsn = connection.resolve_dsn({"PW": "a@b/c:d", "HOST": "db.example.com:5433"})
        assert dsn == "postgresql://shop:a%40b%2Fc%3Ad@db.example.com:5433/db"

    def test_a_password_in_the_query_is_encoded(self) -> None:
        connection = parse(shop("postgresql://h/db?user=shop&password=${PW}")).connections["shop"]
        assert connection.resolve_dsn({"PW": "a&b"}) == "postgresql://h/db?user=shop&password=a%26b"

    def test_a_file_is_read_from_the_workspace(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("hush\n")
        connection = parse(shop("postgresql://shop:${file:secret}@h/db"), tmp_path).connections["shop"]
        assert connection.resolve_dsn({}) == "postgresql://shop:hush@h/db"

    def test_a_file_may_have_an_absolute_path(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("postgresql://h/db")
        connection = parse(shop(f"${{file:{tmp_path}/secret}}"), Path("/elsewhere")).connections["shop"]
        assert connection.resolve_dsn({}) == "postgresql://h/db"

    @pytest.mark.parametrize("environ", [{}, {"PW": ""}])
    def test_a_missing_variable_is_named_with_the_connection_and_without_the_others_values(
        self, environ: dict[str, str]
    ) -> None:
        connection = parse(shop("postgresql://${USER}:${PW}@h/db")).connections["shop"]
        with pytest.raises(WorkspaceError) as caught:
            connection.resolve_dsn({"USER": "hidden", **environ})
        assert caught.value.where.get("connection") == "shop"
        assert "PW is not set" in caught.value.message
        assert "hidden" not in str(caught.value)

    @pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\xff"])
    def test_a_file_that_tells_nothing_is_named_with_the_connection(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        if content is not None:
            (tmp_path / "secret").write_bytes(content)
        connection = parse(shop("${file:secret}"), tmp_path).connections["shop"]
        with pytest.raises(WorkspaceError, match="secret") as caught:
            connection.resolve_dsn({})
        assert caught.value.where.get("connection") == "shop"

    @pytest.mark.parametrize(
        "dsn",
        [
            "postgresql://shop:hush@h/db",
            "postgresql://shop:hush${REST}@h/db",
            "postgresql://${USER}:hush@${HOST}/db",
            "postgresql://h/db?password=hush",
            "postgresql://h/db?PASSWORD=hush",
            "host=h password=hush",
        ],
    )
    def test_a_password_written_out_is_refused_and_not_repeated(self, dsn: str) -> None:
        with pytest.raises(WorkspaceError) as caught:
            parse(shop(dsn))
        assert "does not belong in dm.toml" in caught.value.message
        assert "hush" not in str(caught.value)
        assert caught.value.where.get("line") == 2

    @pytest.mark.parametrize(
        "dsn", ["postgresql://localhost/db", "postgresql://shop@h/db", "postgresql:///db", "postgresql://[h/db"]
    )
    def test_a_dsn_without_password_is_fine(self, dsn: str) -> None:
        assert parse(shop(dsn)).connections["shop"].resolve_dsn({}) == dsn

    @pytest.mark.parametrize("dsn", ["${not a name}", "${", "${file:}", "${1X}"])
    def test_a_broken_reference_is_refused(self, dsn: str) -> None:
        with pytest.raises(WorkspaceError, match="A reference is"):
            parse(shop(dsn))

    def test_the_embedded_database_has_none(self) -> None:
        connection = parse("[connections.shop]\nembedded = true\n").connections["shop"]
        with pytest.raises(WorkspaceError, match="embedded"):
            connection.resolve_dsn({})


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/"])
def test_a_secret_s_file_must_be_a_file(tmp_path: Path, path: str) -> None:
    config = parse_config(f"[connections.shop]\ndsn = '${{file:{path}}}'\n", tmp_path)
    with pytest.raises(WorkspaceError, match="can't be read"):
        config.connections["shop"].resolve_dsn({})


def test_a_secret_has_a_length_that_secrets_have(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x" * 100_000)
    config = parse_config("[connections.shop]\ndsn = '${file:secret}'\n", tmp_path)
    with pytest.raises(WorkspaceError, match="longer than"):
        config.connections["shop"].resolve_dsn({})
