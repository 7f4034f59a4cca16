"""Field types for places: street, city, zip_code, country."""

from __future__ import annotations

from dm_mcp.generation.fields.phrase import PhraseField
from dm_mcp.generation.patterns import Phrase
from dm_mcp.generation.registry import NoOptions, field_type
from dm_mcp.generation.vocabulary import Vocabulary

__all__ = ["City", "Country", "Street", "ZipCode"]


@field_type("street")
class Street(PhraseField[NoOptions]):
    """Street and house number as the locale writes them, e.g. "Fröschlplatz 9"."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's street addresses."""
        return words.street()


@field_type("city")
class City(PhraseField[NoOptions]):
    """A city, e.g. "Ravensburg". Drawn for itself: it need not go with the zip code."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's cities."""
        return words.phrase("address", "city")


@field_type("zip_code")
class ZipCode(PhraseField[NoOptions]):
    """A postal code in the locale's form, e.g. "31373". Drawn for itself: it need not go with the city."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's postal codes."""
        return words.phrase("address", "postcode")


@field_type("country")
class Country(PhraseField[NoOptions]):
    """The name of any country in the locale's language, each as likely, e.g. "Botsuana"."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's names of countries."""
        return words.phrase("address", "country")
