"""Field types for places: street, city, zip_code, state, country, country_code, address.

Those of one row go together: the city is drawn, and the others follow it, in the fields of one group (`groups`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from pydantic import field_validator

from dm_mcp.generation.as_text import mapped_parts, text_parts
from dm_mcp.generation.columns import Column, Ints, Picked, TextColumn, TextPart
from dm_mcp.generation.fields.groups import companion, member
from dm_mcp.generation.fields.phrase import PhraseField, form_phrase, phrase_distinct, phrase_numbered
from dm_mcp.generation.fields.whereabouts import Whereabouts
from dm_mcp.generation.gazetteer import country_code, country_name, gazetteer
from dm_mcp.generation.phrases import Phrase, vocables
from dm_mcp.generation.registry import (
    BlockContext,
    Distinct,
    FieldType,
    NoOptions,
    OptionError,
    Options,
    Place,
    field_type,
)
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = [
    "Address",
    "City",
    "Country",
    "CountryCode",
    "State",
    "StateOptions",
    "Street",
    "ZipCode",
    "ZipCodeOptions",
]


@field_type("street")
class Street(PhraseField[NoOptions]):
    """Street and house number as the locale writes them, e.g. "Fröschlplatz 9"."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's street addresses."""
        return words.street()


@field_type("city")
class City(PhraseField[NoOptions]):
    """A city of the locale's country, e.g. "Ravensburg"; large ones come more often.

    Sixteen countries have their real cities (DE, AT, CH, FR, BE, NL, GB, ES, PT, IT, PL, SE, US, CA, BR, AU), others
    the words that Faker has. Fields of type zip_code, state and address follow it.
    """

    def phrase(self, words: Vocabulary) -> Phrase:
        """The cities of the gazetteer, or else the locale's."""
        return _cities(self.place.locale, words)


class ZipCodeOptions(Options):
    """``format``: a form in place of the country's: ``#`` is a digit, ``%`` one above zero, ``?`` a capital letter.

    A zip code with a form of its own follows no city.
    """

    format: str | None = None

    @field_validator("format")
    @classmethod
    def _well_formed(cls, form: str | None) -> str | None:
        if form is not None:
            form_phrase(form)
        return form


@field_type("zip_code", "zip", "postcode", "postal_code")
class ZipCode(FieldType[ZipCodeOptions]):
    """A postal code of the row's city, e.g. "88212" for Ravensburg; ``{"format": "#####-####"}`` gives "20461-0934".

    It follows the field of type city that is named like it (``billing_zip_code`` that of ``billing_city``), or else the
    template's first; without any, it follows a state likewise, or goes with a city that no field shows.
    """

    _LANE = 8

    def __init__(self, options: ZipCodeOptions, place: Place) -> None:
        super().__init__(options, place)
        self._form = None if options.format is None else form_phrase(options.format)
        self._whereabouts = Whereabouts(place)

    @classmethod
    def references(cls, options: ZipCodeOptions, place: Place) -> tuple[str, ...]:
        """The city, or else the state."""
        return () if options.format is not None else Whereabouts.sources(place)

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The texts of the form; None for the codes of cities."""
        return None if self._form is None else phrase_distinct(self._form, self.place.locale)

    def numbered(self, numbers: Ints) -> Column:
        """The texts of the form in their order."""
        return super().numbered(numbers) if self._form is None else phrase_numbered(self._form, numbers)

    def make(self, context: BlockContext) -> Column:
        """One of the codes of the row's place."""
        if self._form is not None:
            return TextColumn(self._form.parts(context))
        places = self._whereabouts.places(context)
        return TextColumn(self._whereabouts.gazetteer.zip_codes(places, context, self._LANE))


class StateOptions(Options):
    """``format``: "name" gives "California", and "code" gives "CA", in those countries where codes are in use."""

    format: Literal["name", "code"] = "name"


