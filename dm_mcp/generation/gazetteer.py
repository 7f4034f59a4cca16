"""Which places go together: the cities of a country with their states and zip codes.

Some countries have a list of their larger cities here (``cities/DE.csv`` and so on): the names as they are written
there, in the language of the place, with the state or region (``code`` as in ISO 3166-2, without the country), the zip
codes that are certainly the city's, and its inhabitants in thousands, by which it is drawn. A list may be of one
locale (``cities/fr_CA.csv``): its names are in that language. The names and codes are common knowledge, read off no
other list; figures are rounded from the national statistics of about 2023.

Any other country has the words of Faker, and *made-up* places for its cities to lie in: each has one of the country's
states, and a form of zip code that leaves the last digits open.

Every city has its place. One that no list knows ("New Jamesmouth", "Atlantis") is given one by a hash of its name, so
that it lies in the same state and has the same zip codes wherever it turns up.
"""

from __future__ import annotations

import csv
import locale as platform_locale
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from dm_mcp.generation.columns import Bytes, Column, Ints, Picked, Pool, TextColumn, TextPart
from dm_mcp.generation.phrases import Phrase, Stencils, Vocables, stencils, vocables
from dm_mcp.generation.registry import BlockContext
from dm_mcp.generation.render.values import to_python
from dm_mcp.generation.streams import Chooser, Stream, Words, derive_seed, digits, seed_deriver
from dm_mcp.generation.vocabulary import vocabulary

__all__ = ["Gazetteer", "Spot", "country_code", "country_name", "gazetteer"]

_COUNTRIES = {"es_CA": "ES", "fr_QC": "CA", "en_MS": "MY", "en": "US", "sw": None, "la": None, "ar_AA": None}
"""The countries of locales that don't end in their code: Catalan is spoken in Spain, and Faker's en_MS is Malaysia."""

_SAME_LIST = {"fr_QC": "fr_CA"}

_STATES = {
    "en_NZ": "Auckland,Bay of Plenty,Canterbury,Gisborne,Hawke's Bay,Manawatū-Whanganui,Marlborough,Nelson,Northland,"
    "Otago,Southland,Taranaki,Tasman,Waikato,Wellington,West Coast",
    "he_IL": "מחוז הדרום,מחוז הצפון,מחוז חיפה,מחוז ירושלים,מחוז המרכז,מחוז תל אביב",
    "ka_GE": "აჭარა,გურია,იმერეთი,კახეთი,მცხეთა-მთიანეთი,სამეგრელო-ზემო სვანეთი,"
    "სამცხე-ჯავახეთი,ქვემო ქართლი,შიდა ქართლი",
    "no_NO": "Agder,Akershus,Buskerud,Finnmark,Innlandet,Møre og Romsdal,Nordland,Oslo,Rogaland,Telemark,Troms,"
    "Trøndelag,Vestfold,Vestland,Østfold",
    "zh_TW": "臺北市,新北市,桃園市,臺中市,臺南市,高雄市,基隆市,新竹市,嘉義市,新竹縣,苗栗縣,彰化縣,"
    "南投縣,雲林縣,嘉義縣,屏東縣,宜蘭縣,花蓮縣,臺東縣,澎湖縣",
}
"""The states of those locales for which Faker has none of its own."""

_PLACES_MADE_UP = 512

_NL_PAIRS = "ABCDEGHJKLMNPRSTVWXZ"
_GB_UNIT = "ABDEFGHJLNPQRSTUWXYZ"
_CA_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"


class Spot(NamedTuple):
    """A city and what goes with it; a made-up place has no name of its own."""

    city: str
    state: str
    code: str
    """That of the state, or nothing where there is none that people use."""
    areas: str
    """Its zip codes as in the list: ``10115..14199;SW1..SW3``, both ends of a range included."""
    weight: float

    @property
    def zip_codes(self) -> list[str]:
        """The codes of the areas, one by one."""
        return [code for area in self.areas.split(";") for code in _spelled_out(area)]


def country_code(locale: str) -> str | None:
    """The ISO 3166-1 code of a locale's country; None for Latin and the like."""
    whole = platform_locale.normalize(locale).partition(".")[0]
    if locale in _COUNTRIES:
        return _COUNTRIES[locale]
    return whole.partition("_")[2] or None


@cache
def country_name(locale: str) -> str | None:
    """What a locale's country calls itself in the locale's language; None for Latin and the like."""
    code = country_code(locale)
    names = {row["language"]: row["name"] for row in _table("countries.csv") if row["code"] == code}
    return names.get(locale.partition("_")[0]) or next(iter(names.values()), None)


