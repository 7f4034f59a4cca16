"""Which locale a field's words come from: one, or several by weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dm_mcp.generation.streams import check_weights
from dm_mcp.generation.vocabulary import LOCALES, faker_locale, vocabulary

__all__ = ["LocaleMix", "locale_mix"]

_MOST = 16


class LocaleMix(NamedTuple):
    """Locales of Faker and their weights; one as a rule."""

    locales: tuple[str, ...]
    weights: tuple[float, ...]
    asked: tuple[str, ...]
    """The locales as they were written, where one that Faker doesn't know may stand."""

    def fallbacks(self) -> list[str]:
        """A sentence for each locale that has not all of its words itself."""
        return [
            sentence
            for asked, used in zip(self.asked, self.locales, strict=True)
            for sentence in _fallbacks(asked, used)
        ]


def locale_mix(written: str | Mapping[str, float]) -> LocaleMix:
    """The mix of ``"de_DE"``, or of ``{"de_DE": 7, "fr_FR": 3}``.

    A locale may be written as "de-DE". One that Faker doesn't know becomes another of its language; `fallbacks` says
    so. Raises ValueError for a locale of no known language, for weights that make no sense, and for no or too many
    locales.
    """
    weighted = {written: 1.0} if isinstance(written, str) else dict(written)
    if not weighted:
        raise ValueError('there is no locale in the mix; write {"de_DE": 7, "fr_FR": 3}')
    if len(weighted) > _MOST:
        raise ValueError(f"a mix of {len(weighted)} locales is too large; {_MOST} are possible")
    check_weights(list(weighted.values()), len(weighted))
    merged: dict[str, tuple[str, float]] = {}
    for asked, weight in weighted.items():
        used = faker_locale(asked)
        merged[used] = (merged.get(used, (asked, 0.0))[0], merged.get(used, ("", 0.0))[1] + weight)
    return LocaleMix(
        tuple(merged), tuple(weight for _, weight in merged.values()), tuple(asked for asked, _ in merged.values())
    )


def _fallbacks(asked: str, used: str) -> list[str]:
    written = asked.replace("-", "_")
    said = [f"There is no locale {asked!r}; {used} stands in for it."] if written not in LOCALES else []
    missing = vocabulary(used).fallback
    by_locale: dict[str, list[str]] = {}
    for kind, other in missing.items():
        by_locale.setdefault(other, []).append(kind.replace("_", " "))
    return said + [
        f"Locale {used} has no words of its own for {' and '.join(kinds)}; those of {other} are used."
        for other, kinds in by_locale.items()
        if other.partition("_")[0] != used
    ]
