"""faker."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dm_mcp.errors import GenerationError, TemplateError
from dm_mcp.generation.columns import Column
from dm_mcp.generation.fields.provider import FakerField, FakerOptions
from dm_mcp.generation.registry import BlockContext, Place
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Stream
from tests.generation.templates import BLOCK, compiled, template, values


def field(provider: str, **args: Any) -> dict[str, Any]:
    return {"name": "f", "type": "faker", "options": {"provider": provider, "args": args}}


@pytest.mark.parametrize(
    ("provider", "args", "column_type", "kind"),
    [
        ("license_plate", {}, ColumnType.TEXT, str),
        ("pyint", {"min_value": 3, "max_value": 4}, ColumnType.INTEGER, int),
        ("pybool", {}, ColumnType.BOOLEAN, bool),
        ("pyfloat", {}, ColumnType.FLOAT, float),
        ("pydecimal", {"left_digits": 3, "right_digits": 2}, ColumnType.DECIMAL, Decimal),
        ("date_time", {}, ColumnType.TIMESTAMP, datetime),
        ("date_object", {}, ColumnType.DATE, date),
        ("words", {}, ColumnType.JSON, list),
        ("location_on_land", {}, ColumnType.JSON, list),
        ("simple_profile", {}, ColumnType.JSON, dict),
        ("time_delta", {}, ColumnType.TEXT, str),
    ],
)
def test_a_provider_gives_values_of_the_type_in_the_schema(
    provider: str, args: dict[str, Any], column_type: ColumnType, kind: type
) -> None:
    made = compiled(field(provider, **args))
    assert made.schema[0].type == column_type
    assert {type(value) for value in values("faker", 5, {"provider": provider, "args": args})} == {kind}


@pytest.mark.parametrize(
    ("provider", "args", "says"),
    [
        ("date_time", {"end_datetime": "rubbish"}, "refuses args {'end_datetime': 'rubbish'}"),
        ("pyint", {"min_value": 5, "max_value": 3}, "refuses args"),
        ("binary", {"length": 1}, "gives bytes"),
    ],
)
def test_what_only_a_call_shows_is_said_when_the_template_is_compiled(
    provider: str, args: dict[str, Any], says: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        compiled(field(provider, **args))
    assert says in caught.value.message
    assert caught.value.where == {"field": "f"}


def test_a_template_is_checked_without_a_call() -> None:
    endless = field("texts", nb_texts=10_000, max_nb_chars=10_000)
    assert template(endless).fields[0].options["provider"] == "texts"


def test_a_call_that_fails_in_the_middle_names_the_field() -> None:
    options = FakerOptions(provider="random_element", args={"elements": [1, 2]})
    made = FakerField(options, Place("f", "en_US", {"f": "faker"}))
    options.args["elements"] = []
    with pytest.raises(GenerationError, match="field 'f': Faker's provider 'random_element' refuses"):
        made.make(BlockContext(0, 1, Stream(1, "t", "f"), dict[str, Column]().__getitem__))


def test_moments_are_in_utc() -> None:
    (value,) = values("faker", 1, {"provider": "date_time"})
    assert value.utcoffset() == timedelta(0)


def test_sets_come_in_an_order_of_their_own() -> None:
    options = {"provider": "pyset", "args": {"nb_elements": 5, "value_types": ["int"]}}
    for value in values("faker", 5, options):
        assert value == sorted(value, key=repr)


def test_the_locale_is_the_templates() -> None:
    assert all(" " in value for value in values("faker", 5, {"provider": "license_plate"}, locale="sv_SE"))


def test_few_rows_are_the_first_of_many_and_blocks_stand_for_themselves() -> None:
    options = {"provider": "pyint", "args": {"max_value": 10**9}}
    many = values("faker", BLOCK + 20, options)
    assert values("faker", 20, options) == many[:20]
    assert many[:20] != many[BLOCK:]


def test_two_fields_of_one_provider_differ() -> None:
    made = compiled({**field("pyint", max_value=10**9), "name": "a"}, {**field("pyint", max_value=10**9), "name": "b"})
    block = next(made.blocks(20, 1))
    assert block.columns[0] != block.columns[1]
