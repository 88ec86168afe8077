"""Road networks: what is kept of a map, and how long the ways on it are."""

import csv
import gzip
import heapq
import math
from pathlib import Path

import numpy as np
import pytest

from dispatch.outside.travel_times import StraightLines
from dispatch.roads import network
from dispatch.roads.extract import BadExtract, Segments, read_segments
from dispatch.roads.network import BadNetwork, network_of
from dispatch.roads.search import Roads
from dispatch.rules.ways import UNKNOWN, Points
from tests.dispatch.maps import Map, between, points

OSM = Path(__file__).parents[2].parent / "shared" / "data" / "osm"
WEST, EAST = (0.0, 0.0), (1000.0, 0.0)


def square(**south: str) -> Map:
    """A block of 1000 m a side, its southern street from west to east tagged as said."""
    north = ((0.0, 1000.0), (1000.0, 1000.0))
    return Map().way(WEST, EAST, **south).way(EAST, north[1]).way(north[1], north[0]).way(north[0], WEST)


def test_a_way_along_a_street_takes_as_long_as_the_street_is_and_as_fast_as_it_may_be(tmp_path: Path) -> None:
    roads = Map().way(WEST, EAST, highway="secondary", maxspeed="50").roads(tmp_path)
    ways = between(roads, WEST, EAST)
    assert ways.metres[0, 1] == ways.metres[1, 0] == pytest.approx(1000, abs=2)
    assert ways.seconds[0, 1] == ways.seconds[1, 0] == pytest.approx(1000 / (0.8 * 50 / 3.6), abs=2)
    assert not ways.seconds.diagonal().any()


def test_against_a_one_way_street_one_goes_round_the_block(tmp_path: Path) -> None:
    ways = between(square(oneway="yes").roads(tmp_path), WEST, EAST)
    assert ways.metres[0, 1] == pytest.approx(1000, abs=2)
    assert ways.metres[1, 0] == pytest.approx(3000, abs=3)
    turned = between(square(oneway="-1").roads(tmp_path), WEST, EAST)
    assert (turned.metres[0, 1], turned.metres[1, 0]) == (ways.metres[1, 0], ways.metres[0, 1])


def test_two_houses_in_one_one_way_street_are_near_in_one_direction_only(tmp_path: Path) -> None:
    roads = square(oneway="yes").roads(tmp_path)
    ways = between(roads, (300.0, 0.0), (500.0, 0.0), (500.0, 1000.0))
    assert ways.metres[0, 1] == pytest.approx(200, abs=2)
    assert ways.metres[1, 0] == pytest.approx(3800, abs=4)
    assert ways.metres[1, 2] == pytest.approx(2000, abs=3)


def test_a_house_away_from_the_street_is_reached_on_foot(tmp_path: Path) -> None:
    roads = Map().way(WEST, EAST, highway="secondary", maxspeed="50").roads(tmp_path)
    ways = between(roads, (500.0, 140.0), EAST)
    assert ways.metres[0, 1] == pytest.approx(640, abs=2)
    assert ways.seconds[0, 1] == pytest.approx(500 / (0.8 * 50 / 3.6) + 140 / 1.4, abs=2)


def test_across_a_river_the_way_leads_over_the_bridge(tmp_path: Path) -> None:
    """Two banks 100 m apart, with a bridge 2 km upstream."""
    banks = Map().way((0.0, 0.0), (2000.0, 0.0)).way((0.0, 100.0), (2000.0, 100.0))
    ways = between(banks.way((2000.0, 0.0), (2000.0, 100.0)).roads(tmp_path), (0.0, 0.0), (0.0, 100.0))
    assert ways.metres[0, 1] == pytest.approx(4100, abs=5)


def test_roads_that_cross_without_a_common_point_do_not_meet(tmp_path: Path) -> None:
    """A bridge over a road: the ring that joins them is the only way up."""
    drawn = Map().way((0.0, 0.0), (1000.0, 0.0)).way((500.0, -500.0), (500.0, 500.0), layer="1")
    drawn.way((1000.0, 0.0), (1000.0, 500.0), (500.0, 500.0))
    ways = between(drawn.roads(tmp_path), (490.0, 0.0), (500.0, -100.0))
    assert ways.metres[0, 1] == pytest.approx(510 + 1000 + 600, abs=4)


def test_a_bollard_is_gone_round(tmp_path: Path) -> None:
    middle, corners = (500.0, 0.0), ((1000.0, 1000.0), (0.0, 1000.0))
    drawn = Map().way(WEST, middle, EAST).way(EAST, *corners, WEST).tag(middle, barrier="bollard")
    ways = between(drawn.roads(tmp_path), (400.0, 0.0), (600.0, 0.0))
    assert ways.metres[0, 1] == pytest.approx(400 + 3000 + 400, abs=5)


