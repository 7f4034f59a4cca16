"""Providers' methods run for what they would choose from."""

from typing import Any

import pytest

from dm_mcp.generation.tracing import UNTRACEABLE, Drawn, TracedGenerator, drawn_from, traced


class Provider:
    formats = ("## {{name}}", "{{name}}")

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def random_element(self, elements: Any) -> Any:
        raise AssertionError("a traced provider draws nothing")

    numerify = bothify = random_element

    def address(self) -> Any:
        return self.generator.parse(self.random_element(self.formats))

    def number(self) -> Any:
        return self.numerify(self.random_element({"#1": 2.0, "#2": 1.0}))

    def code(self) -> Any:
        return self.bothify(self.random_element(["a?"])).upper()

    def half(self) -> Any:
        return self.random_element([("a", "b"), ("c", "d")])[1]

    def joined(self) -> Any:
        return f"{self.random_element(['a'])}b"

    def computed(self) -> Any:
        return self.generator.random.randint(1, 2)


PROVIDER = traced(Provider(TracedGenerator(lambda name: getattr(PROVIDER, name))))


def test_a_format_is_all_its_alternatives_to_be_parsed() -> None:
    drawn = PROVIDER.address()
    assert (drawn.elements, drawn.weights, drawn.parsed) == (Provider.formats, (1.0, 1.0), True)


def test_weights_and_placeholders_are_kept() -> None:
    drawn = PROVIDER.number()
    assert (drawn.elements, drawn.weights) == (("#1", "#2"), (2.0, 1.0))
    assert (drawn.digits, drawn.letters, drawn.parsed) == (True, False, False)


def test_capitals_and_halves_of_pairs_are_followed() -> None:
    assert PROVIDER.code().elements == ("A?",)
    assert PROVIDER.half().elements == ("b", "d")


@pytest.mark.parametrize("method", ["joined", "computed"])
def test_what_can_not_be_followed_raises(method: str) -> None:
    with pytest.raises(UNTRACEABLE):
        getattr(PROVIDER, method)()


def test_only_text_and_what_was_drawn_can_be_taken_further() -> None:
    drawn = Drawn(["a"], [1.0])
    assert drawn_from(drawn) is drawn
    assert drawn_from("x").elements == ("x",)
    with pytest.raises(TypeError):
        drawn_from(3)


def test_a_number_can_be_kept_from_starting_with_zero() -> None:
    assert drawn_from("##").marked(digits=True).without_leading_zero().elements == ("%#",)
