from collections.abc import Callable
from pathlib import Path

import pytest

from dm_mcp.errors import ScenarioError
from dm_mcp.workspace import Scenario, Workspace
from tests.workspace.conftest import SHOP, Write

Read = Callable[..., Scenario]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The scenario that a source makes, in a workspace with two connections."""

    def read(source: str | bytes, file: str = "regression_seeding.py") -> Scenario:
        (tmp_path / "dm.toml").write_text(f"{SHOP}[connections.other]\nembedded = true\n")
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return Workspace(tmp_path).scenario(file.removesuffix(".py"))

    return read


def header(*lines: str) -> str:
    return "\n".join(["# /// script", "# [tool.dm]", *(f"# {line}" for line in lines), "# ///", ""])


def test_without_header_file_name_and_docstring_speak(read: Read) -> None:
    got = read('"""Customers,\n   then orders.\n\nMore of it.\n"""\nprint()\n', "shop/regression-seeding_v2.py")
    assert (got.id, got.file) == ("shop/regression-seeding_v2", "shop/regression-seeding_v2.py")
    assert (got.title, got.description) == ("Regression seeding v2", "Customers, then orders.")
    assert (got.tags, got.connections, got.entry, got.error) == ((), (), "script", None)
    assert got.params == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_the_header_has_the_last_word(read: Read) -> None:
    got = read(header('title = "T"', 'description = "D"', 'tags = ["a"]', "params.n.type = 'integer'") + '"""Doc."""\n')
    assert (got.title, got.description, got.tags) == ("T", "D", ("a",))
    assert got.params["required"] == ["n"]


def test_the_source_is_kept_as_python_reads_it(read: Read) -> None:
    assert read(b"\xef\xbb\xbfprint('\xc3\xa9')\r\nprint()\r\n").source == "print('é')\nprint()\n"
    assert read(b"# -*- coding: latin-1 -*-\nprint('\xe9')\n").source.endswith("print('é')\n")


class TestScope:
    def test_the_header_sets_it_by_id_or_name(self, read: Read) -> None:
        got = read(header("connections = ['other', 'Shop database', 'other']") + "dm.connection('x')\n")
        assert got.connections == ("other", "conn_postgres")

    def test_an_empty_list_in_the_header_is_an_empty_scope(self, read: Read) -> None:
        assert read(header("connections = []") + "dm.connection('other')\n").connections == ()

    def test_without_header_the_source_sets_it(self, read: Read) -> None:
        source = """
        def seed(dm):
            dm.connection("Shop database").insert("t", [])
            with open(dm.connection(name_or_id="other")):
                dm.connection("conn_postgres"), dm.connection("unknown"), dm.connection(name), connection("other2")
        """
        assert read("if True:" + source).connections == ("conn_postgres", "other")

    def test_an_unknown_connection_in_the_header_is_an_error_with_its_line(self, read: Read) -> None:
        got = read(header("tags = []", 'connections = ["conn_postgrs"]'))
        assert isinstance(got.error, ScenarioError)
        assert got.error.where == {"file": "regression_seeding.py", "line": 4, "field": "connections"}
        assert "Did you mean 'conn_postgres'?" in got.error.hint


@pytest.mark.parametrize(
    ("source", "entry"),
    [
        ("print()", "script"),
        ("def main(dm): ...", "main"),
        ("def main(dm, verbose=False, *args, quiet=True, **more): ...", "main"),
        ("def main(dm, /): ...", "main"),
        ("async def main(dm): ...", "async_main"),
        ("def main(dm): ...\nasync def main(dm): ...", "async_main"),
        ("def main(dm): ...\nif __name__ == '__main__':\n    main(1)", "main"),
        ("def main(): ...\nif __name__ == '__main__':\n    main()", "script"),
        ("def main(dm): ...\nmain(1)", "script"),
        ("def main(a, b): ...", "script"),
        ("def main(*args): ...", "script"),
        ("def main(dm, *, key): ...", "script"),
        ("def other():\n    def main(dm): ...", "script"),
        ("main = 1", "script"),
    ],
)
def test_how_a_script_begins(read: Read, source: str, entry: str) -> None:
    assert read(source).entry == entry


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("print(\n", 1, "never closed"),
        ("x = 1\n  y = 2\n", 2, "unexpected indent"),
        ("x = 1\nreturn x\n", 2, "outside function"),
        ("x = 1\nawait x\n", 2, "outside function"),
        (b"x = 1\nprint('\xe9')\n" * 2, 2, "not utf-8 text"),
        (b"# \xff\n", 1, "not text in UTF-8"),
        (b"# coding: nonsense\n", 1, "not text in UTF-8"),
        (b"# coding: rot13\n", 1, "not text in UTF-8"),
        (b"x = 1\0\n", None, "null bytes"),
        ("(" * 100_000, None, "can't read the script"),
        ("x = " + "-" * 100_000 + "1", None, "nested too deeply"),
        ("x = 1" + " + 1" * 100_000, None, "nested too deeply"),
        ("x = 1\n" + header("tmeout = 5"), 4, "no key tmeout"),
    ],
)
def test_a_broken_script_tells_its_error_and_its_line(
    read: Read, source: str | bytes, line: int | None, told: str
) -> None:
    got = read(source)
    assert isinstance(got.error, ScenarioError)
    assert told in got.error.message
    assert got.error.where.get("file") == "regression_seeding.py"
    if line is not None:
        assert got.error.where.get("line") == line
    assert (got.id, got.title) == ("regression_seeding", "Regression seeding")


def test_what_could_be_read_before_the_error_is_kept(read: Read) -> None:
    got = read('"""Doc."""\n' + header("title = 5"))
    assert got.error
    assert got.description == "Doc."
    assert got.source.startswith('"""Doc."""')


def test_a_script_that_is_a_link_out_of_the_workspace_is_listed_with_its_error(
    workspace: Write, tmp_path: Path
) -> None:
    workspace({"shop/dm.toml": SHOP, "outside.py": "print()"})
    (tmp_path / "shop/a.py").symlink_to(tmp_path / "outside.py")
    (got,) = Workspace(tmp_path / "shop").scenarios()
    assert isinstance(got.error, ScenarioError)
    assert (got.id, got.source) == ("a", "")


def test_an_odd_escape_in_a_script_is_no_concern_of_ours(read: Read) -> None:
    assert read("x = '\\d'\nassert (1, 'x')\n").error is None


def test_reading_runs_nothing(workspace: Write, tmp_path: Path) -> None:
    trap = f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n"
    shop = workspace({"a.py": trap, "b.py": header("title = 'B'") + trap, "__init__.py": trap})
    assert [scenario.error for scenario in shop.scenarios()] == [None, None]
    assert not (tmp_path / "ran").exists()


class TestShipped:
    """The scenarios of this repository."""

    ROOT = Path(__file__).parents[2] / "scenarios"

    def test_all_can_be_read(self) -> None:
        shipped = Workspace(self.ROOT).scenarios()
        assert [scenario.id for scenario in shipped] == [
            "customers_and_orders",
            "customers_by_country",
            "regression_seeding",
        ]
        assert [scenario.error for scenario in shipped] == [None, None, None]
        assert {scenario.connections for scenario in shipped} == {("conn_postgres",)}
        assert all(scenario.description for scenario in shipped[1:])

    def test_the_documents_script_has_no_header_and_stands_as_published(self) -> None:
        script = Workspace(self.ROOT).scenario("customers_and_orders")
        assert script.entry == "script"
        assert script.params["properties"] == {}
        squeezed = "".join(script.source.split())
        published = """
            from datamaker import DataMaker dm = DataMaker()
            # 1. Generate 100 customers and seed Postgres.
            customers = dm.generate(template_id="tmpl_customer", count=100)
            dm.connection("conn_postgres").insert(table="customers", rows=customers)
            # 2. Generate 500 orders, each referencing a real customer.id.
            customer_ids = [c["id"] for c in customers]
            orders = dm.generate( template_id="tmpl_order", count=500,
                overrides={"customer_id": dm.pick_from(customer_ids)},)
            dm.connection("conn_postgres").insert(table="orders", rows=orders)
            print(f"✓ seeded {len(customers)} customers and {len(orders)} orders")
        """
        assert squeezed == "".join(published.split())

    def test_regression_seeding_says_what_it_takes(self) -> None:
        script = Workspace(self.ROOT).scenario("regression_seeding")
        assert (script.title, script.entry) == ("Regression seeding", "main")
        defaults = {name: schema["default"] for name, schema in script.params["properties"].items()}
        assert defaults == {"environment": "regression", "customers": 100, "orders": 500}
