"""Rows of several templates in one go, each referring to rows of the others that are made with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.columns import BLOCK, Block, Ints
from dm_mcp.generation.compiled import CompiledTemplate
from dm_mcp.generation.registry import closest
from dm_mcp.generation.request import Request, Table
from dm_mcp.generation.rows import Rows
from dm_mcp.generation.streams import Stream, integers

__all__ = ["Per", "generate_related", "per"]

_STREAM = "\0per"
"""No field has this name."""

_MOST_EACH = 100_000


@dataclass(frozen=True, slots=True)
class Per:
    """Some rows for each row of ``template_id``: from ``low`` to ``high`` of them, each number as likely."""

    template_id: str
    low: int
    high: int


def per(template_id: str, low: int, high: int | None = None) -> Per:
    """``low`` to ``high`` rows for each row of another template of the set; exactly ``low`` without ``high``.

    Raises InvalidRequest for numbers below 0, or the wrong way round.
    """
    high = low if high is None else high
    if not 0 <= low <= high <= _MOST_EACH:
        raise InvalidRequest(
            f"per {template_id!r}: from {low} to {high} rows each make no sense.",
            hint=f"Give whole numbers from 0 to {_MOST_EACH}, the smaller first.",
        )
    return Per(template_id, low, high)


Plan = Mapping[str, int | Per]


def generate_related(
    plan: Plan,
    compiled: Callable[[str], CompiledTemplate],
    seed: Callable[[str], int],
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Rows]:
    """The rows of each template of the plan, in the plan's order; parents are made before their children.

    ``compiled`` gives the template of an id, ``seed`` the seed of its rows. Raises InvalidRequest for a plan that can't
    be followed, and what generation raises.
    """
    templates = {name: compiled(name) for name in plan}
    ids = {template.template.id: name for name, template in templates.items()}
    unknown = next((name for name in overrides or {} if name not in plan), None)
    if unknown is not None:
        raise InvalidRequest(f"overrides name {unknown!r}, which is not in the set.", hint=closest(unknown, list(plan)))
    order = _order(plan, templates, ids)
    for name, template in templates.items():
        _check_parents(name, template, ids, (overrides or {}).get(name, {}))
    tables: dict[str, Table] = {}
    rows: dict[str, Rows] = {}
    for name in order:
        template = templates[name]
        chosen = seed(template.template.id)
        count, parents = _counted(plan[name], template, tables, ids, chosen)
        request = Request(chosen, template.template.id, tables, parents)
        given = (overrides or {}).get(name)
        blocks: list[Block] = list(template.blocks(count, chosen, given, request))
        tables[template.template.id] = Table.of_blocks(blocks)
        rows[name] = Rows(blocks, template.schema)
    return {name: rows[name] for name in plan}


def _check_parents(name: str, template: CompiledTemplate, ids: Mapping[str, str], overrides: Mapping[str, Any]) -> None:
    """Raises InvalidRequest for references to rows that nobody would make."""
    for parent in template.refers_to:
        if parent not in ids and template.leads.get(parent) not in overrides:
            raise InvalidRequest(
                f"{name} refers to {parent}, which is not in the set.",
                hint=f"Add it to the set, or override {template.leads.get(parent, 'the field')!r}.",
            )


def _order(plan: Plan, templates: Mapping[str, CompiledTemplate], ids: Mapping[str, str]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for name, template in templates.items():
        graph[name] = {ids[parent] for parent in template.refers_to if parent in ids}
        count = plan[name]
        if isinstance(count, Per):
            graph[name].add(_parent(count, templates, ids))
        elif isinstance(count, bool) or not isinstance(count, int) or count < 0:  # pyright: ignore[reportUnnecessaryIsInstance] - scripts are not type-checked
            raise InvalidRequest(
                f"{name}: {count!r} is no number of rows.", hint='Give a number, or per("tmpl_parent", 0, 10).'
            )
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " per ".join(error.args[1][::-1])
        raise InvalidRequest(
            f"the templates of the set hang on each other in a circle: {circle}.", hint="Break it at one of them."
        ) from None


def _parent(count: Per, templates: Mapping[str, CompiledTemplate], ids: Mapping[str, str]) -> str:
    """The name in the plan of the template that ``per`` names."""
    name = count.template_id if count.template_id in templates else ids.get(count.template_id)
    if name is None:
        raise InvalidRequest(
            f"per({count.template_id!r}, ...) names a template that is not in the set.",
            hint=closest(count.template_id, list(templates)),
        )
    return name


def _counted(
    count: int | Per, template: CompiledTemplate, tables: Mapping[str, Table], ids: Mapping[str, str], seed: int
) -> tuple[int, dict[str, Ints]]:
    """How many rows there are, and with `Per` which row of the parent the field that leads there refers to."""
    if not isinstance(count, Per):
        return count, {}
    parent = next(id_ for id_, name in ids.items() if count.template_id in (id_, name))
    if parent not in template.leads:
        raise InvalidRequest(
            f"{template.template.id} has no field that refers to {parent}, so its rows can't belong to rows there.",
            hint='Give it one: {"name": "parent_id", "type": "reference", "options": {"template_id": "'
            f'{parent}", "field": "id"}}}}.',
        )
    parents = tables[parent].rows
    stream = Stream(seed, template.template.id, _STREAM)
    counts = [
        integers(stream.words(start // BLOCK, min(BLOCK, parents - start)), count.low, count.high)
        for start in range(0, parents, BLOCK)
    ]
    each = np.concatenate(counts) if counts else np.zeros(0, np.int64)
    return int(each.sum()), {template.leads[parent]: np.repeat(np.arange(parents), each)}
