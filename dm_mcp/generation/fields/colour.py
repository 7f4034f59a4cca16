"""Field types for the eye: colour, emoji."""

from __future__ import annotations

from typing import ClassVar, Literal

from faker.providers.emoji import Provider as EmojiProvider

from dm_mcp.generation.codes import Codes
from dm_mcp.generation.columns import Column, Ints, Picked, Pool, TextColumn
from dm_mcp.generation.fields.numbered import NumberedText
from dm_mcp.generation.registry import Distinct, NoOptions, Options, Place, field_type
from dm_mcp.generation.vocabulary import vocabulary

__all__ = ["Colour", "ColourOptions", "Emoji"]

_HEX = Codes([["#", *["0123456789abcdef"] * 6]])
_LEVELS = Pool(map(str, range(256)))
_EMOJIS = Pool(dict.fromkeys(EmojiProvider.emojis))


class ColourOptions(Options):
    """``format``: "hex", "rgb" or "name"."""

    format: Literal["hex", "rgb", "name"] = "hex"


@field_type("colour", "color")
class Colour(NumberedText[ColourOptions]):
    """A colour as CSS writes it, e.g. "#1e90ff", or "rgb(30, 144, 255)" or "DodgerBlue" by ``format``.

    Names are the locale's where Faker has them. "color" is another name of this type.
    """

    def __init__(self, options: ColourOptions, place: Place) -> None:
        super().__init__(options, place)
        self._names = Pool(dict.fromkeys(vocabulary(place.locale).words("color", "color_name")))

    def distinct(self) -> Distinct:
        """All of 24 bits, or all names."""
        if self.options.format == "name":
            return Distinct(len(self._names), f"{len(self._names)} names of colours")
        return Distinct(_HEX.count, "24 bits")

    def numbered(self, numbers: Ints) -> Column:
        """From black to white, or in the order of the names."""
        match self.options.format:
            case "name":
                return TextColumn((Picked(self._names, numbers),))
            case "hex":
                return TextColumn((_HEX.numbered(numbers),))
            case "rgb":
                red, green, blue = (Picked(_LEVELS, numbers >> shift & 255) for shift in (16, 8, 0))
                return TextColumn(("rgb(", red, ", ", green, ", ", blue, ")"))


@field_type("emoji")
class Emoji(NumberedText[NoOptions]):
    """One emoji, each as likely, e.g. "🦊"; some are of several code points."""

    localised: ClassVar[bool] = False

    def distinct(self) -> Distinct:
        """All that Faker has."""
        return Distinct(len(_EMOJIS), f"{len(_EMOJIS)} emojis")

    def numbered(self, numbers: Ints) -> Column:
        """In the order of Faker's list."""
        return TextColumn((Picked(_EMOJIS, numbers),))
