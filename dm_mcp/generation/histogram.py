"""The distribution that was seen somewhere: bins and counts, in a template or in a file of the workspace."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from dm_mcp.generation.registry import Options
from dm_mcp.generation.scales import Piece, Scale
from dm_mcp.generation.streams import check_weights

__all__ = ["Histogram"]


class Histogram(Options):
    """Counts of what was seen between edges, each bin without its upper one.

    ``{"kind": "histogram", "edges": [0, 18, 65, 100], "counts": [20, 60, 20]}``, or ``{"kind": "histogram", "file":
    "ages.csv"}``: a file of the workspace, either JSON with ``edges`` and ``counts``, or CSV lines of a bin's lower
    edge and its count. A last line without a count is the last edge; else the last bin is as wide as the one before.
    Bins beyond the field's ends are left out.
    """

    kind: Literal["histogram"]
    edges: list[float] = Field(default_factory=list[float])
    counts: list[float] = Field(default_factory=list[float])
    file: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.file is None:
            _check_bins(self.edges, self.counts)
        elif self.edges or self.counts:
            raise ValueError("a histogram has either a file or edges and counts")
        return self

    def read(self, read_file: Callable[[str], str]) -> Histogram:
        """The histogram with its file's bins. Raises ValueError for a file that holds none."""
        if self.file is None:
            return self
        try:
            edges, counts = _parse_bins(read_file(self.file))
            _check_bins(edges, counts)
        except ValueError as error:
            raise ValueError(f"the file {self.file!r} of a histogram: {error}") from None
        return Histogram(kind="histogram", edges=edges, counts=counts)

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """A bin each, the part of it that lies between the ends."""
        bins = zip(pairwise(self.edges), self.counts, strict=True)
        # An edge belongs to the bin above it, so places are those of whole steps, and not of halves.
        places = (Piece(scale.place(low) - 0.5, scale.place(high) - 0.5, count) for (low, high), count in bins)
        yield from scale.inside(places)


def _check_bins(edges: list[float], counts: list[float]) -> None:
    if len(edges) < 2 or len(edges) != len(counts) + 1:
        raise ValueError(
            "a histogram has one edge more than counts, and two at least,"
            f" not {len(edges)} edges for {len(counts)} counts"
        )
    check_weights(counts, len(counts))
    for low, high in pairwise(edges):
        if not low < high:
            raise ValueError(f"the edges of a histogram ascend, but {high:g} follows {low:g}")


class _Bins(Options):
    edges: list[float]
    counts: list[float]


_bins: TypeAdapter[_Bins] = TypeAdapter(_Bins)


def _parse_bins(text: str) -> tuple[list[float], list[float]]:
    if text.lstrip().startswith("{"):
        try:
            bins = _bins.validate_python(json.loads(text))
        except ValidationError as error:
            details = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, details['loc']))}: {details['msg'].lower()}") from None
        return bins.edges, bins.counts
    edges: list[float] = []
    counts: list[float] = []
    for number, line in enumerate(csv.reader(text.splitlines()), 1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or (number == 1 and not _is_number(cells[0])):
            continue  # a blank line, or the columns' names
        if len(counts) < len(edges):
            raise ValueError(f"line {number} follows one without a count")
        if len(cells) > 2 or not all(map(_is_number, filter(None, cells))) or not cells[0]:
            raise ValueError(f"line {number} is not an edge and a count, but {','.join(line)!r}")
        edges.append(float(cells[0]))
        counts += [float(cell) for cell in cells[1:] if cell]
    if len(edges) == len(counts) > 1:
        edges.append(2 * edges[-1] - edges[-2])
    return edges, counts


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