@cache
def gazetteer(locale: str) -> Gazetteer:
    """The places of a locale, read once in a process."""
    spots = _listed(locale)
    if spots:
        return Gazetteer(spots, _TAILS.get(country_code(locale) or ""), real=True)
    words = vocabulary(locale)
    elsewhere = words.fallback.get("address")
    return gazetteer(elsewhere) if elsewhere else _made_up(locale)


class Gazetteer:
    """The places of a country. A place is known by its number, in the order of the list."""

    def __init__(self, spots: Sequence[Spot], tail: Phrase | None, *, real: bool) -> None:
        self.spots = tuple(spots)
        self.cities = vocables((spot.city for spot in spots), (spot.weight for spot in spots)) if real else None
        """The cities by their inhabitants; None where Faker has them."""
        self.names = Pool(spot.city for spot in spots) if real else None
        """The places' cities; None where Faker has them."""
        self.tail = tail
        """What follows the zip codes of the list to make whole ones."""
        names = dict.fromkeys(spot.state for spot in spots)
        codes = {spot.state: spot.code for spot in spots}
        self._states, self._codes = Pool(names), Pool(codes[name] or name for name in names)
        self._code_of_state = {name: code for name, code in codes.items() if code}
        self.has_codes = any(codes.values())
        """Whether the states have codes."""
        numbers = {name: i for i, name in enumerate(names)}
        self._number_of_state = numbers | {codes[name]: i for name, i in numbers.items() if codes[name]}
        self._state = np.array([numbers[spot.state] for spot in spots], np.int64)
        self._number_of_city = {spot.city: i for i, spot in enumerate(spots)} if real else {}
        numeric = all(not re.search(r"[^\d .;-]", spot.areas, re.ASCII) for spot in spots)
        self._zip_codes = _Numbers(spots) if numeric and real else _Words(spots)
        self._chooser = Chooser([spot.weight for spot in spots])
        by_state = [[i for i, spot in enumerate(spots) if spot.state == name] for name in names]
        self._in_state = Chooser(*([spots[i].weight for i in group] for group in by_state))
        self._by_state = np.array([i for group in by_state for i in group], np.int64)

    def place_of(self, city: str) -> int:
        """Where a city lies; -1 for no city at all, which is a blank one."""
        name = city.strip()
        if not name:
            return -1
        known = self._number_of_city.get(name)
        return _city_seed(name) % len(self.spots) if known is None else known

    def state_of(self, state: str) -> int:
        """The number of a state by its name or code; -1 for no state at all."""
        name = state.strip()
        if not name:
            return -1
        known = self._number_of_state.get(name)
        return _state_seed(name) % len(self._states) if known is None else known

    def abbreviated(self, state: str) -> str:
        """The code of a state that has one; any other text as it is."""
        return self._code_of_state.get(state, state)

    def any_place(self, words: Words) -> Ints:
        """A place a row, by weight."""
        return self._chooser.pick(words)

    def place_in(self, states: Ints, words: Words) -> Ints:
        """A place of each row's state, by weight."""
        return self._by_state[self._in_state.pick(words, states)]

    def states(self, places: Ints, *, codes: bool = False) -> Picked:
        """The places' states; by their codes where they have them, if so asked."""
        return Picked(self._codes if codes else self._states, self._state[places])

    def zip_codes(self, places: Ints, context: BlockContext, lane: int) -> tuple[TextPart, ...]:
        """A zip code of each row's place, each as likely; takes lanes from ``lane`` on."""
        # The upper half of a word is enough: no place has more than some thousand codes.
        drawn = (context.words(lane=lane) >> np.uint64(32)) * self._zip_codes.count[places] >> np.uint64(32)
        code = self._zip_codes.part(self._zip_codes.start[places] + drawn.view(np.int64))
        return (code,) if self.tail is None else (code, *self.tail.parts(context, lane + 1))


_city_seed, _state_seed = seed_deriver(0, "city"), seed_deriver(0, "state")


def _table(*path: str) -> Iterator[dict[str, str]]:
    text = resources.files("dm_mcp.generation").joinpath(*path).read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


def _listed(locale: str) -> list[Spot]:
    """The cities of the list for a locale, or else for its country; none without a list."""
    for name in (_SAME_LIST.get(locale, locale), country_code(locale)):
        if name and resources.files("dm_mcp.generation").joinpath("cities", f"{name}.csv").is_file():
            return [
                Spot(row["city"], row["state"], row["code"], row["zip_codes"], float(row["thousands"]))
                for row in _table("cities", f"{name}.csv")
            ]
    return []


