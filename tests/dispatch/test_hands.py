"""What a trial says is exact: against every place there is, worked out one by one."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from db.pool import Database
from db.queries import jobs
from db.records import Job
from dispatch.horizon import Horizons
from dispatch.rules.hands import BROKEN_S, Bench, BreakCode, at_time, bench_of, done, try_out, window_about
from dispatch.rules.pins import ABOUT
from dispatch.rules.running import Day
from dispatch.rules.standing import FOREVER_S, inserted, unix
from dispatch.wishing import read_wish
from optimizer.rounds import Times
from tests.builders import hand_out, received, settled_in
from tests.worlds import NOW, TODAY, World, build


@pytest.fixture
async def benches(database: Database) -> list[Bench]:
    """Of every job of a town with four technicians, who have three visits each in a poor order, half of them promised; and of
    one that waits. Before the day begins, and in the middle of it."""
    world = build("tried_town", 4, 13)
    await settled_in(database, world)
    made: list[Job] = []
    async with database.begin([world.area_id]) as conn:
        for number in range(1, 13):
            starts = NOW + timedelta(hours=1.5 + 2 * (number % 3))
            window = {"earliest": starts - timedelta(minutes=15), "latest": starts + timedelta(minutes=15)}
            said: dict[str, Any] = {"promisedWindow": window} if number % 2 else {}
            job = await received(conn, world, number, faultClass="cable_break", **said)
            await hand_out(conn, job, world.technicians[number % 4], starts)
            made.append(job)
        made.append(await received(conn, world, 13, faultClass="wifi_setup", affected=4))
    return [
        bench
        for hours in (0, 3.25)
        for bench in await _benches(database, world, made, NOW + timedelta(hours=hours))
    ]


async def _benches(database: Database, world: World, made: list[Job], now: datetime) -> list[Bench]:
    horizon = Horizons().of(world.area_id)
    found: list[Bench] = []
    async with database.begin([world.area_id], snapshot=True) as conn:
        await horizon.refresh(conn, world.area, now)
        for job in await jobs.list_jobs_by_id(conn, world.area_id, [job.job_id for job in made]):
            wish = await read_wish(conn, world.area, horizon.standing, job, now)
            found.append(bench_of(horizon.standing, horizon.rows, wish, now))
    return found


def todays(bench: Bench) -> list[Day]:
    """Where it may go: about to begin, it is folded into the beginning of its own day."""
    return [day for day in bench.rows if day[2] == TODAY and not (bench.frozen and day == bench.wish.home)]


def every_place(bench: Bench, day: Day, window: tuple[int, int] | None) -> list[Times]:
    row, stop = bench.bare(day), bench.wish.stop._replace(window=window or (unix(bench.now), FOREVER_S))
    found = [
        bench.standing.times_of(inserted(row, position, stop), key=day)
        for position in range(len(row.stops) + 1)
    ]
    return [times for times in found if times.feasible]


def long(bench: Bench) -> Bench:
    """The job takes eight hours: no day has room for it."""
    stop = bench.wish.stop._replace(service_s=8 * 3600)
    return msgspec.structs.replace(bench, wish=msgspec.structs.replace(bench.wish, stop=stop))


async def test_each_days_cost_is_that_of_its_best_place(benches: list[Bench]) -> None:
    kept = broken = forced = 0
    for bench in [*benches, *(long(bench) for bench in benches if bench.present is None)]:
        present = 0 if bench.present is None else bench.present.cost
        for tried in try_out(bench, todays(bench)):
            before = bench.softly(tried.day).price + bench.sunk() + present
            assert 0 not in tried.parts.values()
            codes = {one.code for one in tried.breaks}
            if places := every_place(bench, tried.day, bench.wish.stop.window):
                kept += 1
                assert BreakCode.PROMISE not in codes
                assert abs(min(times.price for times in places) - before - tried.cost) <= 2
            elif places := every_place(bench, tried.day, None):
                broken += 1
                (late,) = [one for one in tried.breaks if one.code is BreakCode.PROMISE]
                assert (
                    abs(
                        min(times.price for times in places)
                        - before
                        + BROKEN_S
                        + (late.seconds or 0)
                        - tried.cost
                    )
                    <= 2
                )
            else:
                forced += 1
                assert codes & {BreakCode.SHIFT, BreakCode.OTHER_PROMISE, BreakCode.REST}
    assert kept
    assert broken
    assert forced


async def test_at_a_time_it_begins_then_or_as_soon_after_it_as_can_be_and_says_so(
    benches: list[Bench],
) -> None:
    moved_on = 0
    for bench in benches:
        for day in todays(bench):
            for hours in (0.5, 3, 5.5, 9, 13):
                wanted = NOW + timedelta(hours=hours)
                tried = at_time(bench, day, wanted)
                codes = {one.code for one in tried.breaks}
                shift = bench.rows[day].facts.day
                assert tried.start_at >= wanted
                assert (BreakCode.OVERLAP in codes) == (
                    tried.start_at > wanted + ABOUT and wanted >= shift.shift_start_at
                )
                assert (BreakCode.SHIFT in codes) >= (wanted < shift.shift_start_at)
                moved_on += BreakCode.OVERLAP in codes
                window = bench.wish.stop.window
                outside = window is not None and not window[0] <= tried.start_s <= window[1]
                assert (BreakCode.PROMISE in codes) == outside
    assert moved_on


async def test_what_is_done_is_what_was_tried_and_can_be_served(benches: list[Bench]) -> None:
    for bench in benches:
        days = todays(bench)
        named = [at_time(bench, day, NOW + timedelta(hours=4)) for day in days]
        for tried in [*try_out(bench, days), *named]:
            after = next(one for one in done(bench, tried) if one.day == tried.day)
            assert after.times.feasible
            keys = [stop.key for stop in after.row.stops]
            assert after.times.starts[keys.index(bench.wish.job.job_id)] == tried.start_s
            assert (keys.index(bench.wish.job.job_id) and keys[keys.index(bench.wish.job.job_id) - 1]) == (
                tried.after or 0
            )


def test_a_window_is_made_anew_by_the_clock_on_the_wall() -> None:
    area = build("wall", 1, 1).area
    earliest, latest = window_about(area, NOW + timedelta(hours=4, minutes=59))
    assert (earliest, latest) == (NOW + timedelta(hours=4), NOW + timedelta(hours=6)), "noon to two in Moscow"
