"""The words of a locale, read from Faker's own data with their weights, and its formats as compiled phrases.

Faker's providers say how a city or a street is put together in code: ``city()`` draws one of ``city_formats`` and lets
the generator fill it in. Such a method is *traced*: it runs once on a stand-in whose ``random_element`` gives back, not
one of the elements, but all of them (`tracing.Drawn`), so that what it does to them can be compiled to a `Phrase`. A
method that does something else with them (draws numbers, joins strings) can't be traced; it is asked for `SAMPLES`
values, which become the words to pick from.

A locale that a provider doesn't know gets that of its language (de_LU: de_DE) or else en_US: see `Vocabulary.fallback`.
"""

from __future__ import annotations

import locale as platform_locale
import re
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Any

from faker.config import AVAILABLE_LOCALES
from faker.factory import Factory
from faker.generator import Generator as FakerGenerator

from dm_mcp.generation.phrases import Atom, Phrase, Stencils, Vocables, stencils, vocables
from dm_mcp.generation.registry import OptionError
from dm_mcp.generation.streams import derive_seed
from dm_mcp.generation.tracing import UNTRACEABLE, Drawn, TracedGenerator, drawn_from, traced

__all__ = ["LOCALES", "SAMPLES", "Vocabulary", "faker_generator", "faker_locale", "noted_fallbacks", "vocabulary"]

SAMPLES = 2000
"""Values asked for of a method that can't be traced."""

LOCALES = frozenset(AVAILABLE_LOCALES)
"""The locales that Faker knows."""

_MOST_ALTERNATIVES = 48
_TOKEN = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_PLACEHOLDER = re.compile(r"[#%$?!@]")
_KINDS = ("address", "person", "phone_number", "company", "job", "color")

_STREETS = {"ja_JP": "{{town}}{{chome}}{{ban}}{{gou}}"}
"""Locales whose ``street_address`` is none of their own in Faker, with the part of their address that is one."""

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

_NO_CURRENCIES = {"GGP", "IMP", "JEP", "SPL", "TVD"}
"""Codes among Faker's currencies that ISO 4217 does not have."""

_NAMES = ("first_name", "last_name", "city_name")
"""Methods whose words stand for themselves; a space at the edge of others ("Saint ") may be meant."""

_Alternatives = list[tuple[float, tuple[Atom, ...]]]


def _provider(kind: str, locale: str) -> tuple[Any, str]:
    """The provider class of a kind and the locale that it is for: the one asked for, its language's, or en_US.

    A bare language ("de") stands for its main country, as it does for Faker.
    """
    language = locale.partition("_")[0]
    whole = platform_locale.normalize(locale).partition(".")[0]
    for candidate in (whole, locale, f"{language}_{language.upper()}", "en_US"):
        name = f"faker.providers.{kind}.{candidate}"
        try:
            return import_module(name).Provider, candidate
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    raise LookupError(f"Faker has no provider {kind!r} for en_US")


