"""Plans on real roads: where their travel times come from, what is kept of them, and what a promise is worth there."""

import asyncio
import logging
from collections.abc import Generator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import numpy as np
import pytest

from db.pool import Database
from db.queries import plans
from db.records import Place, RunTravel, Visit
from db.states import VisitState
from dispatch.outside.routers import BLOCK
from dispatch.outside.travel_times import TravelTimes
from dispatch.roads import network
from dispatch.roads.extract import read_segments
from dispatch.roads.search import Roads
from dispatch.rules.ways import Ways, points_of
from dispatch.settings import RouterAddress
from dispatch.solver import Solver
from dispatch.travelling import KEPT_FOR, TravelSources, straight_lines, travel_between
from dispatch.worker import Worker
from tests.builders import Town, received, settled_in
from tests.dispatch.maps import Map
from tests.dispatch.office import Office
from tests.dispatch.router import FakeRouter, routing
from tests.serving import free_port
from tests.worlds import NOW, TODAY, small_town

KEPT = "SELECT count(*) FROM travel_row"
TOWN = [place for place in small_town.made.places]


def grid(reach: int = 1600, **tags: str) -> Map:
    """Streets every 200 m, in the middle of which the small town lies."""
    drawn = Map()
    lines = [float(line) for line in range(-reach, reach + 1, 200)]
    for line in lines:
        drawn.way(*[(line, other) for other in lines], **tags)
        drawn.way(*[(other, line) for other in lines], **tags)
    return drawn


def built(folder: Path, drawn: Map, name: str = "town") -> Path:
    """The folder with a network of it."""
    (folder / "roads").mkdir(exist_ok=True)
    made = network.network_of(read_segments(drawn.write(folder / "map.osm"), lambda _: None))
    network.write(made, folder / "roads" / f"{name}.npz")
    return folder / "roads"


def between(times: TravelTimes, places: Sequence[Place]) -> Ways:
    points = points_of(places)
    return times.between(points, points)


@pytest.fixture
def fake() -> Generator[FakeRouter]:
    with routing() as listening:
        yield listening


def router(fake: FakeRouter) -> RouterAddress:
    return RouterAddress("osrm", fake.url)


def nobody() -> RouterAddress:
    return RouterAddress("osrm", f"http://127.0.0.1:{free_port()}")


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database, await settled_in(database))


async def asked(
    town: Town, sources: TravelSources, places: Sequence[Place] = TOWN, pace: float = 1.0, days: int = 0
) -> tuple[Ways, RunTravel]:
    now = NOW + timedelta(days=days)
    return await travel_between(town.database, sources, town.world.area, places, pace, now)


# --- sources --------------------------------------------------------------------------------------------------


async def test_without_roads_there_are_straight_lines_as_quotes_have_them(town: Town) -> None:
    ways, said = await asked(town, TravelSources())
    assert (ways.seconds == between(straight_lines(town.world.area), TOWN).seconds).all()
    assert (said.source, said.instead, said.places, said.off_road) == ("straight", None, len(TOWN), 0)


async def test_where_there_are_roads_the_ways_are_theirs(town: Town, tmp_path: Path) -> None:
    folder = built(tmp_path, grid())
    ways, said = await asked(town, TravelSources(folder))
    made = network.read(folder / "town.npz")
    assert np.abs(ways.seconds - between(Roads("town", made), TOWN).seconds).max() <= 1
    assert (said.source, said.version, said.instead) == ("town", f"roads {made.digest}", None)


async def test_the_network_is_taken_on_which_most_places_lie(town: Town, tmp_path: Path) -> None:
    built(tmp_path, grid(reach=200), "a village")
    folder = built(tmp_path, grid(), "town")
    _, said = await asked(town, TravelSources(folder))
    assert (said.source, said.off_road) == ("town", 0)


async def test_places_elsewhere_have_straight_lines_and_nothing_is_amiss(town: Town, tmp_path: Path) -> None:
    folder = built(tmp_path, grid())
    there = [msgspec.structs.replace(place, latitude=place.latitude - 20) for place in TOWN]
    _, said = await asked(town, TravelSources(folder), there)
    assert (said.source, said.instead) == ("straight", None)


