"""The list of formats."""

import io
import subprocess
import sys
from typing import Any

import pytest

from dm_mcp.errors import InvalidRequest, MissingPackage
from dm_mcp.generation.columns import IntegerColumn
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.inline import inline_template
from dm_mcp.generation.registry import field_types
from dm_mcp.generation.render.formats import FORMATS, Format, Rendering, find_format
from dm_mcp.generation.samples import sample

from .columns import about, block, ints

EACH = pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)


def test_the_list_is_read_without_numpy() -> None:
    code = "import sys, dm_mcp.generation.render.formats; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def rendered(form: Format, blocks: Any, rendering: Rendering) -> bytes:
    if not form.binary:
        return b"".join(form.pieces(blocks, rendering))
    file = io.BytesIO()
    form.write(blocks, rendering, file)
    return file.getvalue()


NEED_OTHERS = {"api_response", "db_response", "derived", "mapped", "python", "reference", "template"}
"""Types that need other fields, templates or a run beside them."""


@EACH
def test_every_format_writes_a_template_and_nothing_at_all(form: Format) -> None:
    usable = [name for name in field_types() if name not in NEED_OTHERS]
    fields = [{"name": name, "type": name, "optional": 0.5, "options": sample(name).options} for name in usable]
    compiled = compile_template(inline_template(fields))
    rendering = Rendering(compiled.schema)
    assert len(rendered(form, compiled.blocks(500, 1), rendering)) > 10_000
    rendered(form, compiled.blocks(0, 1), rendering)


@EACH
def test_names_and_endings_are_of_one_format_each(form: Format) -> None:
    assert find_format(form.name) is form
    assert [each for each in FORMATS.values() if each.ending == form.ending or each.media_type == form.media_type] == [
        form
    ]


def test_what_can_not_be_written_is_refused_before_any_row() -> None:
    with pytest.raises(InvalidRequest, match="no format 'xml'"):
        find_format("xml")
    with pytest.raises(InvalidRequest, match="1,048,575 rows"):
        FORMATS["xlsx"].check(1_048_576, "mysql")
    with pytest.raises(InvalidRequest, match="no dialect 'db2'"):
        FORMATS["sql"].check(1, "db2")
    FORMATS["csv"].check(10**9, "mysql")


@pytest.mark.parametrize(("name", "package"), [("xlsx", "xlsxwriter"), ("parquet", "pyarrow")])
def test_a_package_that_is_not_there_is_told_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    example = block(1, x=IntegerColumn(ints([1])))
    with pytest.raises(MissingPackage) as caught:
        rendered(FORMATS[name], [example], about(example))
    assert package in caught.value.message
    assert f"pip install 'dm-mcp[{name}]'" in caught.value.hint