def test_a_corner_is_reached_by_each_of_its_streets(tmp_path: Path) -> None:
    """Though the one-way street that ends there is as near as the others."""
    roads = square(oneway="yes").roads(tmp_path)
    ways = between(roads, WEST, EAST, (1000.0, 500.0))
    assert ways.metres[2, 1] == pytest.approx(500, abs=2)
    assert ways.metres[0, 1] == pytest.approx(1000, abs=2)


def test_a_traffic_light_costs_each_that_drives_through_it(tmp_path: Path) -> None:
    middle = (500.0, 0.0)
    plain = between(Map().way(WEST, middle, EAST).roads(tmp_path), WEST, EAST, middle)
    lit = between(
        Map().way(WEST, middle, EAST).tag(middle, highway="traffic_signals").roads(tmp_path), WEST, EAST
    )
    assert lit.seconds[0, 1] == lit.seconds[1, 0] == plain.seconds[0, 1] + 6
    assert lit.metres[0, 1] == plain.metres[0, 1]


def test_of_two_roads_between_two_junctions_the_quicker_is_taken_though_it_is_longer(tmp_path: Path) -> None:
    slow = Map().way(WEST, EAST, highway="living_street")
    ways = between(slow.way(WEST, (500.0, 400.0), EAST, highway="primary").roads(tmp_path), WEST, EAST)
    assert ways.metres[0, 1] == pytest.approx(2 * math.hypot(500, 400), abs=3)


def test_what_one_cannot_come_back_from_or_get_to_is_left_out(tmp_path: Path) -> None:
    """A street into nowhere, a street out of nowhere, an island: places there go to the next road one gets away from."""
    drawn = square().way(EAST, (1400.0, 0.0), oneway="yes").way((-400.0, 0.0), WEST, oneway="yes")
    drawn.way((5000.0, 0.0), (5300.0, 0.0))
    ways = between(drawn.roads(tmp_path), (500.0, 0.0), (1300.0, 0.0), (-300.0, 0.0), (5100.0, 0.0))
    assert ways.metres[0, 1] == ways.metres[1, 0] == pytest.approx(500 + 300, abs=3)
    assert ways.metres[0, 2] == ways.metres[2, 0] == pytest.approx(500 + 300, abs=3)
    assert (ways.metres[3, :3] == UNKNOWN).all()
    assert (ways.seconds[:3, 3] == UNKNOWN).all()


def test_a_place_far_from_any_road_is_known_to_none_and_nearer_ones_are(tmp_path: Path) -> None:
    roads = square().roads(tmp_path)
    ways = between(roads, WEST, (500.0, -499.0), (500.0, -501.5), (500.0, -90_000.0))
    assert (ways.seconds[0] == UNKNOWN).tolist() == [False, False, True, True]
    assert (ways.metres == UNKNOWN).tolist() == (ways.seconds == UNKNOWN).tolist()


def test_nobody_is_reached_from_the_motorway_through_the_noise_barrier(tmp_path: Path) -> None:
    drawn = square().way((0.0, -80.0), (1000.0, -80.0), highway="motorway", oneway="no")
    drawn.way((1000.0, -80.0), EAST, highway="motorway_link", oneway="no")
    ways = between(drawn.roads(tmp_path), (500.0, -60.0), (500.0, 0.0))
    assert ways.metres[0, 1] == pytest.approx(60, abs=2)


def test_the_nearest_street_counts_not_the_nearest_corner(tmp_path: Path) -> None:
    """A street of one long piece beside one of a hundred points, a little farther off."""
    long, many = ((-3000.0, 0.0), (3000.0, 0.0)), [(10.0 * step, 130.0) for step in range(-50, 51)]
    drawn = (
        Map().way(*long).way(*many).way((500.0, 130.0), (3000.0, 0.0)).way((-500.0, 130.0), (-3000.0, 0.0))
    )
    ways = between(drawn.roads(tmp_path), (5.0, 60.0), (5.0, 0.0))
    assert ways.metres[0, 1] == pytest.approx(60, abs=2)


def test_nothing_asked_is_nothing_answered(tmp_path: Path) -> None:
    roads, none = square().roads(tmp_path), Points(np.zeros(0), np.zeros(0))
    assert roads.between(none, none).seconds.shape == (0, 0)
    assert roads.between(points(WEST), none).seconds.shape == (1, 0)


