import re

import pytest

from dm_mcp import errors
from dm_mcp.errors import DmError, from_dict

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, DmError)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_crosses_a_socket_as_its_own_class(cls: type[DmError]) -> None:
    error = cls("It broke.", hint="Mend it.", file="a.py", line=3, row=7)
    again = from_dict(error.to_dict())
    assert type(again) is cls
    assert again.to_dict() == error.to_dict()


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in CLASSES]
    assert len(codes) == len(set(codes))


def test_the_drawn_tree_is_the_tree() -> None:
    tree = errors.__doc__ or ""
    drawn = dict(re.findall(r"(?:├──|└──) (\w+) +([a-z_]+)", tree))
    assert drawn == {cls.__name__: cls.code for cls in CLASSES if cls is not DmError}


def test_the_public_names_are_listed_and_sorted() -> None:
    assert errors.__all__ == sorted(errors.__all__)
    assert {cls.__name__ for cls in CLASSES} <= set(errors.__all__)


def test_the_text_says_where_what_and_what_to_do() -> None:
    error = DmError("It is wrong.", hint="Do this.", file="x.py", line=7, field="email")
    assert str(error) == "x.py:7, field 'email': It is wrong. Do this."


def test_an_unknown_code_is_a_plain_error() -> None:
    assert type(from_dict({"code": "of_tomorrow", "message": "m"})) is DmError


@pytest.mark.parametrize("where", [[1], "here", None, {"hint": "x", "message": "y", "file": "a.py"}])
def test_what_a_worker_makes_up_of_an_error_is_an_error_all_the_same(where: object) -> None:
    error = from_dict({"code": "script_error", "message": "m", "hint": "h", "where": where})
    assert (error.code, error.message, error.hint) == ("script_error", "m", "h")
    assert error.where == ({"file": "a.py"} if isinstance(where, dict) else {})
