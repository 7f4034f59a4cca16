"""Hypothesis strategies for templates over all field types, and for what goes wrong in writing one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from dm_mcp.generation.registry import field_types
from tests.generation.templates import Workspace, field

Options = st.SearchStrategy[dict[str, Any]]

TYPES = field_types()

LOCALES = ("en_US", "de_DE", "ja_JP", "pt_BR")
NAMES = (
    "id",
    "first_name",
    "last_name",
    "city",
    "billing_city",
    "billing_zip",
    "Größe x",
    'it"s',
    "a.b",
    "n`1",
    "total",
)
PARENT = [field("id", "uuid"), field("no", "sequence"), field("name", "name"), field("since", "date")]


class _Connection:
    def execute(self, query: str) -> list[dict[str, Any]]:
        return [{"n": n} for n in range(3)]

    def fetch(self, path: str) -> list[dict[str, Any]]:
        return [{"sku": word} for word in ("a", "b")]


class _Run:
    def connection(self, name: str) -> _Connection:
        return _Connection()


def surroundings() -> Workspace:
    """What any template may refer to."""
    return Workspace({"ages.csv": "edge,count\n0,1\n10,2\n20,\n"}, _Run(), tmpl_parent=PARENT)


def some(
    required: Mapping[str, st.SearchStrategy[Any]] | None = None, /, **optional: st.SearchStrategy[Any]
) -> Options:
    """Options of which each optional one is given or not."""
    return st.fixed_dictionaries(dict(required or {}), optional=optional)


def ends(low: str, high: str, values: st.SearchStrategy[Any]) -> Options:
    """Two ends, the right way round."""
    return st.lists(values, min_size=2, max_size=2).map(sorted).map(lambda two: {low: two[0], high: two[1]})


def joined(*parts: Options) -> Options:
    return st.tuples(*parts).map(lambda given: {key: value for part in given for key, value in part.items()})


DAYS = st.dates().map(str)
MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat())
FORMS = st.text("#%?-+ 19", max_size=8)
DAY_FORMAT = some(format=st.sampled_from(("%Y-%m-%d", "%d.%m.%y", "%j%%")))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from((0.5, -1e9))
    | st.text("aé'\",\n", max_size=4)
)
DISTRIBUTIONS = st.sampled_from(
    (
        {"kind": "uniform"},
        {"kind": "normal", "mean": 30, "sd": 9},
        {"kind": "lognormal", "median": 20, "sigma": 0.6},
        {"kind": "exponential", "mean": 40},
        {"kind": "zipf", "s": 1.1},
        {"kind": "weighted", "values": [1, 6], "weights": [5, 3]},
        {"kind": "weighted", "ranges": [{"from": 1, "to": 9}]},
        {"kind": "histogram", "edges": [0, 10, 20], "counts": [1, 2]},
    )
)
PATTERNS = st.sampled_from(
    ({"growth": "s-curve"}, {"churn": "linear", "factor": 3}, {"seasons": [1] * 11 + [9]}, {"weekdays": True})
)
COUNTS = st.none() | st.integers(0, 3) | st.just({"min": 0, "max": 2})
CODE = st.sampled_from(
    (
        "def value(rng, row, dm) -> int:\n    return rng.randint(1, 6)",
        "def value(rng, row, dm):\n    return None if rng.random() < 0.5 else 'x'",
        "def value(rng, row, dm) -> dict:\n    return {'n': rng.random()}",
    )
)
EXPRESSIONS = (
    "coalesce({0}, 'none')",
    "length(text({0})) + 1",
    "{0} == null ? 0 : 1",
    "upper(text({0}))",
    "{0} + 1",
    "round({0} / 3, 2)",
)


def _quoted(name: str) -> str:
    return f"`{name}`"


def _derived(before: Sequence[str]) -> Options:
    usable = [name for name in before if "`" not in name]
    if not usable:
        return st.just({"expression": "1 + 1"})
    quoted = st.sampled_from(list(map(_quoted, usable)))

    def forms(name: str) -> list[dict[str, str]]:
        return [{"template": f"<{{{{{name}}}}}>"}, *({"expression": form.format(name)} for form in EXPRESSIONS)]

    return quoted.flatmap(lambda name: st.sampled_from(forms(name)))


def _mapped(before: Sequence[str]) -> Options:
    looked_up = st.sampled_from(list(before)) if before else st.just("missing")
    return some(
        {"field": looked_up, "map": st.dictionaries(st.text("ab1", max_size=2), SCALARS, min_size=1)}, default=SCALARS
    )


def _moments(values: st.SearchStrategy[str], before: Sequence[str]) -> Options:
    after = [st.just({"after": "tmpl_parent.since, 1d..60d"})]
    return st.one_of(
        joined(ends("from", "to", values), DAY_FORMAT),
        some({"past": st.sampled_from(("30d", "1y"))}, pattern=PATTERNS),
        some(distribution=st.sampled_from(({"kind": "exponential", "mean": 30}, {"kind": "zipf", "s": 1.1}))),
        *after,
        *([st.sampled_from(list(before)).map(lambda name: {"after": f"{name}, 1d..2d"})] if before else []),
    )


def _inner() -> st.SearchStrategy[list[dict[str, Any]]]:
    kinds = ("uuid", "number", "first_name", "amount", "datetime", "boolean", "words")
    return st.lists(st.sampled_from(kinds), min_size=1, max_size=3, unique=True).map(
        lambda chosen: [field(kind, kind) for kind in chosen]
    )


WRITTEN: dict[str, Callable[[Sequence[str]], Options]] = {
    "account_number": lambda _: some(length=st.integers(1, 18)),
    "amount": lambda _: (
        joined(ends("min", "max", st.integers(-99999, 99999).map(lambda cents: cents / 100)), some())
        | some(scale=st.integers(0, 9), distribution=DISTRIBUTIONS)
    ),
    "api_response": lambda _: some({"connection": st.just("c"), "path": st.just("/")}, field=st.just("sku")),
    "boolean": lambda _: some(true=st.floats(0, 1)),
    "date": lambda before: _moments(DAYS, before),
    "date_of_birth": lambda _: joined(ends("min_age", "max_age", st.integers(0, 150)), DAY_FORMAT),
    "datetime": lambda before: _moments(MOMENTS, before),
    "db_response": lambda _: some({"connection": st.just("c"), "query": st.just("select 1")}, column=st.just("n")),
    "derived": _derived,
    "ean": lambda _: some(length=st.sampled_from((8, 13)), prefix=st.text("0123456789", max_size=7)),
    "enum": lambda _: (
        st.lists(SCALARS, min_size=1, max_size=5).map(lambda values: {"values": values})
        | st.lists(st.integers(0, 9), min_size=1, max_size=4).map(
            lambda n: {"values": list("abcd")[: len(n)], "weights": n}
        )
    ),
    "faker": lambda _: st.sampled_from(
        ({"provider": "license_plate"}, {"provider": "bothify", "args": {"text": "??-##"}}, {"provider": "pyfloat"})
    ),
    "float": lambda _: (
        joined(ends("min", "max", st.floats(-1e6, 1e6)), some(precision=st.integers(0, 6)))
        | some(distribution=DISTRIBUTIONS)
    ),
    "gender": lambda _: some(format=st.sampled_from(("word", "letter")), other=st.floats(0, 1)),
    "iban": lambda _: some(country=st.sampled_from(("DE", "NO", "gb", "MT")), formatted=st.booleans()),
    "lorem": lambda _: some(lines=st.integers(1, 4)),
    "mapped": _mapped,
    "nested": lambda _: some({"fields": _inner()}, count=COUNTS),
    "number": lambda _: (
        joined(ends("min", "max", st.integers(-(2**63), 2**63 - 1)), some(stringify=st.booleans()))
        | some(distribution=DISTRIBUTIONS)
    ),
    "phone": lambda _: some(format=FORMS),
    "python": lambda _: CODE.map(lambda code: {"code": code}),
    "random_string": lambda _: joined(
        ends("min", "max", st.integers(1, 30)), some(alphabet=st.sampled_from(("hex", "upper", "digits")))
    ),
    "reference": lambda _: some(
        {"template_id": st.just("tmpl_parent"), "field": st.sampled_from(("id", "no", "name", "since"))},
        pick=st.sampled_from(("uniform", "zipf", "each_once")),
        rows=st.integers(1, 500),
    ),
    "regex": lambda _: st.sampled_from((r"[A-Z]{3}-\d{4}", "(a|bc)*d?", r"\w+@x", "")).map(lambda p: {"pattern": p}),
    "sequence": lambda _: some(
        start=st.integers(-99, 99), step=st.integers(1, 9), prefix=st.text("IN-'", max_size=3), width=st.integers(0, 18)
    ),
    "template": lambda _: some({"template_id": st.just("tmpl_parent")}, count=COUNTS, max_depth=st.integers(1, 3)),
    "time": lambda _: ends("from", "to", st.times().map(lambda time: time.isoformat("seconds"))),
    "words": lambda _: some(count=st.integers(1, 5)),
    "zip_code": lambda _: some(format=FORMS),
}
"""Of the types whose options don't say themselves all that is valid: a strategy, given the names of fields before."""


