"""A day in numbers, and people deciding at the same time."""

import asyncio
from datetime import date, timedelta

import pytest

from db.errors import UniqueViolated
from db.ids import new_id
from db.pool import Database
from db.rows import Conn
from db.states import JobState, ReviewReason
from dispatch.errors import Stale, TransitionRefused
from dispatch.flows import days, reviews
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.statistics import DayNumbers
from tests.builders import LATE, REFUSED_CLOSURE, Town, dispatcher, place, quote, settled_in, terms
from tests.worlds import CALL_OUT, NOW, TODAY, small_town

HOUR = timedelta(hours=1)
MENDED = ("on-my-way", "arrived", "working", "part-used", "measurement", "closure")


async def numbers(town: Town, on_day: date = TODAY) -> DayNumbers:
    return await town.do(lambda conn: days.numbers(conn, area_id=town.world.area_id, on_day=on_day, now=LATE))


async def test_a_day_is_counted_from_what_happened(database: Database) -> None:
    town = Town(database, await settled_in(database))
    phone = await town.phone()
    mended = await town.job(affected=10, promisedWindow={"earliest": NOW + HOUR, "latest": NOW + 2 * HOUR})
    visit = await town.out(mended)
    at = NOW + HOUR
    said = [phone.say(visit, kind, at + timedelta(minutes=n)) for n, kind in enumerate(MENDED)]
    await phone.send(database, said)
    refused = await town.job("wifi_setup", terms=terms())
    visit = await town.out(refused)
    quote_id = new_id()
    said = [
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=new_id(), quoteId=quote_id, answer="declined"),
        phone.say(visit, "closure", **REFUSED_CLOSURE),
    ]
    await phone.send(database, said)
    locked = await town.job(promisedWindow={"earliest": NOW + HOUR, "latest": NOW + 2 * HOUR})
    visit = await town.out(locked)
    said = [
        phone.say(visit, "photo-taken", NOW + 4 * HOUR, photoId=new_id(), purpose="door"),
        phone.say(visit, "no-access", NOW + 4 * HOUR),
    ]
    await phone.send(database, said)
    await town.job()
    taken_back = await town.out(await town.job())
    await town.reassign(taken_back, 2)
    counted = await numbers(town)
    assert (counted.planned, counted.done, counted.declined, counted.no_access, counted.open) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert (counted.promises, counted.promises_kept, counted.promises_missed) == (2, 1, 1)
    assert (counted.charges, counted.charged_minor, counted.currency) == (1, CALL_OUT, "RUB")
    assert counted.unassigned == 1
    assert (await numbers(town, TODAY + timedelta(days=1))).charges == 0
    assert counted.first_time_fix == 1.0


async def test_outage_minutes_run_from_the_first_report_to_the_restoration_for_everyone_in_the_dark(
    database: Database,
) -> None:
    town = Town(database, await settled_in(database))
    phone = await town.phone()
    job = await town.job("cable_break", affected=200, reportedAt=NOW)
    visit = await town.out(job)
    await phone.send(
        database, [phone.say(visit, "working", NOW + HOUR), phone.say(visit, "restored", NOW + 2 * HOUR)]
    )
    waiting = await town.job(affected=3, reportedAt=LATE - HOUR)
    assert (await numbers(town)).outage_minutes == 200 * 120 + 3 * 60
    await town.change(waiting, JobStep.CANCEL)
    assert (await numbers(town)).outage_minutes == 200 * 120


async def test_a_job_on_hold_is_still_in_the_dark(database: Database) -> None:
    town = Town(database, await settled_in(database))
    phone = await town.phone()
    job = await town.job(affected=2, reportedAt=LATE - HOUR)
    visit = await town.out(job, at=NOW - timedelta(days=1))
    await phone.send(database, [phone.say(visit, "arrived"), phone.say(visit, "part-missing")])
    assert (await town.whole(job)).job.state is JobState.ON_HOLD
    assert (await numbers(town)).outage_minutes == 2 * 60


async def test_an_empty_day_has_no_shares(database: Database) -> None:
    town = Town(database, await settled_in(database))
    counted = await numbers(town)
    assert (counted.planned, counted.first_time_fix, counted.outage_minutes) == (0, None, 0)


async def test_two_people_who_decide_one_review_at_once_do_not_both_decide(database: Database) -> None:
    town = Town(database, await settled_in(database))
    phone = await town.phone()
    job = await town.job()
    visit = await town.out(job)
    await phone.send(database, [phone.say(visit, "working"), phone.say(visit, "closure")])
    (review,) = (await town.whole(job)).reviews

    async def decide(accepted: bool) -> bool:
        try:
            await town.do(
                lambda conn: reviews.decide(
                    conn,
                    area_id=job.area_id,
                    review_id=review.review_id,
                    accepted=accepted,
                    note="",
                    version=review.version,
                    actor=dispatcher(),
                    now=LATE,
                )
            )
        except (Stale, TransitionRefused):
            return False
        return True

    assert sorted(await asyncio.gather(*(decide(bool(n % 2)) for n in range(6)))) == [False] * 5 + [True]
    (decided,) = (await town.whole(job)).reviews
    assert (decided.state == "accepted") == ((await town.whole(job)).job.state is JobState.CLOSED)
    assert decided.reason is ReviewReason.GATE_FAILED


async def test_a_dispatcher_who_looks_at_an_old_version_is_refused(database: Database) -> None:
    town = Town(database, await settled_in(database))
    job = await town.job()
    cancelled = await town.change(job, JobStep.CANCEL)
    assert cancelled.state is JobState.CANCELLED
    with pytest.raises(TransitionRefused):
        await town.change(job, JobStep.RELEASE)


async def test_an_area_is_set_up_once(conn: Conn) -> None:
    await place(conn, small_town)
    with pytest.raises(UniqueViolated):
        async with conn.transaction():
            await place(conn, small_town)