@cache
def faker_generator(locale: str) -> Any:
    """Faker's generator of a locale with all its providers: 30 ms, once in a process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a deprecated locale says so on being made
        return Factory.create(locale)


def faker_locale(written: str) -> str:
    """The locale of Faker for one written as "de_DE", "de-DE" or "de-de": itself, or another of its language.

    Raises OptionError for a language that Faker doesn't know.
    """
    language, _, region = written.replace("-", "_").partition("_")
    language, region = language.lower(), region if "_" in region else region.upper()
    for candidate in (written, f"{language}_{region}", f"{language}_{language.upper()}"):
        if candidate in LOCALES:
            return candidate
    found = min((name for name in LOCALES if language and name.partition("_")[0] == language), default=None)
    if found is None:
        near = get_close_matches(written, LOCALES, n=3, cutoff=0.6)
        meant = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        hint = f"{meant}Locales are those of Faker: en_US, de_DE, fr_FR, ja_JP, ..."
        raise OptionError(f"unknown locale {written!r}", hint=hint)
    return found


_noted: ContextVar[dict[tuple[str, str], str] | None] = ContextVar("noted", default=None)


@contextmanager
def noted_fallbacks() -> Generator[dict[tuple[str, str], str]]:
    """Note, inside, which kinds of words are asked for that a locale lacks: by locale and kind, what is used."""
    noted: dict[tuple[str, str], str] = {}
    outer = _noted.get()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
        if outer is not None:
            outer.update(noted)


@cache
def vocabulary(locale: str) -> Vocabulary:
    """The vocabulary of a locale, read once in a process."""
    return Vocabulary(locale)


class Vocabulary:
    """The words and phrases of one locale."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        found = {kind: _provider(kind, locale) for kind in _KINDS}
        self.fallback: dict[str, str] = {kind: used for kind, (_, used) in found.items() if used != locale}
        """The kinds of words (person, address and so on) that come from another locale, and from which."""
        generator = FakerGenerator()
        tracer = TracedGenerator(self._traced_method)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a deprecated locale says so on being made
            providers = [cls for cls, _ in found.values()]
            for cls in providers:
                generator.add_provider(cls(generator))
            self._traced = [traced(cls(tracer)) for cls in providers]
        self._classes = {kind: cls for kind, (cls, _) in found.items()}
        self._generator: Any = generator
        self._phrases: dict[str, Phrase] = {}
        self._methods: dict[str, _Alternatives] = {}

    def phrase(self, kind: str, *methods: str) -> Phrase:
        """What the first of these methods that there is gives, of the provider ``kind``.

        A kind that falls back takes all its words from the other locale: an English street is named after an
        English person.
        """
        if kind in self.fallback:
            if (noted := _noted.get()) is not None:
                noted[self.locale, kind] = self.fallback[kind]
            return vocabulary(self.fallback[kind]).phrase(kind, *methods)
        method = next((name for name in methods if hasattr(self._generator, name)), None)
        if method is None:
            return vocabulary("en_US").phrase(kind, *methods)
        if method not in self._phrases:
            self._phrases[method] = Phrase(self._compiled(method))
        return self._phrases[method]

    def street(self) -> Phrase:
        """Street and house number, in the locale's order."""
        if "address" not in self.fallback and self.locale in _STREETS:
            if "street" not in self._phrases:
                self._phrases["street"] = Phrase(self._expanded(drawn_from(_STREETS[self.locale]).marked(parsed=True)))
            return self._phrases["street"]
        return self.phrase("address", "street_address")

    def words(self, kind: str, method: str) -> tuple[str, ...]:
        """The words that a phrase is picked from, where that is all it is."""
        return tuple(
            word
            for _, atoms in self.phrase(kind, method).alternatives
            for atom in atoms
            if isinstance(atom, Vocables)
            for word in atom.words
        )

    def sentence(self) -> tuple[Vocables, str]:
        """The locale's words for running text, and what stands between two of them."""
        provider, _ = _provider("lorem", self.locale)
        return vocables(provider.word_list), provider.word_connector

    def full_stop(self) -> str:
        """What ends a sentence, with the space before the next one where there is one."""
        provider, _ = _provider("lorem", self.locale)
        return provider.sentence_punctuation + ("" if provider.word_connector == "" else " ")

    def currencies(self) -> tuple[tuple[str, str], ...]:
        """The codes of ISO 4217 with their names."""
        return tuple(pair for pair in _provider("currency", self.locale)[0].currencies if pair[0] not in _NO_CURRENCIES)

    def month_names(self) -> tuple[str, ...]:
        """The months in the locale's language where Faker knows them, else in English; January first."""
        names: dict[str, str] = getattr(_provider("date_time", self.locale)[0], "MONTH_NAMES", {})
        return tuple(names.get(f"{number:02d}", _MONTHS[number - 1]) for number in range(1, 13))

    def weekday_names(self) -> tuple[str, ...]:
        """The days of the week in the locale's language where Faker knows them, else in English; Monday first."""
        names: dict[str, str] = getattr(_provider("date_time", self.locale)[0], "DAY_NAMES", {})
        return tuple(names.get(str(number % 7), _DAYS[number % 7]) for number in range(1, 8))

    def romanised(self) -> dict[str, str]:
        """Names in Latin letters by their spelling, where Faker has both: Japanese."""
        names: dict[str, str] = {}
        for attribute in ("first_name_pairs", "last_name_pairs"):
            for entry in getattr(self._classes["person"], attribute, ()):
                names[entry[0]] = entry[-1]
        return names

    def _traced_method(self, name: str) -> Callable[[], Any]:
        for provider in self._traced:
            if hasattr(provider, name):
                return getattr(provider, name)
        raise AttributeError(name)

    def _compiled(self, method: str) -> _Alternatives:
        """A method's alternatives, worked out once."""
        if method not in self._methods:
            self._methods[method] = self._traced_or_sampled(method)
        return self._methods[method]

    def _traced_or_sampled(self, method: str) -> _Alternatives:
        try:
            drawn = self._traced_method(method)()
            if isinstance(drawn, Drawn) and all(isinstance(element, str) for element in drawn.elements):
                if method == "building_number":
                    drawn = drawn.without_leading_zero()
                elif method.startswith(_NAMES):
                    drawn = drawn.stripped()
                alternatives = self._expanded(drawn)
                if 0 < len(alternatives) <= _MOST_ALTERNATIVES:
                    return alternatives
        except UNTRACEABLE:
            pass
        return [(1.0, (self._sampled(method),))]

    def _sampled(self, method: str) -> Vocables:
        try:
            return _samples(self._generator, self.locale, method)
        except AttributeError:
            # The method needs a provider of another kind.
            return _samples(faker_generator(self.locale), self.locale, method)

    def _expanded(self, drawn: Drawn) -> _Alternatives:
        """What was drawn as alternatives of atoms. Raises ValueError for what no stencil can hold."""
        if not (drawn.parsed and any(map(_TOKEN.search, drawn.elements))):
            return [(1.0, (_leaf(drawn),))]
        alternatives: dict[tuple[Atom, ...], float] = {}
        for text, weight in zip(drawn.elements, drawn.weights, strict=True):
            expanded: _Alternatives = [(weight, ())]
            for i, piece in enumerate(_TOKEN.split(_one_line(text))):
                if i % 2:
                    choices = _filled(self._compiled(piece), drawn)
                elif piece:
                    choices = [(1.0, (_leaf(drawn_from(piece).marked(digits=drawn.digits, letters=drawn.letters)),))]
                else:
                    continue
                total = sum(share for share, _ in choices)
                expanded = [(a * b / total, left + right) for a, left in expanded for b, right in choices]
            for share, atoms in expanded:
                joined = _joined(atoms)
                alternatives[joined] = alternatives.get(joined, 0.0) + share
        return [(share, atoms) for atoms, share in alternatives.items()]