def derived_from(schema: Mapping[str, Any]) -> st.SearchStrategy[Any] | None:
    """Values of an option, where its JSON Schema says all of them."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        found = [derived_from(each) for each in schema["anyOf"]]
        return None if None in found else st.one_of(*(each for each in found if each is not None))
    match schema:
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "null"}:
            return st.none()
        case {"type": "integer", "minimum": low, "maximum": high}:
            return st.integers(low, high)
        case _:
            return None


def options_of(type_name: str, before: Sequence[str] = ()) -> Options:
    """Valid options of a type. A new type with options of its own kind needs an entry of `WRITTEN`."""
    if type_name in WRITTEN:
        return WRITTEN[type_name](before)
    properties = TYPES[type_name].options.get("properties", {})
    values = {name: derived_from(schema) for name, schema in properties.items()}
    unknown = [name for name, strategy in values.items() if strategy is None]
    if unknown:
        raise KeyError(f"write a strategy for the options {unknown} of the field type {type_name!r} into WRITTEN")
    return some(**{name: strategy for name, strategy in values.items() if strategy is not None})


@st.composite
def any_field(draw: st.DrawFn, name: str, before: Sequence[str]) -> dict[str, Any]:
    """A field of any type with any of the keys that all types share."""
    kind = draw(st.sampled_from(sorted(TYPES)))
    made = field(name, kind, **draw(options_of(kind, before)))
    rarely = st.integers(0, 9).map(lambda n: n == 0)
    if draw(st.booleans()):
        made["optional"] = draw(st.sampled_from((0, 0.3, 1)))
    if draw(rarely):
        made["unique"] = True
    if draw(rarely):
        made["noise"] = draw(st.sampled_from((0.5, {"share": 1, "kinds": ["mojibake"]})))
    if draw(rarely):
        made["locale"] = draw(st.sampled_from(LOCALES) | st.just({"de_DE": 7, "fr_FR": 3}))
    if draw(st.booleans()):
        made["sensitive"] = draw(st.booleans())
    return made


@st.composite
def any_template(draw: st.DrawFn) -> dict[str, Any]:
    """A template that is well-formed: what its fields are asked for may still not go together."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    fields = [draw(any_field(name, names[:i])) for i, name in enumerate(names)]
    locale = draw(st.sampled_from(LOCALES) | st.just({"de_DE": 7, "fr_FR": 3}))
    return {"id": "tmpl_any", "name": "Any", "locale": locale, "fields": fields}