def _spelled_out(area: str) -> Iterator[str]:
    """The codes of an area, a single one or a range."""
    first, dots, last = area.partition("..")
    if not dots:
        yield first
        return
    form = first.rstrip("0123456789") if first[0].isalpha() else ""
    low, high = (_digits(end) for end in (first, last))
    for number in range(int(low), int(high) + 1):
        yield f"{form}{number}" if form else _poured(f"{number:0{len(low)}d}", first)


def _digits(code: str) -> str:
    return re.sub(r"\D", "", code)


def _poured(number: str, form: str) -> str:
    """The digits in the place of those of the form: "111 20" for "11120"."""
    rest = iter(number)
    return "".join(next(rest) if char.isdigit() else char for char in form)


class _Words:
    """Zip codes as words, in the order of the places: for those with letters in them."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        codes = [spot.zip_codes for spot in spots]
        self.count = np.array(list(map(len, codes)), np.uint64)
        self.start = (np.cumsum(self.count) - self.count).astype(np.int64)
        self._pool = Pool(code for listed in codes for code in listed)

    def part(self, numbers: Ints) -> Picked:
        """Codes by their number."""
        return Picked(self._pool, numbers)


class _Numbers:
    """Zip codes as numbers, in the order of the places: for those of one form, of which there are many."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        areas = [[_ends(area) for area in spot.areas.split(";")] for spot in spots]
        self.count = np.array([sum(high - low + 1 for low, high in listed) for listed in areas], np.uint64)
        self.start = (np.cumsum(self.count) - self.count).astype(np.int64)
        flat = [ends for listed in areas for ends in listed]
        self._low = np.array([low for low, _ in flat], np.int64)
        sizes = np.array([high - low + 1 for low, high in flat], np.int64)
        self._first = np.cumsum(sizes) - sizes
        self._form = spots[0].areas.partition(";")[0].partition("..")[0]

    def part(self, numbers: Ints) -> Bytes:
        """Codes by their number."""
        area = np.searchsorted(self._first, numbers, side="right") - 1
        code = digits(self._low[area] + numbers - self._first[area], len(_digits(self._form)))
        for at, char in enumerate(self._form):
            if not char.isdigit():
                code = np.insert(code, at, ord(char), axis=1)
        return code


def _ends(area: str) -> tuple[int, int]:
    first, dots, last = area.partition("..")
    return int(_digits(first)), int(_digits(last if dots else first))


def _tail(*pieces: str | Sequence[str]) -> Phrase:
    """A phrase of forms and words to pick from."""
    atoms: list[Stencils | Vocables] = []
    for piece in pieces:
        form = stencils([piece], [1.0], letters=False) if isinstance(piece, str) else None
        atoms.append(form or vocables(piece))
    return Phrase([(1.0, atoms)])


def _pairs(letters: str, without: Iterable[str] = ()) -> list[str]:
    return [a + b for a in letters for b in letters if a + b not in without]


_TAILS = {
    "BR": _tail("-###"),
    "CA": _tail(" #", list(_CA_LETTERS), "#"),
    "GB": _tail(" #", _pairs(_GB_UNIT)),
    "NL": _tail([f" {pair}" for pair in _pairs(_NL_PAIRS, without=("SA", "SD", "SS"))]),
    "PT": _tail("-###"),
}
"""What follows the codes of a list: the letters are those that the country's post uses there."""


def _made_up(locale: str) -> Gazetteer:
    """Places for Faker's cities: each with a state, and a zip code of Faker's whose last digits are open."""
    words = vocabulary(locale)
    states = _STATES[locale].split(",") if locale in _STATES else _words(words.phrase("address", *_STATE_METHODS))
    samples = _samples(words.phrase("address", "postcode"), locale)
    open_digits = all(re.search(r"\d\d$", code, re.ASCII) for code in samples)
    spots = [
        Spot("", states[derive_seed(i, locale, "state") % len(states)], "", code[:-2] if open_digits else code, 1.0)
        for i, code in enumerate(samples)
    ]
    return Gazetteer(spots, _tail("##") if open_digits else None, real=False)


_STATE_METHODS = ("administrative_unit", "state", "region", "province")


def _words(phrase: Phrase) -> list[str]:
    return [
        word for _, atoms in phrase.alternatives for atom in atoms if isinstance(atom, Vocables) for word in atom.words
    ]


def _samples(phrase: Phrase, locale: str) -> list[str]:
    """Some hundred texts of a phrase, always the same."""
    context = BlockContext(0, _PLACES_MADE_UP, Stream(0, "gazetteer", locale), _no_column)
    return to_python(TextColumn(phrase.parts(context)), _PLACES_MADE_UP)


def _no_column(name: str) -> Column:
    raise KeyError(name)
