"""An outage is accepted while desks book, tickets are opened and technicians set out; and what a worker makes of signs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from db.pool import Database
from db.queries import jobs as queries
from db.queries import setup, signs
from db.records import Job, Outage, Ticket
from db.rows import Conn
from db.states import AppointmentState, HoldReason, JobState, OutageState, Role, TicketState, VisitState
from dispatch import booking
from dispatch.actors import worker
from dispatch.errors import OutageHolds
from dispatch.flows import alarms, outage_acceptance, outages, slots, tickets
from dispatch.horizon import Horizons
from dispatch.rules.bursts import USUAL
from dispatch.rules.networks import network_of
from dispatch.rules.outage_steps import RaisedIn
from dispatch.rules.tickets import TicketIn
from dispatch.solver import Solver
from dispatch.worker import Worker
from tests.branching import LEFT, branched, dying
from tests.builders import Town, dispatcher, person, received, settled_in
from tests.db.waits import until
from tests.dispatch.test_races import Meanwhile
from tests.worlds import NOW, TODAY, small_town

T = TypeVar("T")
AREA = small_town.area_id
SUPPORT = person(small_town, Role.SUPPORT)
LOCK_WAITS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def town(database: Database) -> Town:
    town = Town(database, await settled_in(database, small_town))
    await branched(database, small_town)
    return town


async def accepting(conn: Conn) -> Outage:
    return await outage_acceptance.raise_outage(
        conn, areas_seen=[AREA], element_id=LEFT, said=RaisedIn(), actor=dispatcher(), now=NOW
    )


async def accept(town: Town) -> Outage:
    return await town.do(accepting)


async def opening(conn: Conn) -> Ticket:
    """Of the first subscriber, who calls."""
    made = TicketIn(subscriber_id=small_town.subscribers[0].subscriber_id)
    return await tickets.open_ticket(conn, area_id=AREA, made=made, take=True, actor=SUPPORT, now=NOW)


async def offered(town: Town, job: Job, horizons: Horizons) -> slots.Quoted:
    tomorrow = TODAY + timedelta(days=1)
    return await booking.quote(
        town.database,
        horizons,
        job_id=job.job_id,
        asked=booking.Asked(first_on=tomorrow, last_on=tomorrow),
        actor=SUPPORT,
        now=NOW,
    )


async def book(database: Database, quoted: slots.Quoted, horizons: Horizons) -> object:
    return await booking.book(
        database,
        horizons,
        slot_quote_id=quoted.quote.slot_quote_id,
        number=1,
        actor=SUPPORT,
        now=NOW,
    )


async def held(town: Town, job: Job) -> None:
    """On hold, nobody is sent there, and nothing is promised."""
    whole = await town.whole(job)
    assert (whole.job.state, whole.job.hold_reason) == (JobState.ON_HOLD, HoldReason.OUTAGE)
    assert [visit for visit in whole.visits if visit.state is not VisitState.CANCELLED] == []
    assert {row.state for row in whole.appointments} <= {AppointmentState.CANCELLED}


async def beside(
    town: Town, work: Callable[[Conn], Awaitable[T]], then: Callable[[], Awaitable[object]]
) -> T:
    """The work is done but not committed; `then` begins and has to wait for a lock; then the work is committed."""
    async with town.database.begin([AREA]) as conn:
        done = await work(conn)
        following = asyncio.ensure_future(then())

        async def waits() -> bool:
            # what is asked of a server's activity in one transaction is answered once
            async with town.database.begin() as looking:
                found = await looking.fetchval(LOCK_WAITS)
            return bool(found) or following.done()

        await until(waits)
        assert not following.done(), "it did not wait"
    await following
    return done


async def test_a_booking_that_looked_before_and_writes_after_is_refused(town: Town) -> None:
    job, horizons = await town.job(), Horizons()
    quoted = await offered(town, job, horizons)
    with pytest.raises(OutageHolds):
        await book(Meanwhile(town.database, lambda: accept(town)), quoted, horizons)
    await held(town, job)


async def test_a_booking_that_is_written_first_is_waited_for_and_called_off(town: Town) -> None:
    job, horizons = await town.job(), Horizons()
    quoted = await offered(town, job, horizons)
    standing = horizons.of(AREA).rows
    tomorrow = [day for day in standing if day[2] == TODAY + timedelta(days=1)]

    async def booked(conn: Conn) -> object:
        return await slots.book(
            conn, quote=quoted.quote, number=1, candidates=tomorrow[:1], actor=SUPPORT, now=NOW
        )

    done = await beside(town, booked, lambda: accept(town))
    assert isinstance(done, slots.Booked)
    await held(town, job)
    (row,) = (await town.whole(job)).appointments
    assert row.state is AppointmentState.CANCELLED


async def test_desks_that_book_all_the_while_leave_no_visit_on_it(town: Town) -> None:
    jobs = [await town.job(subscriber=1 + number % 3) for number in range(6)]
    horizons = Horizons()
    quotes = [await offered(town, job, horizons) for job in jobs]
    outcomes = await asyncio.gather(
        *(book(town.database, quoted, Horizons()) for quoted in quotes[:3]),
        accept(town),
        *(book(town.database, quoted, Horizons()) for quoted in quotes[3:]),
        return_exceptions=True,
    )
    assert isinstance(outcomes[3], Outage)
    failed = [one for one in outcomes if isinstance(one, BaseException)]
    assert {type(one) for one in failed} <= {OutageHolds}
    for job in jobs:
        await held(town, job)


async def linked(town: Town) -> bool:
    """The ticket of the first subscriber, in nobody's hands."""
    async with town.database.begin([AREA]) as conn:
        (row,) = await conn.fetch("SELECT state, staff_id, outage_id FROM ticket WHERE line > 0")
    return row["state"] == TicketState.LINKED and row["staff_id"] is None and row["outage_id"] is not None


