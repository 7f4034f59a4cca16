"""What an expression may look like, and what is said of one that can't be read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.expressions.syntax import Call, ExpressionError, Literal, Node, Path, parse

A, B, C = Path("a"), Path("b"), Path("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1", Literal(1)),
        ("1.50", Literal(Decimal("1.50"))),
        ("true", Literal(True)),
        ("null", Literal(None)),
        (r'"a \"b\""', Literal('a "b"')),
        (r"'it\'s'", Literal("it's")),
        (r"'a\nb'", Literal("a\nb")),
        ("größe", Path("größe")),
        ("`First Name`", Path("First Name")),
        ("a.b", Path("a", (".b",))),
        ("a[*].b", Path("a", ("*", ".b"))),
        ("a[0].`b c`", Path("a", (0, ".b c"))),
        ("a + b * c", Call("+", (A, Call("*", (B, C))))),
        ("(a + b) * c", Call("*", (Call("+", (A, B)), C))),
        ("a - b - c", Call("-", (Call("-", (A, B)), C))),
        ("-a * b", Call("*", (Call("negative", (A,)), B))),
        ("a < b and not c", Call("and", (Call("<", (A, B)), Call("not", (C,))))),
        ("a or b and c", Call("or", (A, Call("and", (B, C))))),
        ("a ? b : c", Call("if", (A, B, C))),
        ("sum(a, b)", Call("sum", (A, B))),
        ("now()", Call("now", ())),
    ],
)
def test_an_expression_is_read_by_the_usual_precedences(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "unexpected its end at character 1"),
        ("a +", "unexpected its end at character 4"),
        ("a b", "unexpected 'b' at character 3"),
        ("a ~ b", "unexpected '~' at character 3"),
        ("(a", "')' is missing"),
        ("sum(a", "')' is missing"),
        ("a ? b", "':' is missing"),
        ("a < b < c", "unexpected '<' at character 7"),
        ("a[b]", "unexpected 'b' at character 3"),
        ("a[1.5]", "unexpected '1.5' at character 3"),
        ("a.upper()", "unexpected '(' at character 8"),
        ("and", "unexpected 'and' at character 1"),
        ('"open', "unexpected '\"' at character 1"),
        ("(" * 50, "nested more than 40 deep"),
        ("-" * 50 + "1", "nested more than 40 deep"),
        ("not " * 50 + "a", "nested more than 40 deep"),
        ("a?" * 50 + "a", "nested more than 40 deep"),
        ("1" * 3000, "3000 characters"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert says in str(caught.value)


@given(st.text(alphabet="ab1.+-*/()[]?:,<>= '\"`{}\\nottrue\u00e9", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as error:
        assert str(error)
