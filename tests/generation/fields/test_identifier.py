"""uuid, object_id."""

import re
import uuid
from itertools import pairwise

from tests.generation.templates import BLOCK, numbered, values


def test_uuids_are_of_version_four_and_all_different() -> None:
    made = values("uuid", 9000)
    assert len(set(made)) == 9000
    assert {(uuid.UUID(value).version, uuid.UUID(value).variant) for value in made[:200]} == {(4, uuid.RFC_4122)}
    assert all(value == str(uuid.UUID(value)) for value in made[:200])


def test_object_ids_are_made_of_a_time_a_machine_and_a_counter() -> None:
    made = values("object_id", BLOCK + 100)
    assert len(set(made)) == len(made)
    assert all(re.fullmatch("[0-9a-f]{24}", text) for text in made)
    assert len({text[8:18] for text in made}) == 1
    assert [int(text[:8], 16) - int(made[0][:8], 16) for text in made] == [row // 1000 for row in range(len(made))]
    assert made[0].startswith(f"{1_767_225_600:x}")
    assert {(int(b[18:], 16) - int(a[18:], 16)) % 2**24 for a, b in pairwise(made)} == {1}


def test_the_machine_of_object_ids_is_the_requests() -> None:
    assert values("object_id", 1, seed=1)[0][8:18] != values("object_id", 1, seed=2)[0][8:18]
    assert values("object_id", 20) == values("object_id", BLOCK + 1)[:20]


def test_object_ids_can_be_numbered() -> None:
    made = numbered("object_id")
    assert len(set(made.values)) == 1000
    assert made.values[-1].startswith("ffffffff")
    assert made.reason == "a thousand ids a second until 2106"
