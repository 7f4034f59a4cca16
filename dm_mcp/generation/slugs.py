"""Names as plain ASCII, for the parts of an e-mail address in front of the ``@``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from dm_mcp.generation.streams import derive_seed
from dm_mcp.generation.vocabulary import vocabulary

__all__ = ["slugger"]

_SPECIAL = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "å": "a", "ł": "l", "đ": "d",
    "ð": "d", "þ": "th", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "ŋ": "n", "ħ": "h", "ə": "a",
}  # fmt: skip
"""Latin letters that don't fall apart into a plain letter and an accent, and the German umlauts."""

_CYRILLIC = dict(zip(
    "абвгґдеёжзийклмнопрстуфхцчшщъыьэюяєіїђјљњћџѓќѕў",
    "a b v g g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch . y . e yu ya ye i yi dj j lj nj c dz gj kj dz u"
    .replace(".", "-").split(), strict=True,
))  # fmt: skip
"""Passport style, close to ICAO Doc 9303 part 3, section 6."""

_GREEK = dict(zip(
    "αβγδεζηικλμνξοπρσςτυφωθχψ", (*"avgdeziiklmnxoprsstyfo", "th", "ch", "ps"), strict=True
))  # fmt: skip
"""After ISO 843, transcription, letter by letter."""

_LETTERS = {**_SPECIAL, **{char: text.replace("-", "") for char, text in {**_CYRILLIC, **_GREEK}.items()}}
_NAMED = re.compile(r"(?:HANGUL SYLLABLE|(?:HIRAGANA|KATAKANA) LETTER(?: SMALL)?) (\w+)$")
_SEPARATORS = re.compile(r"[\s_/,;-]+")
_OTHERS = re.compile(r"[^a-z0-9-]")


@cache
def slugger(locale: str) -> Callable[[str], str]:
    """The function that makes the slug of a name of that locale; the same one at each call, so pools can keep its work.

    The slug has lower case ASCII letters, digits and hyphens. It is empty only for a blank name, never ends in a digit
    (so that a number may follow), and has a dot where a word began or ended with a space, for it is a piece of a name
    then. A name in a script that has no transcription here gets an English one, always the same.
    """
    romanised = vocabulary(locale).romanised()

    def slug(word: str) -> str:
        name = word.strip()
        if not name:
            return ""
        plain = _plain(romanised.get(name, name)) or _plain(_stand_in(name))
        if plain[-1].isdigit():
            plain += "-"
        return ("." if word[0].isspace() else "") + plain + ("." if word[-1].isspace() else "")

    return slug


def _plain(name: str) -> str:
    spelled = "".join(_LETTERS.get(char) or _by_name(char) for char in _decomposed(name.lower()))
    hyphenated = _SEPARATORS.sub("-", spelled)
    return re.sub("-+", "-", _OTHERS.sub("", hyphenated)).strip("-")


def _decomposed(name: str) -> str:
    """Letters without their accents, but for those that the table tells apart."""
    return "".join(
        char if char in _LETTERS else unicodedata.normalize("NFKD", char)[0] if _is_accented(char) else char
        for char in unicodedata.normalize("NFC", name)
    )


def _is_accented(char: str) -> bool:
    return char > "\x7f" and not unicodedata.name(char, "").startswith("HANGUL")


def _by_name(char: str) -> str:
    """Korean syllables and Japanese kana are romanised in their Unicode names."""
    if char < "\x80":
        return char
    match = _NAMED.match(unicodedata.name(char, ""))
    return match[1].lower() if match else ""


def _stand_in(name: str) -> str:
    words = vocabulary("en_US").words("person", "first_name")
    return words[derive_seed(0, name) % len(words)]
