"""Which scenario does a phrase name? Pure, and strict: what is not understood whole runs nothing.

A phrase is an id, a title, or a request such as "could you run the regression seeding scenario?": words that ask, then
the name's words all in their order, then words of courtesy. Both kinds of other words come from closed lists, so a
"don't", a "delete", a second name or a parameter is never passed over. A word of the name may hold a slip of the pen,
unless what was written is a word of another name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dm_mcp.errors import ScenarioNotFound, ScenarioUnclear
from dm_mcp.workspace.scenarios import Scenario

__all__ = ["MAX_PHRASE", "find_scenario"]

MAX_PHRASE = 300
"""Characters of the longest phrase that is looked at, unless it is an id or a title as it stands."""

Words = tuple[str, ...]


def _phrases(*texts: str) -> frozenset[Words]:
    return frozenset(tuple(text.split()) for text in texts)


_BEFORE = _phrases(
    *("run", "rerun", "re run", "execute", "start", "launch", "trigger", "kick off", "fire up"),
    *("please", "pls", "kindly", "just", "now", "ok", "okay", "hey", "hi", "hello", "go ahead and", "let's", "lets"),
    *("can you", "could you", "would you", "will you", "i want to", "i want you to", "i'd like to", "i'd like you to"),
    *("i would like to", "i would like you to", "i need to", "i need you to", "let us"),
    *("the", "a", "our", "my", "this", "scenario", "script", "named", "called"),
)
"""What may stand before a name, in any number and order."""

_AFTER = _phrases(
    *("scenario", "script", "please", "pls", "now", "right now", "again", "for me", "for us", "thanks", "thank you"),
)
"""What may stand after it."""


def find_scenario(phrase: str, scenarios: Sequence[Scenario]) -> Scenario:
    """The scenario that a phrase names, without any doubt; it may be a broken one.

    Raises `ScenarioNotFound` when nothing comes near, `ScenarioUnclear` when something does but the phrase fits
    several, or says more than a name. The hint lists what could be meant.
    """
    phrase = phrase.strip()
    exact = [scenario for scenario in scenarios if scenario.id == phrase] or [
        scenario for scenario in scenarios if _spelling(scenario.title) == _spelling(phrase)
    ]
    if exact:
        return _only(exact, phrase)
    if len(phrase) > MAX_PHRASE:
        raise ScenarioNotFound(f"The phrase has {len(phrase)} characters.", hint=f"Name a scenario: {_menu(scenarios)}")
    words = _words(phrase)
    if not words:
        raise ScenarioNotFound("The phrase names nothing.", hint=f"Name a scenario: {_menu(scenarios)}")
    names = [(scenario, name) for scenario in scenarios for name in _names(scenario)]
    near = _Nearness({word for _, name in names for word in name})
    mentions: list[_Mention] = []
    for same in (str.__eq__, near):
        mentions = [_Mention(*name, at) for name in names for at in _places(words, name[1], same)]
        asked = [one.scenario for one in mentions if one.is_all_of(words)]
        if asked:
            return _only(asked, phrase)
    raise _refusal(phrase, words, mentions, scenarios, near)


@dataclass(frozen=True)
class _Mention:
    """A place in a phrase where the words of a scenario's name stand."""

    scenario: Scenario
    name: Words
    at: int

    def is_all_of(self, words: Words) -> bool:
        """Whether all other words only ask or are courteous."""
        return _made_of(words[: self.at], _BEFORE) and _made_of(words[self.at + len(self.name) :], _AFTER)


def _names(scenario: Scenario) -> set[Words]:
    """The names that a scenario answers to: its title, its id, and the last part of its id."""
    last = scenario.id.rpartition("/")[2]
    return {name for name in map(_words, (scenario.title, scenario.id, last)) if name}


def _places(words: Words, name: Words, same: Callable[[str, str], bool]) -> Iterator[int]:
    for at in range(len(words) - len(name) + 1):
        if all(same(word, wanted) for word, wanted in zip(words[at : at + len(name)], name, strict=True)):
            yield at


def _made_of(words: Words, pieces: frozenset[Words]) -> bool:
    """Whether the words are pieces, one after the other."""
    ends = {0}
    for at in range(len(words)):
        if at in ends:
            ends |= {at + len(piece) for piece in pieces if words[at : at + len(piece)] == piece}
    return len(words) in ends


_SPELLED_OUT = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "«": '"', "»": '"', "`": "'", "&": " and "}
)
_AFTER_WORD = re.compile(r"(?<=\w)['\")\]]*[.,;:!?…]+(?=\s|$|['\")\]])|(?<=\w)\.py\b")
_QUOTES = re.compile(r"(?<!\w)['\"(\[]+(?=\w)|(?<=\w)['\")\]]+(?!\w)")
_INSIDE = re.compile(r"(?<=\w)[-/](?=\w)|_")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]")


