import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import ParamsError
from dm_mcp.workspace import Header, Param, coerce_params, validate_params

HEADER = Header(
    params={
        "environment": Param(type="string", enum=["dev", "regression"], default="regression"),
        "customers": Param(type="integer", minimum=1, maximum=1000, default=100),
        "share": Param(type="number", minimum=0, maximum=1, default=0.5),
        "clean": Param(type="boolean", default=False),
        "ids": Param(type="array", items=Param(type="integer"), default=[]),
        "tags": Param(type="array", default=[]),
    }
)
DEFAULTS: dict[str, Any] = {
    "environment": "regression",
    "customers": 100,
    "share": 0.5,
    "clean": False,
    "ids": [],
    "tags": [],
}


def test_defaults_fill_what_is_not_given_in_the_headers_order() -> None:
    got = validate_params(HEADER, {"clean": True, "customers": 5})
    assert got == {**DEFAULTS, "customers": 5, "clean": True}
    assert list(got) == list(DEFAULTS)


@pytest.mark.parametrize(
    "given_params",
    [{"customers": 1}, {"customers": 1000}, {"share": 1}, {"share": 0.25}, {"ids": [1, 2]}, {"tags": ["a", 1]}],
)
def test_values_of_their_types_pass_unchanged(given_params: dict[str, Any]) -> None:
    assert validate_params(HEADER, given_params) == {**DEFAULTS, **given_params}


def test_a_whole_float_is_an_integer() -> None:
    got = validate_params(HEADER, {"customers": 7.0})
    assert (got["customers"], type(got["customers"])) == (7, int)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("customers", 0, "greater than or equal to 1, not 0"),
        ("customers", 1001, "less than or equal to 1000"),
        ("customers", "5", "valid integer, not '5'"),
        ("customers", 1.5, "valid integer"),
        ("customers", True, "valid integer"),
        ("customers", None, "valid integer"),
        ("share", math.nan, "'share' should be a finite number"),
        ("share", math.inf, "'share' should be a finite number"),
        ("share", True, "'share' should be a valid number"),
        ("clean", 1, "boolean"),
        ("clean", "true", "boolean"),
        ("environment", "Dev", "one of 'dev', 'regression'"),
        ("environment", ["dev"], "valid string"),
        ("ids", "1,2", "list"),
        ("ids", [1, "x"], "'ids' at item 1 should be a valid integer"),
        ("ids", {"a": 1}, "list"),
    ],
)
def test_a_value_outside_of_its_schema_is_refused(name: str, value: object, told: str) -> None:
    with pytest.raises(ParamsError) as caught:
        validate_params(HEADER, {name: value})
    assert told in caught.value.message
    assert caught.value.where.get("param") == name


def test_all_problems_are_told_at_once_and_the_first_is_where() -> None:
    header = Header(params={"count": Param(type="integer"), "name": Param(type="string")})
    with pytest.raises(ParamsError) as caught:
        validate_params(header, {"cuont": 3, "name": 4})
    assert caught.value.message == (
        "'cuont' is no parameter of it; 'count' is required; 'name' should be a valid string, not 4."
    )
    assert caught.value.where.get("param") == "cuont"
    assert "Did you mean 'count'?" in caught.value.hint
    assert "count (integer), name (string)" in caught.value.hint


def test_a_near_miss_of_an_enum_is_hinted_at() -> None:
    with pytest.raises(ParamsError, match="Did you mean 'regression'"):
        validate_params(HEADER, {"environment": "regresion"})


def test_a_scenario_without_parameters_says_so() -> None:
    with pytest.raises(ParamsError, match="The parameters are: none"):
        validate_params(Header(), {"a": 1})


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(ParamsError) as caught:
        validate_params(HEADER, {"customers": "x" * 10_000, "y" * 10_000: 1})
    assert len(str(caught.value)) < 1000


def test_texts_become_values_of_their_types() -> None:
    texts = {
        "environment": "dev",
        "customers": "5",
        "share": "0.25",
        "clean": "true",
        "ids": "1, 2",
        "tags": '["a", 1]',
    }
    got = coerce_params(HEADER, texts)
    assert got == {"environment": "dev", "customers": 5, "share": 0.25, "clean": True, "ids": [1, 2], "tags": ["a", 1]}
    assert validate_params(HEADER, got) == got


@pytest.mark.parametrize(
    ("name", "text"),
    [("customers", "many"), ("customers", "5000"), ("clean", "maybe"), ("ids", "[1,"), ("ids", "1,x"), ("nmae", "x")],
)
def test_a_text_that_is_no_such_value_is_left_for_validation_to_refuse(name: str, text: str) -> None:
    with pytest.raises(ParamsError) as caught:
        validate_params(HEADER, coerce_params(HEADER, {name: text}))
    assert caught.value.where.get("param") == name


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "other"]), st.text(max_size=20)))
def test_no_text_breaks_anything_but_the_rules(texts: dict[str, str]) -> None:
    try:
        got = validate_params(HEADER, coerce_params(HEADER, texts))
    except ParamsError as error:
        assert error.message
    else:
        assert got.keys() == DEFAULTS.keys()