def _filled(alternatives: _Alternatives, drawn: Drawn) -> _Alternatives:
    """A field's alternatives where the format round it has its placeholders filled in after its fields."""
    if not drawn.digits:
        return alternatives
    return [(share, tuple(_filled_atom(atom, drawn) for atom in atoms)) for share, atoms in alternatives]


def _filled_atom(atom: Atom, drawn: Drawn) -> Atom:
    if isinstance(atom, Stencils):
        return atom
    filled = Drawn(atom.words, atom.weights).marked(digits=drawn.digits, letters=drawn.letters)
    return _leaf(filled)


def _samples(generator: Any, locale: str, method: str) -> Vocables:
    generator.seed_instance(derive_seed(0, locale, method))
    draw: Callable[[], object] = getattr(generator, method)
    return vocables(_one_line(str(draw())) for _ in range(SAMPLES))


def _one_line(text: str) -> str:
    return text.replace("\n", ", ").strip()


def _leaf(drawn: Drawn) -> Atom:
    """Elements without fields: stencils where they have placeholders, else words."""
    if (drawn.digits or drawn.letters) and any(map(_PLACEHOLDER.search, drawn.elements)):
        leaf = stencils(drawn.elements, drawn.weights, drawn.letters)
        if leaf is None:
            raise ValueError("a format with a character that some format escapes")
        return leaf
    return vocables(drawn.elements, drawn.weights)


def _joined(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """The atoms with literal text stuck to its neighbour, left first."""
    joined: list[Atom] = []
    for atom in atoms:
        merged = _merged(joined[-1], atom) if joined else None
        if merged is None:
            joined.append(atom)
        else:
            joined[-1] = merged
    return tuple(joined)


def _merged(left: Atom, right: Atom) -> Atom | None:
    """Two atoms as one, if one of them is a literal; None if not."""
    if isinstance(left, Vocables) and isinstance(right, Vocables):
        if len(left.words) > 1 and len(right.words) > 1:
            return None
        words = [a + b for a in left.words for b in right.words]
        return Vocables(tuple(words), left.weights if len(left.words) > 1 else right.weights)
    if isinstance(left, Vocables) and isinstance(right, Stencils) and len(left.words) == 1:
        return _with_literal(right, left.words[0], "")
    if isinstance(left, Stencils) and isinstance(right, Vocables) and len(right.words) == 1:
        return _with_literal(left, "", right.words[0])
    return None


def _with_literal(atom: Stencils, before: str, after: str) -> Stencils | None:
    if stencils([before + after], [1.0], letters=False) is None:
        return None
    texts = tuple(before + text + after for text in atom.texts)
    marks = tuple(" " * len(before) + marks + " " * len(after) for marks in atom.marks)
    return Stencils(texts, marks, atom.weights)
