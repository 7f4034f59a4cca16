"""Addresses of resources, written and taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import InvalidRequest
from dm_mcp.server.uris import Address, read_uri, resource_uri

ids = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=100)


@given(ids)
def test_any_id_is_read_as_it_was_written(id_: str) -> None:
    assert read_uri(resource_uri("scenario", id_)) == Address("scenario", id_, "")


@pytest.mark.parametrize("part", ["log", "result"])
def test_a_run_s_address_names_a_part_of_it(part: str) -> None:
    uri = resource_uri("run", "run_0123456789ab", part)
    assert uri == f"run://run_0123456789ab/{part}"
    assert read_uri(uri) == Address("run", "run_0123456789ab", part)


def test_what_stands_first_in_a_run_s_address_is_its_id() -> None:
    assert read_uri("run://run_1") == Address("run", "run_1", "")
    assert read_uri("run://run_1/log/2") == Address("run", "run_1", "log/2")


@pytest.mark.parametrize("uri", ["", "nonsense", "run://", "run:run_1/log", f"scenario://{'x' * 5_000}"])
def test_what_is_no_address_is_refused(uri: str) -> None:
    with pytest.raises(InvalidRequest, match="no address"):
        read_uri(uri)
