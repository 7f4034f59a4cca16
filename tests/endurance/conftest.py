"""How often each trial is repeated: twice for a look, as often as it takes to trust it by ``make endurance``."""

from __future__ import annotations

import pytest


@pytest.fixture
def moments(request: pytest.FixtureRequest) -> int:
    """So many moments at which a server is killed."""
    moments = request.config.getoption("--moments")
    assert isinstance(moments, int)
    return moments
