"""Actual times replace planned ones, and say which promises are at risk, who is late and who is silent."""

from datetime import datetime, timedelta

import pytest

from db.pool import Database
from db.records import Job, Visit
from dispatch.expecting import expect_days
from dispatch.flows import rounds
from dispatch.rules.expected import ExpectedDay, ExpectedVisit, Risk
from tests.builders import Town, settled_in
from tests.worlds import NOW, TODAY, small_town

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Round:
    """Technician 1 has an equipment failure at ten and another, promised from eleven to twelve, at eleven."""

    def __init__(self, town: Town, first: Visit, second: Visit) -> None:
        self.town = town
        self.first = first
        self.second = second

    async def expected(self, now: datetime) -> ExpectedDay:
        days = [day for day in self.town.world.made.days if day.on_day == TODAY]
        mine = [day for day in days if day.technician_id == self.first.technician_id]
        area = self.town.world.area
        (found,) = await self.town.do(lambda conn: expect_days(conn, area, mine, now))
        return found

    async def of(self, visit: Visit, now: datetime) -> ExpectedVisit:
        found = await self.expected(now)
        return next(item for item in found.visits if item.visit.visit_id == visit.visit_id)


TEN, ELEVEN = NOW + 2 * HOUR, NOW + 3 * HOUR


async def promised(town: Town, first: datetime, last: datetime, subscriber: int = 2) -> Job:
    return await town.job(subscriber=subscriber, promisedWindow={"earliest": first, "latest": last})


@pytest.fixture
async def day(database: Database) -> Round:
    town = Town(database, await settled_in(database, small_town))
    first = await town.out(await town.job(subscriber=1), at=TEN)
    second = await town.out(await promised(town, ELEVEN, ELEVEN + HOUR), at=ELEVEN, sequence=2)
    return Round(town, first, second)


async def test_before_the_day_begins_the_promise_is_expected_to_be_kept(day: Round) -> None:
    found = await day.expected(NOW)
    assert [item.visit.visit_id for item in found.visits] == [day.first.visit_id, day.second.visit_id]
    assert [item.risk for item in found.visits] == [None, Risk.NONE]
    assert ELEVEN <= found.visits[1].start_at <= ELEVEN + 30 * MINUTE
    assert (found.late, found.silent) == (None, None)


async def test_who_arrives_late_makes_the_next_promise_tight_and_then_late(day: Round) -> None:
    phone = await day.town.phone()
    begun = TEN + 70 * MINUTE
    said = [phone.say(day.first, kind, begun) for kind in ("on-my-way", "arrived", "working")]
    await phone.send(day.town.database, said, now=begun)
    under_way = await day.of(day.first, begun)
    assert (under_way.arrival_at, under_way.end_at) == (begun, begun + 40 * MINUTE)
    after = await day.of(day.second, begun)
    assert begun + 40 * MINUTE < after.arrival_at <= ELEVEN + HOUR
    assert after.risk is Risk.TIGHT
    # the work takes longer than planned
    later = begun + 45 * MINUTE
    after = await day.of(day.second, later)
    assert after.arrival_at > ELEVEN + HOUR
    assert after.risk is Risk.LATE


async def test_an_arrival_decides_the_promise_and_nothing_is_at_risk_any_more(day: Round) -> None:
    phone = await day.town.phone()
    done = [
        phone.say(day.first, kind, TEN)
        for kind in ("arrived", "working", "part-used", "measurement", "closure")
    ]
    await phone.send(day.town.database, [*done, phone.say(day.second, "arrived", ELEVEN)], now=ELEVEN)
    found = await day.of(day.second, ELEVEN)
    assert (found.arrival_at, found.risk) == (ELEVEN, None)
    assert found.end_at == ELEVEN + 40 * MINUTE


async def test_a_technician_is_late_half_an_hour_after_the_planned_start(day: Round) -> None:
    phone = await day.town.phone()
    await phone.send(day.town.database, [], now=TEN + 20 * MINUTE)
    assert (await day.expected(TEN + 20 * MINUTE)).late is None
    found = await day.expected(TEN + 31 * MINUTE)
    assert found.late is not None
    assert found.late.visit.visit_id == day.first.visit_id
    # work that has begun late is under way; the next one counts
    said = [phone.say(day.first, kind, TEN + 31 * MINUTE) for kind in ("arrived", "working")]
    await phone.send(day.town.database, said, now=TEN + 31 * MINUTE)
    assert (await day.expected(TEN + 31 * MINUTE)).late is None


async def test_a_technician_who_says_nothing_is_silent_until_the_phone_is_in_touch(day: Round) -> None:
    assert (await day.expected(TEN + 45 * MINUTE)).silent is None
    found = await day.expected(TEN + 46 * MINUTE)
    assert found.silent is not None
    assert found.silent.visit.visit_id == day.first.visit_id
    phone = await day.town.phone()
    await phone.send(day.town.database, [], now=TEN + 46 * MINUTE)
    assert (await day.expected(TEN + 47 * MINUTE)).silent is None
    assert (await day.expected(TEN + 92 * MINUTE)).silent is not None


async def test_who_is_at_work_is_silent_only_after_the_planned_end(day: Round) -> None:
    phone = await day.town.phone()
    said = [phone.say(day.first, kind, TEN) for kind in ("on-my-way", "arrived", "working")]
    await phone.send(day.town.database, said, now=TEN)
    assert (await day.expected(TEN + 80 * MINUTE)).silent is None
    assert (await day.expected(TEN + 86 * MINUTE)).silent is not None


async def test_the_rounds_of_today_say_what_is_expected_and_those_of_tomorrow_do_not(day: Round) -> None:
    town = day.town
    third = await town.out(await town.job(subscriber=3), at=TEN + 24 * HOUR)

    async def stops(after: int) -> list[rounds.RoundStop]:
        found = await town.do(
            lambda conn: rounds.list_day(
                conn, area_id=town.world.area_id, on_day=TODAY + timedelta(days=after), now=TEN + 65 * MINUTE
            )
        )
        return [stop for one in found for stop in one.stops]

    today = {stop.visit.visit_id: stop.expected for stop in await stops(0)}
    late = today[day.second.visit_id]
    assert late is not None
    assert late.arrival_at > ELEVEN
    assert late.risk is Risk.TIGHT
    (tomorrow,) = await stops(1)
    assert (tomorrow.visit.visit_id, tomorrow.expected) == (third.visit_id, None)
