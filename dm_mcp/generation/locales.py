"""Which locale a field's words come from: one, or several by weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dm_mcp.generation.streams import check_weights
from dm_mcp.generation.vocabulary import faker_locale

__all__ = ["LocaleMix", "fallback_sentences", "locale_mix"]

_MOST = 16


class LocaleMix(NamedTuple):
    """Locales of Faker and their weights; one as a rule."""

    locales: tuple[str, ...]
    weights: tuple[float, ...]
    asked: tuple[str, ...]
    """The locales as they were written, where one that Faker doesn't know may stand."""

    def stand_ins(self) -> list[str]:
        """A sentence for each locale that Faker doesn't know."""
        return [
            f"There is no locale {asked!r}; {used} stands in for it."
            for asked, used in zip(self.asked, self.locales, strict=True)
            if asked.replace("-", "_").lower() != used.lower()
        ]


def locale_mix(written: str | Mapping[str, float]) -> LocaleMix:
    """The mix of ``"de_DE"``, or of ``{"de_DE": 7, "fr_FR": 3}``.

    A locale may be written as "de-DE". One that Faker doesn't know becomes another of its language; `stand_ins`
    says so. Raises ValueError for a locale of no known language, for weights that make no sense, and for no or too many
    locales.
    """
    weighted = {written: 1.0} if isinstance(written, str) else dict(written)
    if not all(isinstance(name, str) for name in weighted):  # pyright: ignore[reportUnnecessaryIsInstance] - from JSON or a script
        raise ValueError('a locale is text, as "de_DE"')
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


def fallback_sentences(noted: Mapping[tuple[str, str], str]) -> list[str]:
    """A sentence for each locale that lacks words which were asked for; see `noted_fallbacks`."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for (locale, kind), other in noted.items():
        kinds.setdefault((locale, other), []).append(kind.replace("_", " "))
    return [
        f"Locale {locale} has no words of its own for {' and '.join(missing)}; those of {other} are used."
        for (locale, other), missing in kinds.items()
        if other.partition("_")[0] != locale
    ]