async def test_a_place_far_from_any_road_has_straight_lines_and_the_others_roads(
    town: Town, tmp_path: Path
) -> None:
    far = [*TOWN[1:], msgspec.structs.replace(TOWN[0], latitude=TOWN[0].latitude + 0.04)]
    ways, said = await asked(town, TravelSources(built(tmp_path, grid())), far)
    straight = between(straight_lines(town.world.area), far)
    assert (ways.seconds[-1] == straight.seconds[-1]).all()
    assert (ways.seconds[:, -1] == straight.seconds[:, -1]).all()
    assert (ways.seconds[:-1, :-1] != straight.seconds[:-1, :-1]).any()
    assert said.off_road == 1


async def test_a_router_is_asked_first_and_roads_are_taken_when_it_is_silent(
    town: Town, tmp_path: Path, fake: FakeRouter, caplog: pytest.LogCaptureFixture
) -> None:
    folder = built(tmp_path, grid())
    _, said = await asked(town, TravelSources(folder, router(fake)))
    assert (said.source, said.instead) == ("osrm", None)
    with caplog.at_level(logging.WARNING):
        _, said = await asked(town, TravelSources(folder, nobody()))
        assert (said.source, said.instead) == ("town", "router_unreachable")
        ways, said = await asked(town, TravelSources(None, nobody()))
    assert (said.source, said.instead) == ("straight", "router_unreachable")
    assert (ways.seconds == between(straight_lines(town.world.area), TOWN).seconds).all()
    warned = [(record.message, vars(record)["reason"]) for record in caplog.records]
    assert warned == [("travel.fell_back", "router_unreachable")] * 2


async def test_a_network_that_cannot_be_read_is_named_and_done_without(town: Town, tmp_path: Path) -> None:
    (tmp_path / "town.npz").write_bytes(b"half a file")
    _, said = await asked(town, TravelSources(tmp_path))
    assert (said.source, said.instead) == ("straight", "roads_unreadable")


async def test_a_broken_network_beside_a_good_one_does_no_harm(town: Town, tmp_path: Path) -> None:
    folder = built(tmp_path, grid())
    (folder / "another.npz").write_bytes(b"half a file")
    _, said = await asked(town, TravelSources(folder))
    assert (said.source, said.instead) == ("town", None)


async def test_no_place_has_no_ways(town: Town, fake: FakeRouter) -> None:
    ways, said = await asked(town, TravelSources(None, router(fake)), [])
    assert (ways.seconds.shape, said.places, fake.asked) == ((0, 0), 0, [])


async def test_the_hours_of_a_plan_have_their_pace(town: Town) -> None:
    plain, _ = await asked(town, TravelSources())
    ways, said = await asked(town, TravelSources(), pace=1.5)
    assert (ways.seconds == np.ceil(plain.seconds * 1.5)).all()
    assert (ways.metres == plain.metres).all()
    assert said.pace == 1.5


async def test_flats_of_one_house_are_no_way_apart(town: Town, fake: FakeRouter) -> None:
    ways, _ = await asked(town, TravelSources(None, router(fake)), [TOWN[1], TOWN[2], TOWN[1]])
    assert ways.seconds[0, 2] == ways.seconds[2, 0] == ways.metres[0, 2] == 0
    assert ways.seconds[0, 1] == ways.seconds[2, 1] > 0
    assert [len(places) for places, _, _ in fake.asked] == [1 + 1, 1 + 1]


# --- what is kept ---------------------------------------------------------------------------------------------


async def test_what_was_asked_once_is_not_asked_again(town: Town, fake: FakeRouter) -> None:
    sources = TravelSources(None, router(fake))
    first, _ = await asked(town, sources)
    known = len(fake.asked)
    again, said = await asked(town, sources)
    assert len(fake.asked) == known
    assert (again.seconds == first.seconds).all()
    assert (again.metres == first.metres).all()
    assert said.source == "osrm"


async def test_of_a_new_place_only_its_own_ways_are_asked(town: Town, fake: FakeRouter) -> None:
    sources = TravelSources(None, router(fake))
    await asked(town, sources, TOWN[:-1])
    fake.asked.clear()
    await asked(town, sources, TOWN)
    assert sorted((rows, columns) for _, rows, columns in fake.asked) == [
        (1, len(TOWN) - 1),
        (len(TOWN) - 1, 1),
    ]