@field_type("state")
class State(FieldType[StateOptions]):
    """The state, region, province or canton that the row's city lies in, e.g. "Baden-Württemberg" for Ravensburg.

    It follows the field of type city that is named like it, or else the template's first; without any, populous states
    come more often. ``{"format": "code"}`` gives "BW".
    """

    def __init__(self, options: StateOptions, place: Place) -> None:
        super().__init__(options, place)
        self._whereabouts = Whereabouts(place, states=False)

    @classmethod
    def references(cls, options: StateOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """The city."""
        return Whereabouts.sources(place, states=False)

    @classmethod
    def check(cls, options: StateOptions, place: Place) -> None:
        """Raises OptionError for codes where there are none."""
        if options.format == "code" and not gazetteer(place.locale).has_codes:
            raise OptionError(
                f"no codes of states are known for locale {place.locale!r}", hint="Use format 'name'.", option="format"
            )

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """The state of the row's place."""
        places = self._whereabouts.places(context)
        return TextColumn((self._whereabouts.gazetteer.states(places, codes=self.options.format == "code"),))


@field_type("country")
class Country(PhraseField[NoOptions]):
    """The name of a country in the locale's language, e.g. "Botsuana".

    Beside a city that is named like it (``country`` and ``city``, ``billing_country`` and ``billing_city``), it is the
    locale's own country in every row; else any, each as likely.
    """

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's own country, or all of them."""
        own = country_name(self.place.locale) if member(self.place, "city") else None
        return Phrase([(1.0, (vocables([own]),))]) if own else words.phrase("address", "country")


@field_type("country_code")
class CountryCode(PhraseField[NoOptions]):
    """The code of a country after ISO 3166-1 alpha-2, e.g. "BW" for Botswana.

    Beside a city that is named like it, it is that of the locale's own country in every row; else any, each as likely.
    """

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's own country, or all of them."""
        own = country_code(self.place.locale) if member(self.place, "city") else None
        return Phrase([(1.0, (vocables([own]),))]) if own else words.phrase("address", "country_code")


_ORDERS = {
    "": "street, zip_code city",
    "AU": "street, city state zip_code",
    "BR": "street, city - state, zip_code",
    "CA": "street, city, state zip_code",
    "CN": "zip_code state city street",
    "GB": "street, city, zip_code",
    "HU": "zip_code city, street",
    "IE": "street, city, zip_code",
    "IN": "street, city zip_code",
    "JP": "zip_code state city street",
    "KR": "state city street zip_code",
    "NZ": "street, city zip_code",
    "PH": "street, zip_code city",
    "RU": "street, city, zip_code",
    "TW": "zip_code state city street",
    "UA": "street, city, zip_code",
    "US": "street, city, state zip_code",
}
"""How a country writes its addresses in one line, after the Universal Postal Union's "Postal addressing systems"."""


@field_type("address")
class Address(FieldType[NoOptions]):
    """A whole address in one line, in the country's order, e.g. "Fröschlplatz 9, 88212 Ravensburg".

    It is made of the row's own fields of type street, zip_code, city and state that are named like it, or else the
    template's first; what is not there is drawn so that it goes with the others.
    """

    _CODE_LANE, _CITY_LANE, _STREET_LANE = 8, 32, 48

    def __init__(self, options: NoOptions, place: Place) -> None:
        super().__init__(options, place)
        self._whereabouts = Whereabouts(place)
        self._fields = {kind: companion(place, kind) for kind in _PARTS}
        words = vocabulary(place.locale)
        self._street = words.street()
        self._city = _cities(place.locale, words)
        self._abbreviated = self._whereabouts.gazetteer.abbreviated
        self._pieces = re.split(r"\b(street|zip_code|city|state)\b", _order(place.locale))

    @classmethod
    def references(cls, options: NoOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """The fields that the address is made of."""
        return tuple(name for kind in _PARTS if (name := companion(place, kind)) is not None)

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """The parts of the address, and what stands between them."""
        city: tuple[TextPart, ...] = ()
        if self._whereabouts.city is None and self._whereabouts.state is None:
            city = self._city.parts(context, self._CITY_LANE)
            places = self._whereabouts.of_cities(TextColumn(city), context)
        else:
            places = self._whereabouts.places(context)
        own: dict[str, Callable[[], tuple[TextPart, ...]]] = {
            "street": lambda: self._street.parts(context, self._STREET_LANE),
            "zip_code": lambda: self._whereabouts.gazetteer.zip_codes(places, context, self._CODE_LANE),
            "city": lambda: city or self._in_places(places, context),
            "state": lambda: (self._whereabouts.gazetteer.states(places, codes=True),),
        }
        parts: list[TextPart] = []
        for i, piece in enumerate(self._pieces):
            if i % 2 == 0:
                parts += [piece] if piece else []
            elif (field := self._fields[piece]) is not None and piece == "state":
                parts += mapped_parts(context.column(field), context.rows, self._abbreviated)
            elif field is not None:
                parts += text_parts(context.column(field), context.rows)
            else:
                parts += own[piece]()
        return TextColumn(tuple(parts))

    def _in_places(self, places: Ints, context: BlockContext) -> tuple[TextPart, ...]:
        """Cities of places that a state was asked for; a made-up place may have any."""
        names = self._whereabouts.gazetteer.names
        return self._city.parts(context, self._CITY_LANE) if names is None else (Picked(names, places),)


_PARTS = ("street", "zip_code", "city", "state")


def _cities(locale: str, words: Vocabulary) -> Phrase:
    cities = gazetteer(locale).cities
    return Phrase([(1.0, (cities,))]) if cities else words.phrase("address", "city")


def _order(locale: str) -> str:
    return _ORDERS.get(country_code(locale) or "", _ORDERS[""])
