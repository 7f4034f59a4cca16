"""Field types that name times: month, weekday, time_zone."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

from faker.providers.date_time import Provider as DateTimeProvider

from dm_mcp.generation.columns import Column, IntegerColumn, Picked, Pool, TextColumn
from dm_mcp.generation.fields.phrase import PhraseField
from dm_mcp.generation.phrases import Phrase, vocables
from dm_mcp.generation.registry import BlockContext, FieldType, NoOptions, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import integers
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = ["Month", "NamedOptions", "TimeZone", "Weekday"]


class NamedOptions(Options):
    """``format``: "name" in the locale's language, or "number"."""

    format: Literal["name", "number"] = "name"


class _Named(FieldType[NamedOptions]):
    """One of a few things that have a name and a number from 1."""

    def __init__(self, options: NamedOptions, place: Place) -> None:
        super().__init__(options, place)
        self._names = Pool(self.names(vocabulary(place.locale)))

    @staticmethod
    @abstractmethod
    def names(words: Vocabulary) -> tuple[str, ...]:
        """The names in their order."""

    def column_type(self) -> ColumnType:
        """Text or whole numbers."""
        return ColumnType.TEXT if self.options.format == "name" else ColumnType.INTEGER

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        drawn = integers(context.words(), 0, len(self._names) - 1)
        return TextColumn((Picked(self._names, drawn),)) if self.options.format == "name" else IntegerColumn(drawn + 1)


@field_type("month")
class Month(_Named):
    """A month, each as likely, e.g. "August"; ``{"format": "number"}`` gives 8."""

    @staticmethod
    def names(words: Vocabulary) -> tuple[str, ...]:
        """January first."""
        return words.month_names()


@field_type("weekday")
class Weekday(_Named):
    """A day of the week, each as likely, e.g. "Wednesday"; ``{"format": "number"}`` gives 3, Monday being 1."""

    @staticmethod
    def names(words: Vocabulary) -> tuple[str, ...]:
        """Monday first."""
        return words.weekday_names()


@field_type("time_zone")
class TimeZone(PhraseField[NoOptions]):
    """The IANA name of a time zone, each as likely, e.g. "Europe/Berlin"."""

    def phrase(self, words: Vocabulary) -> Phrase:  # noqa: ARG002 - the same in every locale
        """Those of Faker's list of countries."""
        zones = {zone for country in DateTimeProvider.countries for zone in country.timezones}
        return Phrase([(1.0, (vocables(sorted(zones)),))])