async def test_what_a_router_answered_before_it_fell_silent_is_not_asked_again(
    town: Town, fake: FakeRouter
) -> None:
    many = [
        msgspec.structs.replace(TOWN[0], longitude=TOWN[0].longitude + number / 1000)
        for number in range(2 * BLOCK)
    ]
    sources = TravelSources(None, router(fake))
    fake.answers = 4
    _, said = await asked(town, sources, many)
    assert (said.source, said.instead) == ("straight", "router_refused")
    assert await town.do(lambda conn: conn.fetchval(KEPT)) == BLOCK
    fake.answers = None
    fake.asked.clear()
    ways, said = await asked(town, sources, many)
    assert (said.source, said.instead) == ("osrm", None)
    assert sum(rows * columns for _, rows, columns in fake.asked) == BLOCK * BLOCK
    assert (ways.seconds[~np.eye(len(many), dtype=np.bool_)] > 0).all()


async def test_a_place_that_was_moved_is_asked_about_where_it_is_now(town: Town, fake: FakeRouter) -> None:
    sources = TravelSources(None, router(fake))
    before, _ = await asked(town, sources)
    moved = [msgspec.structs.replace(TOWN[0], longitude=TOWN[0].longitude + 0.05), *TOWN[1:]]
    fake.asked.clear()
    after, _ = await asked(town, sources, moved)
    assert len(fake.asked) == 2
    assert (after.seconds[0, 1:] > before.seconds[0, 1:] + 1000).all()
    assert (after.seconds[1:, 1:] == before.seconds[1:, 1:]).all()


async def test_a_network_built_anew_makes_what_was_kept_of_the_old_one_stale(
    town: Town, tmp_path: Path
) -> None:
    folder = built(tmp_path, grid(maxspeed="30"))
    sources = TravelSources(folder)
    slow, _ = await asked(town, sources)
    built(tmp_path, grid(maxspeed="10"))
    slower, said = await asked(town, sources)
    assert said.version == f"roads {network.read(folder / 'town.npz').digest}"
    apart = slow.metres > 300
    assert (slower.seconds[apart] > slow.seconds[apart]).all()


async def test_after_a_week_a_router_is_asked_again_and_old_answers_are_forgotten(
    town: Town, fake: FakeRouter
) -> None:
    sources = TravelSources(None, router(fake))
    await asked(town, sources)
    fake.asked.clear()
    await asked(town, sources, days=KEPT_FOR.days)
    assert fake.asked == []
    await Worker(town.database, lambda: NOW + KEPT_FOR).tick()
    assert await town.do(lambda conn: conn.fetchval(KEPT)) == len(TOWN) - 1
    await asked(town, sources, days=KEPT_FOR.days + 1)
    assert len(fake.asked) == 1
    await Worker(town.database, lambda: NOW + 3 * KEPT_FOR).tick()
    assert await town.do(lambda conn: conn.fetchval(KEPT)) == 0


async def test_another_area_does_not_see_what_was_kept(town: Town, fake: FakeRouter) -> None:
    await asked(town, TravelSources(None, router(fake)))
    assert await town.do(lambda conn: conn.fetchval(KEPT)) > 0
    async with town.database.begin([town.world.staff_id("support")]) as conn:
        assert await conn.fetchval(KEPT) == 0


async def test_nothing_waits_in_the_database_while_a_router_thinks(town: Town, fake: FakeRouter) -> None:
    fake.may_answer.clear()
    travelling = asyncio.create_task(asked(town, TravelSources(None, router(fake))))
    try:
        await until_asked(fake)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
        async with town.database.begin() as conn:
            assert await conn.fetchval(waiting) == 0
    finally:
        fake.may_answer.set()
    assert (await travelling)[1].source == "osrm"


async def until_asked(fake: FakeRouter) -> None:
    async with asyncio.timeout(10):
        while not fake.asked:
            await asyncio.sleep(0.01)


# --- plans ----------------------------------------------------------------------------------------------------


async def escalated(town: Town, jobs: int = 6) -> None:
    async with town.database.begin([town.world.area_id]) as conn:
        for subscriber in range(1, jobs + 1):
            await received(conn, subscriber=subscriber)


async def run_travel(office: Office) -> RunTravel:
    (run, *_) = await office.town.do(lambda conn: plans.list_runs(conn, office.town.world.area_id, 1))
    assert run.travel is not None
    return run.travel


