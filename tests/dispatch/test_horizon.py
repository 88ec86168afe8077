"""The days in memory: a copy that was kept up to date equals one that is read anew, whoever changed what."""

from datetime import datetime, timedelta

import pytest

from db.pool import Database
from db.queries import plans
from db.states import FeedOp, Role, VisitState
from dispatch import absences, booking
from dispatch.absences import Away
from dispatch.errors import NoRoom
from dispatch.flows import areas, slots
from dispatch.horizon import Horizon, Horizons
from dispatch.rules.lifecycle import JobStep
from dispatch.solver import Solver
from tests.builders import Town, dispatcher, person, received, settled_in, visit_of
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, small_town


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    town = Town(database, await settled_in(database, small_town))
    made = Office(database, town, solver)
    async with database.begin([town.world.area_id]) as conn:
        for subscriber in range(1, 7):
            await received(conn, subscriber=subscriber)
    return made


async def refreshed(office: Office, horizon: Horizon, now: datetime) -> Horizon:
    town = office.town
    async with town.database.begin([town.world.area_id], snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=town.world.area_id)
        await horizon.refresh(conn, area, now)
    return horizon


def told(horizon: Horizon) -> dict[object, object]:
    """What each row would answer. Place numbers are of the copy, and how long a row is good depends on when it was read."""
    rows: dict[object, object] = {}
    for day, stood in horizon.rows.items():
        times = horizon.standing.times(day)
        stops = [stop.key for stop in stood.row.stops]
        rows[day] = (
            stood.row.start,
            stood.row.limit,
            stood.row.rest,
            stops,
            times.starts,
            times.leave,
            times.back,
        )
    return rows


async def test_a_copy_that_was_kept_equals_a_fresh_one_whatever_happened(office: Office) -> None:
    town = office.town
    kept, own = Horizon(), Horizons()
    support = person(town.world, Role.SUPPORT)
    now = NOW

    async def same(what: str) -> None:
        fresh = await refreshed(office, Horizon(), now)
        assert told(await refreshed(office, kept, now)) == told(fresh), what

    async def book(pick: int = 1) -> slots.Booked:
        job = await town.job()
        quoted = await booking.quote(
            town.database, own, job_id=job.job_id, asked=booking.Asked(), actor=support, now=now
        )
        booked = await booking.book(
            town.database,
            own,
            slot_quote_id=quoted.quote.slot_quote_id,
            number=pick,
            actor=support,
            now=now,
        )
        assert isinstance(booked, slots.Booked)
        return booked

    await same("at first")
    booked = await book()
    await same("a booking in another copy")
    await office.plan(publish=True)
    await same("a plan")
    await book(3)
    await same("a booking into a round that is out")
    now += timedelta(hours=2)
    await same("two hours later")
    visit = next(
        row for row in await office.visits(VisitState.PUBLISHED) if row.on_day == TODAY and row.technician_id
    )
    phone = await town.phone(office.number_of(visit))
    await phone.send(
        town.database, [phone.say(visit, "arrived", now), phone.say(visit, "working", now)], now=now
    )
    await same("a report")
    await absences.record(
        town.database,
        own,
        area_id=town.world.area_id,
        away=Away(
            technician_id=town.world.technicians[2].technician_id,
            on_day=TODAY + timedelta(days=1),
            last_on=TODAY + timedelta(days=1),
        ),
        actor=dispatcher(),
        now=now,
    )
    await same("somebody ill tomorrow")
    await town.change(booked.job, JobStep.CANCEL, now)
    await same("a cancelled job")
    await town.job("cable_break", affected=99, ticketNumber="N-1", sequence=2)
    await same("line 2 says that more are dark")


async def test_a_booking_into_a_round_that_is_out_reaches_the_phone(office: Office) -> None:
    town = office.town
    await office.plan(publish=True)
    job = await town.job()
    support = person(town.world, Role.SUPPORT)
    horizons = Horizons()
    quoted = await booking.quote(
        town.database,
        horizons,
        job_id=job.job_id,
        asked=booking.Asked(first_on=TODAY, last_on=TODAY),
        actor=support,
        now=NOW,
    )
    booked = await booking.book(
        town.database, horizons, slot_quote_id=quoted.quote.slot_quote_id, number=1, actor=support, now=NOW
    )
    assert isinstance(booked, slots.Booked)
    assert booked.visit is not None
    assert (booked.visit.state, booked.visit.on_day) == (VisitState.PUBLISHED, TODAY)
    feed = await office.feed(office.number_of(booked.visit))
    assert (FeedOp.PUT, str(job.job_id)) in feed


async def test_whoever_stays_in_a_round_is_not_made_late_by_who_leaves_it(database: Database) -> None:
    """Three visits at one place, of which the first pays for the setup: without it the second would, and the third be late."""
    town = Town(database, await settled_in(database))
    begin = NOW + timedelta(days=1, hours=4)
    service = (await town.job(subscriber=2)).service_duration

    def tight(at: datetime) -> dict[str, datetime]:
        return {"earliest": at, "latest": at + timedelta(minutes=1)}

    leaving = await town.job(subscriber=1)
    second = await town.job(subscriber=1, promisedWindow=tight(begin))
    third = await town.job(subscriber=1, promisedWindow=tight(begin + service))
    first = await town.out(leaving, at=begin - service)
    for job, at in ((second, begin), (third, begin + service)):
        await town.out(job, at=at)
    await town.reassign(first, 2)
    (stays,) = (await town.whole(third)).visits
    assert (stays.state, stays.planned_start_at) == (VisitState.PUBLISHED, begin + service)


async def test_what_is_promised_and_out_does_not_give_way_to_a_draft(database: Database) -> None:
    """A draft counts on visits that it moves only when it goes out itself: until then it may not fit beside them."""
    town = Town(database, await settled_in(database))
    tomorrow = NOW + timedelta(days=1)
    window = {"earliest": tomorrow + timedelta(hours=4), "latest": tomorrow + timedelta(hours=4, minutes=15)}
    promised = await town.job(subscriber=1, promisedWindow=window)
    before, beside = [await town.job(subscriber=number) for number in (2, 3)]
    drafted = await town.job(subscriber=4, promisedWindow=window)
    first = await town.out(before, at=tomorrow + timedelta(hours=2))
    kept = await town.out(promised, at=window["earliest"])
    other = await town.out(beside, technician=2, at=window["earliest"])
    thought = visit_of(
        drafted,
        town.world.technicians[0],
        window["earliest"] - timedelta(seconds=1),
        state=VisitState.DRAFT,
        assigned_at=None,
        shown_at=None,
    )
    await town.do(lambda conn: plans.insert_visits(conn, [thought]))
    await town.reassign(first, 2)
    (visit,) = [visit for visit in (await town.whole(promised)).visits if visit.state is VisitState.PUBLISHED]
    assert (visit.visit_id, visit.planned_start_at) == (kept.visit_id, kept.planned_start_at)
    # nor does anybody become late by a dispatcher's word on a round that has not begun
    await town.out(await town.job(subscriber=5, promisedWindow=window), at=window["earliest"])
    with pytest.raises(NoRoom):
        await town.reassign(other, 1)
