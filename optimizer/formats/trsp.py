"""The text format of the technician routing and scheduling problem (Pillac, Gueret, Medaglia): a crew with homes, skills, tools and
spare parts, requests, and a depot where whoever passes by gets any tools and parts.

What counts is the total duration: travel, waiting and service of all who work. A way takes as long as it is; times are
counted in thousandths, ways rounded up. All requests are mandatory. Vehicles and requests have the numbers of the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from optimizer.formats.record import Format, JobNote, Read, VehicleNote
from optimizer.formats.refusal import Refused
from optimizer.formats.rows import Row, distances, heading, rounded_up, rows
from optimizer.problem import (
    MAX_COUNT,
    MAX_SECONDS,
    Depot,
    Job,
    Problem,
    Shift,
    Technician,
    Weights,
    Window,
    pack,
)

SCALE = 1_000
CREW, NODES = "CREW COUNT", "DEPOT TECHNICIANS AND REQUESTS"
_LISTS = re.compile(r"([^\[\]]*)\[([^\[\]]*)\]\s*\[([^\[\]]*)\]\s*\[([^\[\]]*)\]\s*")


class Node(NamedTuple):
    """The depot, a technician or a request; which one is told by the order."""

    id: int
    point: tuple[float, float]
    window: Window
    service: int
    skills: frozenset[str]
    tools: frozenset[str]
    parts: dict[str, int]


class Sizes(NamedTuple):
    """The line of counts."""

    crew: int
    skills: int
    tools: int
    parts: int


def is_trsp(text: str) -> bool:
    """By its two headings."""
    names = [heading(row) for row in rows(text)]
    return any(name.startswith(CREW) for name in names) and NODES in names


def read(text: str) -> Read:
    """The problem of a file. Raises `Refused`."""
    sizes, nodes = _parsed(text)
    depot, crew, requests = nodes[0], nodes[1 : sizes.crew + 1], nodes[sizes.crew + 1 :]
    ways = rounded_up(distances([node.point for node in nodes]), SCALE)
    if ways.max() > MAX_SECONDS or max(node.window.latest for node in nodes) > MAX_SECONDS:
        raise Refused("", f"distances or instants above {MAX_SECONDS // SCALE}")
    problem = Problem(
        technicians=tuple(
            Technician(name=str(node.id), skills=node.skills, tools=node.tools, parts=node.parts)
            for node in crew
        ),
        shifts=tuple(_shift(place, node) for place, node in enumerate(crew, 1)),
        jobs=tuple(_job(place, node) for place, node in enumerate(requests, len(crew) + 1)),
        places=len(nodes),
        travel=pack(ways),
        distance=pack(ways),
        weights=Weights(travel=0, duration=1),
        depots=(Depot(place=0, service_s=depot.service),),
    )
    return Read(
        format=Format.TRSP,
        problem=problem,
        jobs=tuple(JobNote(node.id) for node in requests),
        vehicles=tuple(VehicleNote(node.id) for node in crew),
        scale=SCALE,
    )


def _shift(place: int, node: Node) -> Shift:
    return Shift(
        name=str(node.id),
        technician=place - 1,
        day=0,
        start=node.window.earliest,
        end=node.window.latest,
        start_place=place,
        end_place=place,
    )


def _job(place: int, node: Node) -> Job:
    return Job(
        name=str(node.id),
        place=place,
        service_s=node.service,
        windows=(node.window,),
        skills=node.skills,
        tools=node.tools,
        parts=node.parts,
        mandatory=True,
    )


def _parsed(text: str) -> tuple[Sizes, Sequence[Node]]:
    lines = list(rows(text))
    names = [heading(row) for row in lines]
    first, second = next(n for n, name in enumerate(names) if name.startswith(CREW)), names.index(NODES)
    if first + 2 != second:
        raise lines[first].refuse("needs one line of four counts")
    counts = lines[first + 1]
    sizes = Sizes(*(counts.whole(count, "count", most=MAX_COUNT) for count in counts.numbers(4)))
    nodes: dict[int, Node] = {}
    for row in lines[second + 2 :]:
        node = _node(row, sizes, is_depot=not nodes)
        if node.id in nodes:
            raise row.refuse(f"{node.id} stands here twice")
        nodes[node.id] = node
    if len(nodes) < sizes.crew + 2:
        raise Refused("", f"{len(nodes)} nodes: a depot, a crew of {sizes.crew} and a request are needed")
    return sizes, list(nodes.values())


def _node(row: Row, sizes: Sizes, *, is_depot: bool) -> Node:
    found = _LISTS.fullmatch(row.text)
    if found is None:
        raise row.refuse("six numbers and three lists in brackets are needed")
    number, x, y, earliest, latest, service = Row(row.number, found[1]).numbers(6)
    if not 0 <= earliest <= latest or service < 0:
        raise row.refuse(f"from {earliest:g} to {latest:g}, service of {service:g}")
    parts = _whole(row, found[4], "parts", MAX_COUNT)
    if len(parts) != sizes.parts and not (is_depot and not parts):
        raise row.refuse(f"{len(parts)} counts of parts, not {sizes.parts}")
    return Node(
        row.whole(number, "number"),
        (x, y),
        Window(earliest=math.ceil(earliest * SCALE), latest=math.floor(latest * SCALE)),
        math.ceil(service * SCALE),
        frozenset(map(str, _whole(row, found[2], "skill", sizes.skills - 1))),
        frozenset(map(str, _whole(row, found[3], "tool", sizes.tools - 1))),
        {str(part): count for part, count in enumerate(parts) if count},
    )


def _whole(row: Row, text: str, name: str, most: int) -> list[int]:
    if not text.strip():
        return []
    return [row.whole(row.number_of(word.strip()), name, most=most) for word in text.split(",")]
