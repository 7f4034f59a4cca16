"""What a part of a JSON Schema says once its references are followed and its alternatives chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from dm_mcp.errors import TemplateError
from dm_mcp.generation.json_keywords import check_keywords
from dm_mcp.generation.json_kinds import Unmet
from dm_mcp.generation.json_merge import apart, merged

__all__ = ["Found", "Resolver", "is_circle", "refused", "type_of", "unmet_at"]

_DEEPEST = 40
"""Steps of a pointer."""
_MOST_REFERENCES = 100
"""One after the other."""
_MOST_PARTS = 10_000
"""Parts of a schema, each as often as it is referred to."""
_NULL = {"type": "null"}

Schema = dict[str, Any]


class Found(NamedTuple):
    """A schema without references and alternatives, the references on the way, and whether it lets null be.

    None where it says nothing of null.
    """

    schema: Schema
    chain: tuple[str, ...]
    nullable: bool | None
    is_narrowed: bool = False
    """Alternatives were chosen from, so that what it says is not all that it lets be."""


def refused(pointer: str, reason: str, hint: str = "") -> TemplateError:
    """The error of what is at that pointer."""
    return TemplateError(f"JSON Schema, {pointer}: {reason.rstrip('.')}.", hint=hint)


class Resolver:
    """Follows the references in one schema; ``chain`` are those that led to a part."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._parts = 0

    def resolved(self, schema: object, at: str, chain: tuple[str, ...]) -> Found:
        """What the part at that pointer says. Raises TemplateError."""
        self._parts += 1
        if self._parts > _MOST_PARTS or at.count("/") > _DEEPEST or len(chain) > _MOST_REFERENCES:
            raise refused(f"{at:.200}", "it is nested too deep, or refers to the same parts too often")
        own = _checked(schema, at)
        if is_circle(chain):
            return Found(own, chain, _own_null(own))
        parts: list[Found] = []
        if "$ref" in own:
            reference = own.pop("$ref")
            parts.append(self.resolved(self._at(reference, at), at, (*chain, reference)))
        for i, part in enumerate(own.pop("allOf", [])):
            parts.append(self.resolved(part, f"{at}/allOf/{i}", chain))
            if is_circle(parts[-1].chain):
                raise refused(f"{at}/allOf", "it refers to itself")
        any_of, one_of = own.pop("anyOf", None), own.pop("oneOf", None)
        try:
            rest = _all_of([*parts, Found(own, chain, _own_null(own))])
            parts = [rest]
            if any_of is not None:
                parts.append(self._any_of(any_of, rest.schema, f"{at}/anyOf", chain))
            if one_of is not None:
                parts.append(self._one_of(one_of, _all_of(parts).schema, f"{at}/oneOf", chain))
            return _all_of(parts)
        except Unmet as unmet:
            raise unmet_at(unmet, at) from None

    def _any_of(self, alternatives: list[Any], rest: Schema, at: str, chain: tuple[str, ...]) -> Found:
        """The first alternative that goes with the rest of the schema."""
        others = [(i, part) for i, part in enumerate(alternatives) if part != _NULL]
        errors: list[Exception] = []
        for i, part in others or [(0, _NULL)]:
            try:
                found = self.resolved(part, f"{at}/{i}", chain)
                merged(rest, found.schema)
            except (Unmet, TemplateError) as error:
                errors.append(error)
            else:
                with_null = len(others) < len(alternatives)
                return found._replace(nullable=with_null or found.nullable, is_narrowed=True)
        raise errors[0]

    def _one_of(self, alternatives: list[Any], rest: Schema, at: str, chain: tuple[str, ...]) -> Found:
        """The first alternative whose values are certainly of no other one."""
        found = [self.resolved(part, f"{at}/{i}", chain) for i, part in enumerate(alternatives)]
        may_be_null = [each.nullable is not False or each.is_narrowed for each in found]
        nullable = may_be_null.count(True) == 1 and any(each.nullable for each in found)
        for i in sorted(range(len(found)), key=lambda i: (found[i].schema == _NULL, is_circle(found[i].chain))):
            try:
                mine = _not_null(merged(rest, found[i].schema))
            except Unmet:
                continue
            others = (*found[:i], *found[i + 1 :])
            if all(not other.is_narrowed and apart(mine, other.schema) for other in others):
                schema = found[i].schema if nullable else _not_null(found[i].schema)
                return found[i]._replace(schema=schema, nullable=nullable, is_narrowed=True)
        hint = "Write anyOf, or let them differ by their types or by a property with a const."
        raise refused(at, "a value of each alternative may be one of another too", hint)

    def _at(self, reference: str, at: str) -> object:
        """What a reference inside the schema leads to."""
        if not reference.startswith("#"):
            raise refused(f"{at}/$ref", f"only references inside the schema are followed, not {reference!r:.80}")
        found: Any = self._root
        for step in reference[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise refused(f"{at}/$ref", f"there is nothing at {reference!r:.80}")
            found = cast("Schema", found)[key]
        return found


def _checked(schema: object, at: str) -> Schema:
    """A copy of the schema, once its keywords are known and of the right form.

    Drafts up to 4 have ``exclusiveMinimum: true`` beside the minimum, later ones the number itself, as it is then here.
    """
    if schema is True:
        return {}
    if not isinstance(schema, Mapping):
        raise refused(at, "a schema is an object")
    found = dict(cast("Schema", schema))
    try:
        check_keywords(found)
    except Unmet as unmet:
        raise unmet_at(unmet, at) from None
    for inclusive, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive) and inclusive in found:
            found[exclusive] = found.pop(inclusive)
    return found


def unmet_at(unmet: Unmet, at: str) -> TemplateError:
    """The error of a keyword of the part that is there."""
    return refused(f"{at}/{unmet.keyword}", unmet.reason, unmet.hint)


def is_circle(chain: tuple[str, ...]) -> bool:
    """Whether references led to the same part again."""
    return len(chain) != len(set(chain))


def _all_of(parts: Sequence[Found]) -> Found:
    """One schema of those that hold together. Raises Unmet where they contradict."""
    schema: Schema = {}
    for part in parts:
        schema = merged(schema, part.schema)
    circle = next((part.chain for part in parts if is_circle(part.chain)), None)
    chain = tuple(dict.fromkeys(each for part in parts for each in part.chain))
    says = {part.nullable for part in parts}
    nullable = False if False in says else True if True in says else None
    return Found(schema, circle or chain, nullable, any(part.is_narrowed for part in parts))


def _own_null(schema: Schema) -> bool | None:
    """Whether its own type and values let null be."""
    if schema.get("const") is not None or None not in schema.get("enum", [None]):
        return False
    if not schema.get("type"):
        return True if schema.get("nullable") else None
    return "null" in _types(schema) or schema.get("nullable") is True  # as OpenAPI 3.0 has it


def _types(schema: Schema) -> list[str]:
    types: str | list[str] = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def _not_null(schema: Schema) -> Schema:
    """What it is but for null, if it is anything else."""
    others = [each for each in _types(schema) if each != "null"]
    return {**schema, "type": others} if others else schema


def type_of(schema: Schema) -> str:
    """The first that it says, or what its other keywords are for."""
    if schema.get("type"):
        return _types(_not_null(schema))[0]
    if "properties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    limits = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    return "number" if limits & schema.keys() else "string"