async def test_a_ticket_that_is_opened_before_the_acceptance_is_waited_for_and_linked(town: Town) -> None:
    await beside(town, opening, lambda: accept(town))
    assert await linked(town)


async def test_a_ticket_that_is_opened_during_the_acceptance_waits_for_it_and_is_linked(town: Town) -> None:
    await beside(town, accepting, lambda: town.do(opening))
    assert await linked(town)


async def test_a_job_that_comes_in_during_the_acceptance_is_held(town: Town) -> None:
    job = asyncio.get_running_loop().create_future()

    async def comes_in() -> None:
        job.set_result(await town.job())

    await beside(town, accepting, comes_in)
    await held(town, job.result())


async def test_a_job_that_comes_in_meanwhile_is_held_and_so_is_one_that_comes_after(town: Town) -> None:
    first = await beside(town, lambda conn: received(conn, small_town), lambda: accept(town))
    await held(town, first)
    await held(town, await town.job(subscriber=2))


async def test_who_has_set_out_goes_on_and_a_phone_hears_that_the_others_need_not(town: Town) -> None:
    phone = await town.phone()
    gone, waits = await town.job(subscriber=1), await town.job(subscriber=2)
    visit = await town.out(gone)
    other = await town.out(waits, at=NOW + timedelta(hours=4))
    await phone.send(town.database, [phone.say(visit, "on-my-way")])
    before = phone.cursor
    outage = await accept(town)
    whole = await town.whole(gone)
    assert (whole.job.state, whole.visits[0].state) == (JobState.IN_PROGRESS, VisitState.ON_MY_WAY)
    await held(town, waits)
    (called_off,) = (await town.whole(waits)).visits
    assert (called_off.visit_id, called_off.hidden_at) == (other.visit_id, NOW)
    heard = await phone.send(town.database, [])
    assert phone.cursor != before
    assert heard.pull is not None
    assert outage.state is OutageState.ACCEPTED
    # a late word of the one that was called off changes nothing of it
    await phone.send(town.database, [phone.say(other, "note")])
    await held(town, waits)


async def test_a_plan_leaves_out_what_is_held_and_serves_what_mends_it(town: Town, solver: Solver) -> None:
    await town.job(subscriber=2)
    outage = await accept(town)
    await town.do(lambda conn: alarms.receive(conn, area_id=AREA, said=dying(range(14)), now=NOW))
    await Worker(town.database, lambda: NOW + timedelta(seconds=1), solver).tick()
    shown = await town.do(lambda conn: outages.list_shown(conn, areas_seen=[AREA], now=NOW))
    assert [one.dark.outage.outage_id for one in shown] == [outage.outage_id]
    open_jobs = await town.do(lambda conn: queries.list_open_jobs(conn, AREA))
    assert [job.job_id for job in open_jobs] == [outage.job_id]


async def test_of_two_workers_that_weigh_at_once_one_proposes(town: Town) -> None:
    await town.do(lambda conn: alarms.receive(conn, area_id=AREA, said=dying(range(14)), now=NOW))
    later = NOW + timedelta(seconds=1)
    async with town.database.begin([AREA]) as conn:
        hanging = {row.subscriber_id: row.network_element_id for row in await signs.list_hanging(conn, AREA)}
        network = network_of(await setup.list_network_elements(conn, AREA), hanging)

    async def weighs(conn: Conn) -> None:
        await outages.weigh(
            conn, area_id=AREA, network=network, background=USUAL, actor=worker(AREA), now=later
        )

    await beside(town, weighs, Worker(town.database, lambda: later).tick)
    (shown,) = await town.do(lambda conn: outages.list_shown(conn, areas_seen=[AREA], now=later))
    assert shown.dark.outage.network_element_id == LEFT