def test_a_few_from_and_to_all_are_what_all_to_all_are(tmp_path: Path) -> None:
    roads = square(oneway="yes").roads(tmp_path)
    every = points(*[(100.0 * number, 0.0) for number in range(10)], (1000.0, 500.0), (300.0, 990.0))
    some = every.of(np.array([3, 10]))
    whole = roads.between(every, every)
    assert (roads.between(some, every).seconds == whole.seconds[[3, 10]]).all()
    assert (roads.between(every, some).seconds == whole.seconds[:, [3, 10]]).all()
    assert (roads.between(every, some).metres == whole.metres[:, [3, 10]]).all()


# --- against a plain search -----------------------------------------------------------------------------------


def random_city(seed: int) -> Segments:
    """Streets between random points: one-way or not, slow or fast, chains and dead ends among them."""
    rng = np.random.default_rng(seed)
    count = 60
    where = points(*rng.uniform(0, 3000, (count, 2)).tolist())
    pairs = {tuple(sorted(pair)) for pair in rng.integers(0, count, (95, 2)).tolist() if pair[0] != pair[1]}
    tail, head = (np.array([pair[side] for pair in sorted(pairs)]) for side in (0, 1))
    metres = rng.uniform(50, 900, len(tail)).round()
    along, against = metres / rng.uniform(2, 20, len(tail)), metres / rng.uniform(2, 20, len(tail))
    kind = rng.random(len(tail))
    along[kind < 0.15], against[kind > 0.75] = np.inf, np.inf
    return Segments(*where, tail, head, metres, along, against, np.ones(len(tail), np.bool_))


def reference(city: Segments, start: int) -> dict[int, tuple[float, float]]:
    """Seconds and metres from one point to all others, the plain way."""
    arcs: dict[int, list[tuple[int, float, float]]] = {}
    for tail, head, metres, along, against in zip(*(column.tolist() for column in city[2:7]), strict=True):
        if along < math.inf:
            arcs.setdefault(tail, []).append((head, round(along, 2), metres))
        if against < math.inf:
            arcs.setdefault(head, []).append((tail, round(against, 2), metres))
    best: dict[int, tuple[float, float]] = {}
    open_ends = [(0.0, 0.0, start)]
    while open_ends:
        seconds, metres, here = heapq.heappop(open_ends)
        if here in best:
            continue
        best[here] = (seconds, metres)
        for there, more_s, more_m in arcs.get(here, []):
            heapq.heappush(open_ends, (round(seconds + more_s, 2), metres + more_m, there))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_ways_on_the_contracted_network_are_those_of_a_plain_search_on_all_points(seed: int) -> None:
    city = random_city(seed)
    roads = Roads("random", network_of(city))
    count = len(city.latitude)
    # where one gets back from, and a piece of road is not shared with another point
    back = [reference(city, point) for point in range(count)]
    together = [
        p for p in range(count) if sum(p in back[q] and q in back[p] for q in range(count)) > count / 3
    ]
    assert len(together) > 10
    where = Points(city.latitude[together], city.longitude[together])
    ways = roads.between(where, where)
    for row, start in enumerate(together):
        for column, end in enumerate(together):
            seconds, metres = back[start][end]
            assert ways.seconds[row, column] == pytest.approx(math.ceil(round(seconds, 2)), abs=1)
            assert ways.metres[row, column] == pytest.approx(math.ceil(metres), abs=2)


# --- files ----------------------------------------------------------------------------------------------------


def test_a_network_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    made = network_of(random_city(3))
    network.write(made, tmp_path / "city.npz")
    read = network.read(tmp_path / "city.npz")
    assert read.digest == made.digest
    assert (read.along == made.along).all()
    assert (read.against == made.against).all()
    assert network.read_box(tmp_path / "city.npz") == pytest.approx(network.box_of(made))
    assert [path.name for path in tmp_path.iterdir()] == ["city.npz"]


