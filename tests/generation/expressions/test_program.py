"""Expressions worked out on rows: values, types, and what does not go together."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.columns import Block, NestedColumn, ObjectColumn
from dm_mcp.generation.expressions.functions import FUNCTIONS
from dm_mcp.generation.expressions.program import compile_expression
from dm_mcp.generation.expressions.syntax import ExpressionError
from dm_mcp.generation.expressions.values import FunctionError
from dm_mcp.generation.schema import ColumnType
from tests.generation.render.columns import ints

DAY, MOMENT = date(2026, 1, 31), datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
ROW: dict[str, Any] = {
    "n": 7,
    "f": 0.5,
    "d": Decimal("2.50"),
    "t": "Anna",
    "day": DAY,
    "at": MOMENT,
    "yes": True,
    "nothing": None,
    "list": [3, None, 1],
    "items": [{"price": Decimal("1.10"), "tags": ["a", "b"]}, {"price": Decimal("2.20"), "tags": []}],
    "inner": {"city": "Ulm"},
}


def worked_out(text: str, row: dict[str, Any] | None = None) -> Any:
    given_row = ROW if row is None else row
    [value] = compile_expression(text).values(lambda name: ObjectColumn([given_row[name]]), 1)
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n + 1", 8),
        ("n - 10", -3),
        ("n * f", 3.5),
        ("n / 2", 3.5),
        ("n % 4", 3),
        ("-n", -7),
        ("d * 2", Decimal("5.00")),
        ("d + f", Decimal("3.00")),
        ("d / 2", Decimal("1.25")),
        ("t + ' ' + n", "Anna 7"),
        ("day + 1", date(2026, 2, 1)),
        ("at - 1", datetime(2026, 1, 30, 12, 30, tzinfo=UTC)),
        ("day - date('2026-01-01')", 30),
        ("n == 7 and t != 'Bob'", True),
        ("n > 7 or yes", True),
        ("not yes", False),
        ("day < at", True),
        ("nothing == null", True),
        ("n == true", False),
        ("n > 5 ? 'many' : 'few'", "many"),
        ("if(nothing, 1, 2)", 2),
        ("nothing ? 1 / 0 : 2", 2),
        ("sum(items[*].price)", Decimal("3.30")),
        ("sum(list)", 4),
        ("sum(n, d, f)", Decimal("10.00")),
        ("avg(list)", 2.0),
        ("min(list)", 1),
        ("max(1, n, f)", 7),
        ("count(list)", 2),
        ("count(items[*].price)", 2),
        ("items[1].price", Decimal("2.20")),
        ("items[9].price", None),
        ("join(items[*].tags[*], '-')", "a-b"),
        ("first(list)", 3),
        ("inner.city", "Ulm"),
        ("inner.street", None),
        ("t.city", None),
        ("round(f * 3)", 2.0),
        ("round(d, 1)", Decimal("2.5")),
        ("floor(-f)", -1),
        ("ceil(f)", 1),
        ("abs(-n)", 7),
        ("upper(t)", "ANNA"),
        ("lower(t)", "anna"),
        ("title('anna meier')", "Anna Meier"),
        ("trim('  a ')", "a"),
        ("length(t)", 4),
        ("length(list)", 3),
        ("substring(t, 2, 2)", "nn"),
        ("left(t, 2)", "An"),
        ("right(t, 9)", "Anna"),
        ("pad(n, 3, '0')", "007"),
        ("replace(t, 'n', 'm')", "Amma"),
        ("contains(t, 'nn')", True),
        ("starts_with(t, 'B')", False),
        ("ends_with(t, 'a')", True),
        ("concat(t, nothing, n)", "Anna7"),
        ("text(d)", "2.50"),
        ("number('4.20')", Decimal("4.20")),
        ("coalesce(nothing, n)", 7),
        ("year(at)", 2026),
        ("month(day)", 1),
        ("day(day)", 31),
        ("date(at)", DAY),
        ("add_days(day, 1)", date(2026, 2, 1)),
        ("add_months(day, 1)", date(2026, 2, 28)),
        ("add_months(day, -12)", date(2025, 1, 31)),
        ("days_between('2026-01-01', day)", 30),
        ("format_date(at, '%d.%m.%Y %H:%M')", "31.01.2026 12:30"),
    ],
)
def test_an_expression_has_the_value_that_a_reader_expects(text: str, value: Any) -> None:
    result = worked_out(text)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"coalesce", "concat", "count", "if"}))
def test_a_null_makes_a_null(name: str) -> None:
    function = FUNCTIONS[name]
    arguments = ["nothing", *(["n"] * (function.fewest - 1))]
    assert worked_out(f"{name}({', '.join(arguments)})") in (None, 0)


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "%", "<", "<=", ">", ">="])
def test_a_null_makes_a_null_of_an_operator(sign: str) -> None:
    assert worked_out(f"nothing {sign} n") is None
    assert worked_out(f"t {sign} nothing") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("n / 0", "a division by zero"),
        ("d / 0", "a division by zero"),
        ("n % 0", "a division by zero"),
        ("t * 2", "'*' does not go with text and a number"),
        ("t * 1000000000", "'*' does not go with text"),
        ("yes + 1", "'+' does not go with a boolean and a number"),
        ("-t", "'-' does not go with text"),
        ("t < n", "'<' does not go with text and a number"),
        ("list + t", "a list or an object is no text"),
        ("min(1, t)", "no order"),
        ("round(t)", "round wants a number"),
        ("round(n, 99)", "decimal places from 0 to 15"),
        ("floor(t)", "a number is wanted, not text"),
        ("number(t)", "reads as no number"),
        ("number('NaN')", "not finite"),
        ("date(t)", "reads as no date"),
        ("year(n)", "a date is wanted, not a number"),
        ("add_days(day, 10000000)", "outside the years 1 to 9999"),
        ("add_months(day, 100000)", "outside the years"),
        ("format_date(day, '%A')", "format_date knows"),
        ("pad(t, 100000)", "a width from 0 to 1000"),
        ("substring(t, 0)", "a start from 1"),
        ("replace(t, '', 'x')", "a text to look for"),
        ("join(t)", "join wants a list"),
    ],
)
def test_values_that_do_not_go_together_are_told(text: str, says: str) -> None:
    with pytest.raises(FunctionError) as caught:
        worked_out(text)
    assert says in str(caught.value)


def test_no_expression_makes_a_text_or_a_number_without_bounds() -> None:
    text = "replace(t, 'n', '" + "n" * 500 + "')"
    with pytest.raises(FunctionError, match="characters"):
        worked_out("replace(replace(" + text + ", 'n', 'nnnnnnnnnnnnnnnnnnnn'), 'n', 'nnnnnnnnnnnnnnnnnnnnnnnnnn')")
    with pytest.raises(FunctionError, match="too large"):
        worked_out(" * ".join(["9999999999999999999"] * 80))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("eval('1')", "there is no function 'eval'; functions: abs, "),
        ("round()", "round takes 1 or more arguments, not 0"),
        ("upper(t, n)", "upper takes 1 arguments, not 2"),
        ("n + foo(1)", "there is no function 'foo'"),
    ],
)
def test_unknown_functions_and_wrong_numbers_of_arguments_are_told(text: str, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert says in str(caught.value)


HOSTILE = ["__import__('os')", "t.__class__", "inner.__class__.__mro__", "(lambda: 1)()", "open('/etc/passwd')"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_expression_reaches_python(text: str) -> None:
    try:
        assert worked_out(text) is None
    except ExpressionError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("n + 1", ColumnType.INTEGER),
        ("n / 2", ColumnType.FLOAT),
        ("d * n", ColumnType.DECIMAL),
        ("t + n", ColumnType.TEXT),
        ("day + 1", ColumnType.DATE),
        ("day - day", ColumnType.INTEGER),
        ("n < 3", ColumnType.BOOLEAN),
        ("sum(items[*].price) * 1.19", ColumnType.DECIMAL),
        ("count(items[*].price)", ColumnType.INTEGER),
        ("n > 1 ? 1 : 2.5", ColumnType.DECIMAL),
        ("coalesce(d, 0)", ColumnType.DECIMAL),
        ("upper(t)", ColumnType.TEXT),
        ("anything", None),
        ("n > 1 ? n : null", None),
    ],
)
def test_an_expression_knows_what_it_holds_before_any_row(text: str, kind: ColumnType | None) -> None:
    fields = {
        "n": ColumnType.INTEGER,
        "d": ColumnType.DECIMAL,
        "t": ColumnType.TEXT,
        "day": ColumnType.DATE,
        "items": ColumnType.JSON,
    }
    assert compile_expression(text).kind(fields, {"items": {"price": ColumnType.DECIMAL}}) == kind


def test_a_path_into_nested_rows_is_that_into_their_dictionaries() -> None:
    prices = ObjectColumn([Decimal(1), Decimal(2), Decimal(3)])
    nested = NestedColumn(Block(("price",), (prices,), 3), ints([2, 2, 3]))
    program = compile_expression("sum(items[*].price)")
    assert program.values(lambda _: nested, 3) == [Decimal(3), 0, Decimal(3)]
    single = NestedColumn(Block(("price",), (prices,), 3), None)
    assert compile_expression("items.price").values(lambda _: single, 3) == prices.values


NUMBERS = st.integers(-(10**6), 10**6)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_whole_numbers_are_added_and_compared_as_python_does(a: int, b: int, c: int) -> None:
    row = {"a": a, "b": b, "c": c}
    assert worked_out("a + b * c - a", row) == a + b * c - a
    assert worked_out("a < b ? a : c", row) == (a if a < b else c)
    assert worked_out("a == b or b <= c", row) == (a == b or b <= c)
    assert worked_out("max(a, b, c) - min(a, b, c)", row) == max(a, b, c) - min(a, b, c)
