"""Golden values of every field type in several languages: a change here changes the rows of everybody's seeds."""

import json
from pathlib import Path
from typing import Any

from dm_mcp.generation.registry import field_types
from dm_mcp.generation.samples import sample
from tests.generation.templates import compiled, rows

GOLDEN = Path(__file__).parent / "golden_values.json"
LOCALES = ("de_DE", "en_US", "fr_FR", "ja_JP")
NEED_OTHERS = {"api_response", "db_response", "derived", "mapped", "python", "reference", "template"}
"""Types that need other fields, templates or a run beside them; they draw no words of their own."""


def made() -> dict[str, dict[str, list[str]]]:
    """By type and locale: its first values, as text."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in sorted(set(field_types()) - NEED_OTHERS):
        field = {"name": "value", "type": name, "options": sample(name).options}
        by_locale = {locale: rows(compiled(field, locale=locale), 2) for locale in LOCALES}
        found[name] = {locale: [str(row["value"]) for row in values] for locale, values in by_locale.items()}
    return found


def test_the_first_values_of_every_type_never_change() -> None:
    """To take a wanted change over, write what `made` gives into the file, and tell it in the change log."""
    golden: Any = json.loads(GOLDEN.read_text())
    assert made() == golden
