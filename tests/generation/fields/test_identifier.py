"""uuid."""

import uuid

from tests.generation.templates import values


def test_uuids_are_of_version_four_and_all_different() -> None:
    made = values("uuid", 9000)
    assert len(set(made)) == 9000
    assert {(uuid.UUID(value).version, uuid.UUID(value).variant) for value in made[:200]} == {(4, uuid.RFC_4122)}
    assert all(value == str(uuid.UUID(value)) for value in made[:200])
