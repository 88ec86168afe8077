"""Routing servers of others: what is asked of them, and what is made of their answers."""

import json
import math
from collections.abc import Generator

import numpy as np
import pytest

from dispatch.outside.routers import BLOCK, Router
from dispatch.outside.travel_times import Silent
from dispatch.rules.ways import UNKNOWN, Points
from dispatch.settings import RouterAddress, router_address
from tests.dispatch.router import FakeRouter, Pair, metres_between, routing, seconds_between
from tests.serving import free_port

KINDS = ("osrm", "valhalla", "graphhopper")


@pytest.fixture
def fake() -> Generator[FakeRouter]:
    with routing() as listening:
        yield listening


def at(fake: FakeRouter, kind: str = "osrm") -> Router:
    return Router(RouterAddress(kind, fake.url, "secret"))


def pairs(count: int) -> list[Pair]:
    return [
        (round(9.5 + 0.001 * (number % 10), 6), round(47.1 + 0.0007 * number, 6)) for number in range(count)
    ]


def points(places: list[Pair]) -> Points:
    where = np.array(places)
    return Points(where[:, 1], where[:, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_understood(fake: FakeRouter, kind: str) -> None:
    here, there = pairs(3), pairs(8)[4:]
    ways = at(fake, kind).between(points(here), points(there))
    assert ways.seconds.tolist() == [[math.ceil(seconds_between(a, b)) for b in there] for a in here]
    # Valhalla speaks in kilometres, and routingpy cuts the metre off
    assert ways.metres == pytest.approx(
        np.array([[metres_between(a, b) for b in there] for a in here]), abs=1
    )


@pytest.mark.parametrize("kind", KINDS)
def test_many_places_are_asked_for_in_blocks_that_the_server_takes(fake: FakeRouter, kind: str) -> None:
    every = pairs(BLOCK + 7)
    ways = at(fake, kind).between(points(every), points(every))
    assert [(rows, columns) for _, rows, columns in fake.asked] == [
        (BLOCK, BLOCK),
        (BLOCK, 7),
        (7, BLOCK),
        (7, 7),
    ]
    assert ways.seconds[BLOCK + 2, 3] == math.ceil(seconds_between(every[BLOCK + 2], every[3]))
    assert ways.seconds[3, BLOCK + 2] == math.ceil(seconds_between(every[3], every[BLOCK + 2]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_way_that_the_server_does_not_know_is_unknown_and_the_others_are_known(
    fake: FakeRouter, kind: str
) -> None:
    every = pairs(4)
    fake.nowhere = {every[2]}
    ways = at(fake, kind).between(points(every), points(every))
    unknown = np.zeros((4, 4), np.bool_)
    unknown[2, :] = unknown[:, 2] = True
    assert ((ways.seconds == UNKNOWN) == unknown).all()
    assert ((ways.metres == UNKNOWN) == unknown).all()


def test_a_place_that_osrm_moved_to_a_road_far_away_is_unknown(fake: FakeRouter) -> None:
    every = pairs(4)
    fake.snapped = {every[1]: 499.0, every[3]: 501.0}
    ways = at(fake).between(points(every), points(every))
    assert (ways.seconds[0] == UNKNOWN).tolist() == [False, False, False, True]
    assert (ways.seconds[:, 0] == UNKNOWN).tolist() == [False, False, False, True]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 404, 500, 502])
def test_a_refusal_is_said_to_be_one(fake: FakeRouter, kind: str, status: int) -> None:
    fake.status = status
    with pytest.raises(Silent, match="router_refused"):
        at(fake, kind).between(points(pairs(2)), points(pairs(2)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "body", ["", "<html>a proxy's page</html>", "[]", "{}", "null", '"Ok"', '{"durations": [[1]]}', '{"sources_to_targets": 7}']
)  # fmt: skip
def test_an_answer_that_is_none_is_said_to_be_unintelligible(fake: FakeRouter, kind: str, body: str) -> None:
    fake.body = body
    with pytest.raises(Silent, match="router_unintelligible"):
        at(fake, kind).between(points(pairs(2)), points(pairs(2)))


@pytest.mark.parametrize(
    "table",
    [
        "[[0, 1]]",
        "[[0, 1], [1]]",
        '[[0, "1"], [1, 0]]',
        "[[0, {}], [1, 0]]",
        "[[0, 1, 2], [1, 0, 2]]",
        "5",
        "null",
    ],
)
def test_a_table_of_another_shape_is_not_believed(fake: FakeRouter, table: str) -> None:
    fake.body = f'{{"durations": {table}, "distances": [[0, 1], [1, 0]]}}'
    with pytest.raises(Silent, match="router_unintelligible"):
        at(fake).between(points(pairs(2)), points(pairs(2)))


def test_numbers_that_cannot_be_are_unknown(fake: FakeRouter) -> None:
    fake.body = json.dumps({"durations": [[0, -5], [1e12, 0]], "distances": [[0, 7], [7, 0]]})
    ways = at(fake).between(points(pairs(2)), points(pairs(2)))
    assert ways.seconds.tolist() == [[0, UNKNOWN], [UNKNOWN, 0]]


def test_where_nobody_listens_that_is_said() -> None:
    nobody = Router(RouterAddress("osrm", f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(Silent, match="router_unreachable"):
        nobody.between(points(pairs(2)), points(pairs(2)))


@pytest.mark.filterwarnings("ignore:Server down")
def test_a_server_that_stays_busy_is_given_up(fake: FakeRouter) -> None:
    fake.status = 503
    with pytest.raises(Silent, match="router_unreachable"):
        at(fake).between(points(pairs(2)), points(pairs(2)))


@pytest.mark.parametrize(
    ("said", "kind", "url", "key"),
    [
        ("osrm+http://router:5000", "osrm", "http://router:5000", None),
        ("valhalla+https://maps.example/valhalla/", "valhalla", "https://maps.example/valhalla", None),
        ("graphhopper+https://KEY@host.example/api/1", "graphhopper", "https://host.example/api/1", "KEY"),
    ],
)
def test_an_address_says_who_speaks_there(said: str, kind: str, url: str, key: str | None) -> None:
    assert router_address(said) == RouterAddress(kind, url, key)


@pytest.mark.parametrize(
    "said", ["http://router:5000", "osrm", "osrm+ftp://router", "google+https://a.b", "osrm+http://"]
)
def test_what_is_no_address_of_a_router_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="KIND"):
        router_address(said)


def test_the_key_stands_in_no_version() -> None:
    router = Router(router_address("graphhopper+https://KEY@host.example/api/1"))
    assert router.version == "graphhopper https://host.example/api/1"