def _words(text: str) -> Words:
    """The words of a text in one spelling. Quotes, and full stops and the like after a word, go.

    Any other sign is a word of its own: it may be a crossed-out symbol, and means something.
    """
    text = unicodedata.normalize("NFKC", text).casefold().translate(_SPELLED_OUT)
    for pattern in (_AFTER_WORD, _QUOTES, _INSIDE):
        text = pattern.sub(" ", text)
    return tuple(_WORD.findall(text))


def _spelling(title: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


class _Nearness:
    """Whether a word as written is, but for a slip of the pen, a word of a name.

    One slip in five letters, two in eight; never the first letter, which people get right and which tells
    "regression" from "progression"; and only where no other word of a name comes as near.
    """

    def __init__(self, known: set[str]) -> None:
        self._known = known
        self._meant: dict[str, str] = {}

    def __call__(self, word: str, wanted: str) -> bool:
        if word not in self._meant:
            self._meant[word] = self._look_up(word)
        return self._meant[word] == wanted

    def _look_up(self, word: str) -> str:
        if word in self._known or not word.isalpha():
            return word
        near = [known for known in self._known if _slips(word, known) <= _allowed(known)]
        return near[0] if len(near) == 1 and near[0][0] == word[0] else word


def _allowed(word: str) -> int:
    return 0 if len(word) < 5 or not word.isalpha() else 1 if len(word) < 8 else 2


def _slips(left: str, right: str) -> int:
    """Letters left out, put in, changed, or swapped with their neighbour: the distance of optimal string alignment.

    After L. Boytsov, "Indexing methods for approximate dictionary searching", 2011, section 2. Counts to 3 at the most.
    """
    if abs(len(left) - len(right)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        last, row = row, [i]
        for j, other in enumerate(right, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
    return min(row[-1], 3)


def _only(found: Iterable[Scenario], phrase: str) -> Scenario:
    different = list({scenario.id: scenario for scenario in found}.values())
    if len(different) == 1:
        return different[0]
    raise ScenarioUnclear(
        f"{_shown(phrase)} fits {len(different)} scenarios.",
        hint=f"Nothing was run. Give the id of one: {_menu(different)}",
    )


def _refusal(
    phrase: str, words: Words, mentions: list[_Mention], scenarios: Sequence[Scenario], near: _Nearness
) -> ScenarioNotFound | ScenarioUnclear:
    """Why a phrase runs nothing, and what could have been meant."""
    named = {one.scenario.id: one.scenario for one in mentions}
    if len(named) > 1 and not _overlap(mentions):
        return ScenarioUnclear(
            f"{_shown(phrase)} names {len(named)} scenarios.",
            hint=f"Nothing was run. Run one at a time, by its id: {_menu(list(named.values()))}",
        )
    if mentions:
        longest = max(mentions, key=lambda one: len(one.name))
        end = longest.at + len(longest.name)
        rest = (_unplaced(words[: longest.at], _BEFORE), _unplaced(words[end:], _AFTER))
        extra = " ... ".join(" ".join(part) for part in rest if part)
        return ScenarioUnclear(
            f"{_shown(phrase)} says more than the name of a scenario: {_shown(extra)} could not be placed.",
            hint=f"Nothing was run. Give only an id or a title: {_menu(list(named.values()))} "
            "Parameters are passed apart from it.",
        )
    candidates = _candidates(words, scenarios, near)
    if candidates:
        return ScenarioUnclear(
            f"{_shown(phrase)} names no scenario for sure.",
            hint=f"Nothing was run. Give the id of one: {_menu(candidates)}",
        )
    return ScenarioNotFound(
        f"{_shown(phrase)} names no scenario.", hint=f"Nothing was run. There are: {_menu(scenarios)}"
    )


def _overlap(mentions: list[_Mention]) -> bool:
    """Whether any two mentions share a word of the phrase, as "orders" and "orders by country" do."""
    spans = sorted((one.at, one.at + len(one.name), one.scenario.id) for one in mentions)
    return any(a[2] != b[2] and b[0] < a[1] for a in spans for b in spans if a < b)


def _unplaced(words: Words, pieces: frozenset[Words]) -> Words:
    return () if _made_of(words, pieces) else tuple(word for word in words if (word,) not in pieces)


def _candidates(words: Words, scenarios: Sequence[Scenario], near: _Nearness) -> list[Scenario]:
    """Scenarios that share a word with the phrase, those first that share most; words that only ask don't count."""
    told = {word for word in words if len(word) > 2 and (word,) not in _BEFORE and word != "and"}

    def shared(scenario: Scenario) -> int:
        own = {word for name in _names(scenario) for word in name}
        return sum(any(word == wanted or near(word, wanted) for wanted in own) for word in told)

    return [one for one in sorted(scenarios, key=shared, reverse=True) if shared(one)]


def _menu(scenarios: Sequence[Scenario]) -> str:
    """At most ten scenarios, by id and title."""
    shown = [f"{one.id} ({one.title})" for one in scenarios[:10]]
    more = f" and {len(scenarios) - 10} more" if len(scenarios) > 10 else ""
    return f"{', '.join(shown)}{more}." if shown else "the workspace has none."


def _shown(phrase: str) -> str:
    return repr(phrase if len(phrase) <= 80 else f"{phrase[:77]}...")