def test_another_network_has_another_digest_and_the_same_the_same() -> None:
    assert network_of(random_city(1)).digest == network_of(random_city(1)).digest
    assert network_of(random_city(1)).digest != network_of(random_city(2)).digest


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a file", b"something else altogether"])
def test_a_damaged_network_is_refused_in_one_line(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "city.npz"
    path.write_bytes(damage)
    with pytest.raises(BadNetwork, match="city.npz: not a road network") as refused:
        network.read(path)
    assert "\n" not in str(refused.value)


def test_a_network_of_another_version_is_to_be_built_again(tmp_path: Path) -> None:
    np.savez(tmp_path / "old.npz", format=np.array(0))
    with pytest.raises(BadNetwork, match="build it again"):
        network.read(tmp_path / "old.npz")


def test_gzip_is_read_as_well(tmp_path: Path) -> None:
    plain = square().write(tmp_path / "map.osm").read_bytes()
    (tmp_path / "map.osm.gz").write_bytes(gzip.compress(plain))
    told: list[int] = []
    segments = read_segments(tmp_path / "map.osm.gz", told.append)
    assert (len(segments.tail), told[-1]) == (4, 4)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.osm.pbf", b"", "is empty"),
        ("a.osm.pbf", b"\x00\x00\x00\x0d", "PBF"),
        ("a.osm.gz", b"not gzip", "XML|gzip"),
        ("a.osm", b"<html></html>", "html"),
        ("a.osm", b"<osm version='0.6'/>", "no road in it"),
        ("a.osm", b"<osm version='0.6'><way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='road'/></way></osm>", "no points"),
        ("a.csv", b"city,street", "format"),
    ],
)  # fmt: skip
def test_a_broken_extract_is_refused_in_one_line_that_says_why(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadExtract, match=says) as refused:
        read_segments(path, lambda _: None)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


def test_a_missing_extract_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadExtract, match="no such file"):
        read_segments(tmp_path / "nowhere.osm.pbf", lambda _: None)


def test_a_road_that_leaves_the_extract_is_kept_as_far_as_it_is_known(tmp_path: Path) -> None:
    path = square().write(tmp_path / "map.osm")
    text = path.read_text("utf-8")
    path.write_text(text.replace("<nd ref='2'/>", "<nd ref='2'/><nd ref='999'/>", 1), "utf-8")
    assert len(read_segments(path, lambda _: None).tail) == 4


# --- real roads -----------------------------------------------------------------------------------------------


def real(name: str, ending: str) -> tuple[Roads, Points]:
    """A network and the addresses in it."""
    extract = OSM / f"{name}{ending}"
    if not extract.exists():
        pytest.skip(f"{extract} is not there")
    with (OSM / f"{name}-addresses.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::3]
    where = Points(
        np.array([float(row["lat"]) for row in rows]), np.array([float(row["lon"]) for row in rows])
    )
    return Roads(name, network_of(read_segments(extract, lambda _: None))), where


@pytest.mark.parametrize(("name", "ending"), [("liechtenstein", ".osm.pbf"), ("moscow-butyrsky", ".osm.gz")])
def test_real_ways_are_plausible(name: str, ending: str) -> None:
    roads, where = real(name, ending)
    ways = roads.between(where, where)
    seconds, metres = ways.seconds.astype(np.int64), ways.metres.astype(np.int64)
    assert (seconds >= 0).all(), "every address has a road"
    crow = StraightLines(1.0, 1.0).between(where, where).metres
    # to the nearest house at 0.3 % of what a ball is off
    assert (metres + 2 >= crow * 0.997).all(), "no way is shorter than the straight line"
    apart = crow > 300
    kmh = metres[apart] / seconds[apart] * 3.6
    assert kmh.min() > 4, "no slower than on foot"
    assert kmh.max() < 80
    assert 1.2 < np.median(metres[apart] / crow[apart]) < 2
    assert (seconds != seconds.T).mean() > 0.2, "one-way streets"
    for by in range(0, len(seconds), 7):
        detours = seconds[:, [by]] + seconds[[by], :]
        assert (seconds <= detours + 1).all(), "no way is longer than one by another place"


def test_known_drives_take_as_long_as_people_there_say() -> None:
    """Bounds round what route planners and timetables of the region give, in kilometres and minutes."""
    roads, _ = real("liechtenstein", ".osm.pbf")
    vaduz, schaan, malbun, balzers, ruggell = (
        (47.1382, 9.5221),
        (47.1654, 9.5084),
        (47.1020, 9.6090),
        (47.0670, 9.5020),
        (47.2385, 9.5270),
    )
    where = Points(*np.array([vaduz, schaan, malbun, balzers, ruggell]).T)
    ways = roads.between(where, where)
    for there, kilometres, minutes in ((1, (3, 4), (4, 9)), (2, (13, 16), (17, 26)), (3, (8, 10), (9, 16)), (4, (12, 16), (14, 24))):  # fmt: skip
        for row, column in ((0, there), (there, 0)):
            assert kilometres[0] <= ways.metres[row, column] / 1000 <= kilometres[1]
            assert minutes[0] <= ways.seconds[row, column] / 60 <= minutes[1]
