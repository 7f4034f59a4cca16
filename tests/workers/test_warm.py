from __future__ import annotations

import pytest

from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.rows import Rows
from dm_mcp.generation.template import parse_template
from dm_mcp.workers.warm import warm

CUSTOMER = {
    "id": "c",
    "name": "c",
    "fields": [{"name": kind, "type": kind} for kind in ("name", "email", "phone", "city")],
}


@pytest.mark.parametrize("locale", ["de_DE", "ja_JP", "en_US"])
def test_warming_up_changes_no_row(locale: str) -> None:
    template = parse_template({**CUSTOMER, "locale": locale})

    def rows() -> list[dict[str, object]]:
        compiled = compile_template(template)
        return list(Rows(compiled.blocks(5, 7), compiled.schema))

    before = rows()
    warm([locale])
    assert rows() == before


def test_an_unknown_locale_is_left_to_who_asks_for_it() -> None:
    warm(["xx_XX"])