def legs(visits: Sequence[Visit], times: TravelTimes) -> list[tuple[timedelta, timedelta]]:
    """Of each visit: how long the way there is planned, and how long it is; days begin at the depot."""
    places = {subscriber.subscriber_id: subscriber.place_id for subscriber in small_town.subscribers}
    number = {place.place_id: index for index, place in enumerate(TOWN)}
    seconds = between(times, TOWN).seconds
    found: list[tuple[timedelta, timedelta]] = []
    last: dict[object, int] = {}
    for visit in sorted(visits, key=lambda visit: visit.planned_start_at):
        here = last.get((visit.technician_id, visit.on_day), 0)
        there = number[places[JOBS[visit.job_id]]]
        last[visit.technician_id, visit.on_day] = there
        found.append((visit.travel_duration, timedelta(seconds=int(seconds[here, there]))))
    return found


JOBS: dict[UUID, UUID] = {}
"""The subscriber of each job, as tests learn them."""


@pytest.fixture
async def office(database: Database, town: Town, solver: Solver, tmp_path: Path) -> Office:
    """The small town on living streets, with six jobs."""
    await escalated(town)
    sql = "SELECT job_id, subscriber_id FROM job"
    JOBS.update({row["job_id"]: row["subscriber_id"] for row in await town.do(lambda conn: conn.fetch(sql))})
    return Office(database, town, solver, TravelSources(built(tmp_path, grid(highway="living_street"))))


async def test_a_plan_drives_on_roads_and_its_run_says_so(office: Office, tmp_path: Path) -> None:
    plan = await office.plan()
    said = await run_travel(office)
    assert (said.source, said.instead, said.off_road, said.pace) == ("town", None, 0, 1.0)
    roads = Roads("town", network.read(tmp_path / "roads" / "town.npz"))
    drafts = await office.visits(VisitState.DRAFT)
    assert len(drafts) == 6
    for planned, way in legs(drafts, roads):
        assert abs(planned - way) <= timedelta(seconds=1)
    assert sum(route.travel_seconds for route in plan.routes) > 0


async def test_what_is_published_before_it_begins_keeps_the_times_of_the_roads(
    office: Office, tmp_path: Path
) -> None:
    await office.publish(await office.plan())
    roads = Roads("town", network.read(tmp_path / "roads" / "town.npz"))
    out = await office.visits(VisitState.PUBLISHED)
    assert len(out) == 6
    assert {visit.on_day for visit in out} >= {TODAY}
    for planned, way in legs(out, roads):
        assert abs(planned - way) <= timedelta(seconds=1)


async def test_planning_goes_on_when_the_router_is_silent_and_the_run_says_why(
    database: Database, town: Town, solver: Solver
) -> None:
    await escalated(town)
    office = Office(database, town, solver, TravelSources(None, nobody()))
    plan = await office.plan()
    assert plan.unassigned == []
    said = await run_travel(office)
    assert (said.source, said.instead) == ("straight", "router_unreachable")


async def test_a_promise_that_the_roads_cannot_keep_keeps_its_place_and_is_named(
    database: Database, town: Town, solver: Solver, fake: FakeRouter
) -> None:
    """Line 2 promised the first half hour of the shift; the router says that nobody gets anywhere in two hours."""
    soon = {"earliest": NOW + timedelta(hours=1), "latest": NOW + timedelta(minutes=90)}
    async with database.begin([town.world.area_id]) as conn:
        job = await received(conn, subscriber=3, promisedWindow=soon)
    on_lines = Office(database, town, solver)
    await on_lines.plan(publish=True)
    (promised,) = await on_lines.visits(VisitState.PUBLISHED)
    assert promised.job_id == job.job_id
    on_roads = Office(database, town, solver, TravelSources(None, router(fake)))
    await escalated(town, 2)
    fake.slowness = 9000
    plan = await on_roads.plan()
    assert (await run_travel(on_roads)).source == "osrm"
    left = {item.job_id: item for item in plan.unassigned}
    assert set(left[job.job_id].blocks) <= {"window", "shift"}
    await on_roads.publish(plan)
    (still,) = [visit for visit in await on_roads.visits(VisitState.PUBLISHED) if visit.job_id == job.job_id]
    assert still.visit_id == promised.visit_id
    assert still.planned_start_at <= soon["latest"]