def _deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


ODD: tuple[Any, ...] = (
    None, True, -1, 0.5, 10**400, -(2**63) - 1, float("nan"), float("inf"), "", "\0", "\ud800", "x" * 5000, [], {},
    [None], {"a": {"b": []}}, {1: 2}, {"\ud800": 1}, _deep(300), object(), {1, 2}, b"bytes", "1e999999999", "9999y",
)  # fmt: skip
"""What doesn't belong where it is put, as a rule."""


@st.composite
def broken_template(draw: st.DrawFn) -> Any:
    """A template with something odd put in place of a part of it, added to it, or taken out."""
    made = draw(any_template())
    fields: list[Any] = made["fields"]
    at = draw(st.integers(0, len(fields) - 1))
    each: dict[str, Any] = fields[at]
    odd = draw(st.sampled_from(ODD))
    options: dict[Any, Any] = each["options"]
    declared = list(TYPES[each["type"]].options.get("properties", {}))
    match draw(st.integers(0, 7)):
        case 0:
            each[
                draw(st.sampled_from(("name", "type", "options", "optional", "unique", "noise", "locale", "sensitive")))
            ] = odd
        case 1 | 2 | 3 if declared:
            options[draw(st.sampled_from(declared))] = odd
        case 4 if options:
            del options[draw(st.sampled_from(sorted(options)))]
        case 5:
            made[draw(st.sampled_from(("id", "name", "locale", "fields", "description", "more")))] = odd
        case 6:
            fields[at] = odd
        case _:
            options[draw(st.sampled_from(("unknown", "", "\ud800", 5)))] = odd
    return made
