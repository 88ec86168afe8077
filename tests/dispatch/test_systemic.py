"""Systemic problems: what is no chance is named, at the place where it is, and chance is not."""

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from db.ids import new_id
from db.records import FaultRow, HouseRow, NetworkElement
from db.states import Location
from dispatch.rules.networks import Network, network_of
from dispatch.rules.systemic import Of, Problem, problems, surprise
from tests.worlds import NOW, known_id

AREA = known_id("systemic")
TOP = known_id("systemic", "top")
SPLITTERS = [known_id("systemic", "splitter", number) for number in range(40)]
HOUSES = [[known_id("systemic", "house", splitter, number) for number in range(4)] for splitter in range(40)]
EACH = 8
"""Subscribers of a house: 1,280 in all."""
WEEKS = 8
SINCE = NOW - timedelta(weeks=WEEKS)
CREW = [known_id("systemic", "technician", number) for number in range(10)]


def element(own: UUID, parent: UUID | None) -> NetworkElement:
    return NetworkElement(
        area_id=AREA, network_element_id=own, parent_id=parent, kind="", name="", place_id=None
    )


@pytest.fixture(scope="module")
def network() -> Network:
    elements = [element(TOP, None), *(element(one, TOP) for one in SPLITTERS)]
    elements += [
        element(house, SPLITTERS[number]) for number, houses in enumerate(HOUSES) for house in houses
    ]
    homes = {
        known_id("systemic", house, number): house
        for houses in HOUSES
        for house in houses
        for number in range(EACH)
    }
    return network_of(elements, homes)


STREETS = [
    HouseRow(city="", street=f"Street {splitter}", house=str(number), subscribers=EACH)
    for splitter in range(40)
    for number in range(4)
]


def fault(
    rng: random.Random, splitter: int | None = None, house: int | None = None, **more: object
) -> FaultRow:
    where = rng.randrange(40) if splitter is None else splitter
    number = rng.randrange(4) if house is None else house
    told: dict[str, object] = {
        "job_id": new_id(),
        "number": "",
        "reported_at": SINCE + rng.random() * (NOW - SINCE),
        "subscriber_id": known_id("systemic", HOUSES[where][number], rng.randrange(EACH)),
        "network_element_id": HOUSES[where][number],
        "city": "",
        "street": f"Street {where}",
        "house": str(number),
        "technician_id": rng.choice(CREW),
        "location": Location.DROP,
        "came_back": rng.random() < 0.1,
    }
    return FaultRow(**{**told, **more})  # pyright: ignore[reportArgumentType]


def found(faults: Sequence[FaultRow], network: Network, before: Sequence[FaultRow] = ()) -> list[Problem]:
    return problems(faults, before, network, STREETS, SINCE, NOW)


@pytest.mark.parametrize("seed", range(20))
def test_chance_is_no_problem(network: Network, seed: int) -> None:
    rng = random.Random(f"systemic {seed}")
    faults = [fault(rng) for _ in range(160)]
    assert found(faults, network, faults) == []


@pytest.mark.parametrize("seed", range(10))
def test_a_splitter_a_house_and_a_technician_are_named_where_they_are(network: Network, seed: int) -> None:
    rng = random.Random(f"systemic {seed}")
    noise = [fault(rng) for _ in range(160)]
    splitter = [fault(rng, 7) for _ in range(14)]
    house = [fault(rng, 23, 2) for _ in range(9)]
    back = [fault(rng, technician_id=CREW[3], came_back=True) for _ in range(15)]
    told = found([*noise, *splitter, *house, *back], network)
    named = {(one.of, one.element_id or one.technician_id or one.name) for one in told}
    assert (Of.ELEMENT, SPLITTERS[7]) in named
    assert (Of.ELEMENT, HOUSES[23][2]) in named
    assert (Of.HOUSE, "Street 23 2") in named
    assert (Of.TECHNICIAN, CREW[3]) in named
    assert (Of.ELEMENT, SPLITTERS[23]) not in named, "the house below it holds nearly all"
    assert [one.surprise for one in told] == sorted((one.surprise for one in told), reverse=True)
    evidence = next(one for one in told if one.element_id == SPLITTERS[7])
    assert {one.job_id for one in splitter} <= {one.job_id for one in evidence.faults}
    assert sum(evidence.weeks) == len(evidence.faults)
    assert len(evidence.weeks) == WEEKS


def test_equipment_that_fails_more_than_before_is_named(network: Network) -> None:
    rng = random.Random("equipment")
    before = [fault(rng, location=Location.ONT_OPERATOR) for _ in range(4)]
    now = [fault(rng, location=Location.ONT_OPERATOR) for _ in range(16)]
    (told,) = [one for one in found(now, network, before) if one.of is Of.EQUIPMENT]
    assert (told.name, told.expected) == (Location.ONT_OPERATOR, 4.0)
    assert not [one for one in found(now, network, now) if one.of is Of.EQUIPMENT]


@pytest.mark.parametrize(
    ("count", "expected", "known"), [(3, 0.5, 0.0144), (10, 2.0, 4.65e-5), (5, 5.0, 1.0)]
)
def test_surprise_is_the_tail_of_a_poisson_count(count: int, expected: float, known: float) -> None:
    """Known: by a table; ours may say a little less of it, never more than a fifth."""
    assert known <= 10 ** -surprise(count, expected) <= known * 1.2


def test_nothing_is_nothing(network: Network) -> None:
    assert found([], network) == []
