"""Names of templates and connections that a script gives literally."""

from __future__ import annotations

import pytest

from dm_mcp.workspace.names import names_in


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('dm.generate("t", 1)', [("template", "t", 1)]),
        ('dm.generate(count=1, template_id="t")', [("template", "t", 1)]),
        ('\ndm.template(\n    name_or_id="t")', [("template", "t", 3)]),
        ('dm.connection("c").insert("table", [])', [("connection", "c", 1)]),
        ('maker = datamaker.AsyncDataMaker()\nmaker.template("t")', [("template", "t", 2)]),
        ('DataMaker().connection("c")', [("connection", "c", 1)]),
        ('async def main(dm):\n    await dm.connection("c")', [("connection", "c", 2)]),
        ('dm.connection("b")\ndm.template("a")', [("connection", "b", 1), ("template", "a", 2)]),
        ('model.generate("a prompt")\npool.connection("c")\ndm.connection(name)\ndm.template(1)', []),
        ('dm.template("t").generate("x")', [("template", "t", 1)]),
    ],
)
def test_only_literal_names_in_calls_on_a_data_maker_count(source: str, names: list[tuple[str, str, int]]) -> None:
    assert names_in(source) == names
