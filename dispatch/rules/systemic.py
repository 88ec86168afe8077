"""Systemic problems: where, with what and after whom there is more trouble over weeks than chance would have it.

Each group is compared with what it would have had by its size, as a Poisson count; what is too surprising is a problem, the most
surprising first. Of elements above one another the lowest that holds nearly all is named.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from db.records import FaultRow, HouseRow
from db.records.base import Record
from db.states import Location
from dispatch.rules.networks import NONE, Network

K = TypeVar("K", bound=Hashable)
FEWEST = 3
"""Faults: two are a coincidence."""
SURPRISE = 2.0
"""As powers of ten against chance, once it is counted how many groups of its kind were looked at."""
NEARLY_ALL = 0.7
EQUIPMENT = frozenset({Location.ONT_OPERATOR, Location.CPE_OPERATOR, Location.SPLITTER_OR_CABINET})


class Of(StrEnum):
    """What the faults have in common."""

    ELEMENT = "element"
    HOUSE = "house"
    EQUIPMENT = "equipment"
    TECHNICIAN = "technician"


class Problem(Record):
    """`expected`: faults that its size would give; `surprise`: how unlikely more are, as powers of ten; `weeks`: how many in each,
    the oldest first. `faults` are the evidence."""

    of: Of
    element_id: UUID | None
    technician_id: UUID | None
    name: str
    subscribers: int
    expected: float
    surprise: float
    weeks: Sequence[int]
    faults: Sequence[FaultRow]


def problems(
    faults: Sequence[FaultRow],
    before: Sequence[FaultRow],
    network: Network,
    houses: Sequence[HouseRow],
    since: datetime,
    until: datetime,
) -> list[Problem]:
    """Of the faults since then; `before`: of a period as long just before. The most surprising first."""
    weeks = max(1, math.ceil((until - since) / timedelta(weeks=1)))
    looked_at = (
        (_elements(faults, network), len(network.ids)),
        (_houses(faults, houses), len(houses)),
        (_equipment(faults, before), len(EQUIPMENT)),
        (_technicians(faults), len({fault.technician_id for fault in faults})),
    )
    found = [_among(one, groups) for some, groups in looked_at for one in some]
    sure = [one for one in found if len(one.faults) >= FEWEST and one.surprise >= SURPRISE]
    return sorted((_by_week(one, since, weeks) for one in sure), key=lambda one: (-one.surprise, one.name))


def surprise(count: int, expected: float) -> float:
    """How unlikely so many or more are where `expected` are: 3.0 is one in a thousand. Above what is expected only."""
    if count <= expected:
        return 0.0
    mean = max(expected, 1e-9)
    first = count * math.log(mean) - mean - math.lgamma(count + 1)
    # the terms that follow fall at least as fast as this row, whose sum is known
    return max(0.0, -(first - math.log1p(-mean / (count + 1))) / math.log(10))


def _elements(faults: Sequence[FaultRow], network: Network) -> list[Problem]:
    at: dict[int, list[FaultRow]] = defaultdict(list)
    placed = 0
    for fault in faults:
        number = network.number_of.get(fault.network_element_id) if fault.network_element_id else None
        if number is None:
            continue
        placed += 1
        for above in network.lineage[number]:
            if above != NONE:
                at[int(above)].append(fault)
    everybody = sum(
        int(size) for size, parent in zip(network.size, network.parent, strict=True) if parent == NONE
    )
    found: list[Problem] = []
    for number, own in at.items():
        heaviest = max(
            (len(at[child]) for child in network.children.get(number, ()) if child in at), default=0
        )
        size = int(network.size[number])
        if heaviest >= NEARLY_ALL * len(own) or size == 0 or size == everybody:
            continue
        expected = placed * size / everybody
        found.append(_problem(Of.ELEMENT, own, expected, size, element_id=network.ids[number]))
    return found


def _houses(faults: Sequence[FaultRow], houses: Sequence[HouseRow]) -> list[Problem]:
    lived = {(row.city, row.street, row.house): row.subscribers for row in houses}
    grouped = _grouped(
        (fault for fault in faults if (fault.city, fault.street, fault.house) in lived),
        lambda fault: (fault.city, fault.street, fault.house),
    )
    total, everybody = sum(map(len, grouped.values())), sum(lived.values())
    return [
        _problem(
            Of.HOUSE,
            own,
            total * lived[house] / everybody,
            lived[house],
            name=", ".join(filter(None, [house[0], f"{house[1]} {house[2]}"])),
        )
        for house, own in grouped.items()
    ]


def _equipment(faults: Sequence[FaultRow], before: Sequence[FaultRow]) -> list[Problem]:
    """Against what the same failed in the period before."""
    earlier = Counter(fault.location for fault in before)
    grouped = _grouped(
        (fault for fault in faults if fault.location in EQUIPMENT), lambda fault: fault.location
    )
    return [
        _problem(
            Of.EQUIPMENT,
            own,
            max(1.0, float(earlier[location])),
            len({one.subscriber_id for one in own}),
            name=str(location),
        )
        for location, own in grouped.items()
    ]


def _technicians(faults: Sequence[FaultRow]) -> list[Problem]:
    """After whom it comes back more often than after the others."""
    closed = _grouped(
        (fault for fault in faults if fault.technician_id is not None), lambda fault: fault.technician_id
    )
    came_back = {who: [fault for fault in own if fault.came_back] for who, own in closed.items()}
    total, back = sum(map(len, closed.values())), sum(map(len, came_back.values()))
    return [
        _problem(
            Of.TECHNICIAN,
            came_back[who],
            # half a fault more than they had: a crew of two says little of each
            len(own) * (back - len(came_back[who]) + 0.5) / (total - len(own) + 1),
            len(own),
            technician_id=who,
        )
        for who, own in closed.items()
    ]


def _grouped(faults: Iterable[FaultRow], key: Callable[[FaultRow], K]) -> Mapping[K, list[FaultRow]]:
    found: dict[K, list[FaultRow]] = defaultdict(list)
    for fault in faults:
        found[key(fault)].append(fault)
    return found


def _problem(
    of: Of,
    faults: Sequence[FaultRow],
    expected: float,
    subscribers: int,
    *,
    name: str = "",
    element_id: UUID | None = None,
    technician_id: UUID | None = None,
) -> Problem:
    return Problem(
        of=of,
        element_id=element_id,
        technician_id=technician_id,
        name=name,
        subscribers=subscribers,
        expected=expected,
        surprise=surprise(len(faults), expected),
        weeks=(),
        faults=faults,
    )


def _among(one: Problem, groups: int) -> Problem:
    """Of many groups the worst is always bad."""
    return msgspec.structs.replace(one, surprise=one.surprise - math.log10(max(1, groups)))


def _by_week(one: Problem, since: datetime, weeks: int) -> Problem:
    counted = Counter((fault.reported_at - since) // timedelta(weeks=1) for fault in one.faults)
    return msgspec.structs.replace(one, weeks=[counted[week] for week in range(weeks)])
