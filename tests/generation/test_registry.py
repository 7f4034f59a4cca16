"""The registry of field types."""

import pytest

from dm_mcp.generation.columns import Column, IntegerColumn
from dm_mcp.generation.registry import (
    BlockContext,
    FieldType,
    NoOptions,
    Place,
    canonical,
    closest,
    field_type,
    field_types,
    find_type,
)
from dm_mcp.generation.schema import ColumnType

GROUND_FLOOR = {
    "uuid",
    "first_name",
    "last_name",
    "name",
    "email",
    "phone",
    "street",
    "city",
    "zip_code",
    "country",
    "iban",
    "number",
    "float",
    "amount",
    "boolean",
    "enum",
    "date",
    "datetime",
    "words",
    "derived",
    "faker",
}


def test_every_type_of_the_ground_floor_is_there_with_a_description_and_a_schema() -> None:
    types = field_types()
    assert set(types) >= GROUND_FLOOR
    for info in types.values():
        assert "e.g." in info.description
        assert info.options["type"] == "object"
        assert info.options["additionalProperties"] is False


def test_the_schema_names_options_as_a_template_does() -> None:
    assert set(field_types()["datetime"].options["properties"]) > {"from", "to", "precision"}


@pytest.mark.parametrize("spelling", ["first_name", "First Name", "First name", "first-name", " FIRST_NAME "])
def test_a_type_is_found_in_any_spelling(spelling: str) -> None:
    assert canonical(spelling) == "first_name"
    assert find_type(spelling).name == "first_name"


def test_a_new_type_is_one_decorated_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dm_mcp.generation.registry._types", {name: find_type(name) for name in field_types()})

    @field_type("row_number_for_a_test")
    class RowNumber(FieldType[NoOptions]):
        """The row's number."""

        def column_type(self) -> ColumnType:
            return ColumnType.INTEGER

        def make(self, context: BlockContext) -> Column:
            return IntegerColumn(context.row_numbers)

    assert find_type("Row number for a test") is RowNumber
    assert RowNumber.options_model is NoOptions


def test_a_type_is_found_by_its_alias_but_listed_once() -> None:
    assert find_type("Custom") is find_type("enum")
    assert find_type("enum").name == "enum"
    assert "custom" not in field_types()


def test_two_types_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two field types 'uuid'"):
        field_type("uuid")(find_type("uuid"))
    with pytest.raises(ValueError, match="two field types 'custom'"):
        field_type("another", "custom")(find_type("uuid"))


def test_a_place_knows_the_first_other_field_of_a_type() -> None:
    place = Place("b", "en_US", {"a": "uuid", "b": "name", "c": "name", "d": "name"})
    assert place.first_of("name") == "c"
    assert place.first_of("email") is None


def test_a_hint_names_the_nearest_and_lists_a_few() -> None:
    assert closest("mim", ["min", "max"]) == "Did you mean 'min'? Allowed: min, max."
    assert closest("x", [str(i) for i in range(100)]) == ""
