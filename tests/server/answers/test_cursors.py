"""Cursors of lists."""

from __future__ import annotations

import pytest

from dm_mcp.errors import InvalidRequest
from dm_mcp.server.answers.cursors import following, offset


def test_a_cursor_leads_on_until_the_end() -> None:
    assert offset(None) == 0
    assert offset(following(3, 4)) == 3
    assert following(4, 4) is None


@pytest.mark.parametrize("cursor", ["", "-1", "1.5", "\u0663", "next", "9" * 16])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="no cursor"):
        offset(cursor)
