"""An escalation becomes a job, once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from db.pool import Database
from db.queries import charges, jobs
from db.rows import Conn
from db.states import AppointmentState, ConsentAnswer, JobState
from dispatch.errors import (
    EscalationReused,
    UnknownContract,
    UnknownFaultClass,
    UnknownTerms,
    WindowImpossible,
)
from dispatch.flows import escalations
from dispatch.rules.lifecycle import JobStep
from tests.builders import Phone, Town, escalation, place, received, settled_in, terms, tickets
from tests.worlds import CALL_OUT, NOW, quiet_street, small_town

MENDED = ("on-my-way", "arrived", "working", "part-used", "measurement", "closure")
HOUR = timedelta(hours=1)


async def test_an_escalation_becomes_a_job_of_the_kind_its_fault_asks_for(conn: Conn) -> None:
    await place(conn)
    job = await received(conn)
    assert (job.kind, job.state, job.priority) == ("equipment_failure", JobState.RECEIVED, 3)
    assert job.due_at == NOW - HOUR + timedelta(hours=24)
    assert await jobs.find_job(conn, small_town.area_id, job.job_id) == job


async def test_many_in_the_dark_make_it_as_urgent_as_it_gets(conn: Conn) -> None:
    await place(conn)
    job = await received(conn, affected=20)
    assert (job.priority, job.due_at) == (1, NOW - HOUR + timedelta(hours=4))


async def test_the_same_escalation_again_is_the_same_job(conn: Conn) -> None:
    await place(conn)
    first = await received(conn)
    again = await escalations.receive(
        conn, area_id=small_town.area_id, escalation=escalation(), actor=tickets(), now=NOW + HOUR
    )
    assert again.again
    assert again.job == first


async def test_the_same_identity_with_another_content_is_refused(conn: Conn) -> None:
    await place(conn)
    await received(conn)
    with pytest.raises(EscalationReused):
        await received(conn, affected=7)


async def test_the_same_escalation_ten_times_at_once_is_one_job(database: Database) -> None:
    await settled_in(database)

    async def deliver() -> tuple[str, bool]:
        answer = await database.transact(
            [small_town.area_id],
            lambda conn: escalations.receive(
                conn, area_id=small_town.area_id, escalation=escalation(), actor=tickets(), now=NOW
            ),
        )
        return str(answer.job.job_id), answer.again

    answers = await asyncio.gather(*(deliver() for _ in range(10)))
    assert len({job_id for job_id, _ in answers}) == 1
    assert sorted(again for _, again in answers) == [False] + [True] * 9
    async with database.begin([small_town.area_id]) as conn:
        assert len(await jobs.list_open_jobs(conn, small_town.area_id)) == 1


async def test_the_next_sequence_of_an_open_ticket_adds_to_its_job(conn: Conn) -> None:
    await place(conn)
    first = await received(conn)
    second = await received(conn, sequence=2, affected=50)
    assert second.job_id == first.job_id
    assert (second.affected, second.priority, second.state) == (50, 1, JobState.RECEIVED)
    found = await jobs.list_escalations_of_job(conn, first.area_id, first.job_id)
    assert [row.sequence for row in found] == [1, 2]


async def test_the_next_sequence_of_a_closed_ticket_reopens_its_job(database: Database) -> None:
    town = Town(database, await settled_in(database))
    phone = await town.phone()
    job = await town.job()
    visit = await town.out(job)
    await phone.send(database, [phone.say(visit, kind) for kind in MENDED])
    assert (await town.whole(job)).job.state is JobState.CLOSED
    late = NOW + timedelta(days=1)
    again: dict[str, Any] = {"ticketNumber": "N-1", "sequence": 2}
    reopened = await town.do(lambda conn: received(conn, town.world, now=late, **again))
    assert (reopened.job_id, reopened.state, reopened.reopened) == (job.job_id, JobState.RECEIVED, 1)
    assert reopened.priority == job.priority - 1
    assert (reopened.closed_at, reopened.restored_at) == (None, None)
    await phone.send(database, [phone.say(visit, "note")], now=late + HOUR)
    assert (await town.whole(job)).job.state is JobState.RECEIVED


async def test_the_next_sequence_of_a_cancelled_jobs_ticket_is_a_new_job(database: Database) -> None:
    town = Town(database, await settled_in(database))
    job = await town.job()
    await town.change(job, JobStep.CANCEL)
    again: dict[str, Any] = {"ticketNumber": "N-1", "sequence": 2}
    second = await town.do(lambda conn: received(conn, town.world, **again))
    assert second.job_id != job.job_id
    assert second.state is JobState.RECEIVED
    once_more: dict[str, Any] = {**again, "sequence": 3}
    third = await town.do(lambda conn: received(conn, town.world, **once_more))
    assert third.job_id == second.job_id
    assert (await town.whole(job)).job.state is JobState.CANCELLED


async def test_a_promised_window_is_a_confirmed_appointment(conn: Conn) -> None:
    await place(conn)
    window = {"earliest": NOW + 3 * HOUR, "latest": NOW + 5 * HOUR}
    job = await received(conn, promisedWindow=window)
    (promise,) = await jobs.list_appointments(conn, job.area_id, [job.job_id])
    assert promise.state is AppointmentState.CONFIRMED
    assert (promise.earliest_at, promise.latest_at) == (window["earliest"], window["latest"])


async def test_a_new_promise_moves_the_old_one_into_history(conn: Conn) -> None:
    await place(conn)
    job = await received(conn, promisedWindow={"earliest": NOW + HOUR, "latest": NOW + 2 * HOUR})
    await received(conn, sequence=2, promisedWindow={"earliest": NOW + 3 * HOUR, "latest": NOW + 4 * HOUR})
    found = await jobs.list_appointments(conn, job.area_id, [job.job_id])
    assert sorted(row.state for row in found) == [AppointmentState.CONFIRMED, AppointmentState.MOVED]


@pytest.mark.parametrize(("earliest", "latest"), [(2, 1), (1, 1), (1, 26), (-3, -1), (24 * 61, 24 * 61 + 2)])
async def test_a_window_that_cannot_be_is_refused(conn: Conn, earliest: int, latest: int) -> None:
    await place(conn)
    with pytest.raises(WindowImpossible):
        await received(
            conn, promisedWindow={"earliest": NOW + earliest * HOUR, "latest": NOW + latest * HOUR}
        )


@pytest.mark.parametrize("answer", list(ConsentAnswer))
async def test_the_terms_at_booking_are_kept_as_they_were_answered(conn: Conn, answer: ConsentAnswer) -> None:
    await place(conn)
    job = await received(conn, terms=terms(answer))
    (consent,) = await charges.list_consents(conn, job.area_id, job.job_id)
    assert (consent.answer, consent.amount_minor, consent.currency) == (answer, CALL_OUT, "RUB")
    assert consent.method == "spoken"
    assert consent.evidence == {"channel": "phone", "askedBy": "Olga, line 1"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"faultClass": "levitation"}, UnknownFaultClass),
        ({"contract": "nobody-1"}, UnknownContract),
        ({"terms": {**terms(), "termsVersion": 9}}, UnknownTerms),
        ({"terms": {**terms(), "language": "fr"}}, UnknownTerms),
    ],
)
async def test_what_is_unknown_is_refused_and_leaves_nothing(
    conn: Conn, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    await place(conn)
    with pytest.raises(refusal):
        await received(conn, **changes)
    assert await jobs.list_open_jobs(conn, small_town.area_id) == []
    assert await conn.fetchval("SELECT count(*) FROM ticket_directory") == 0


async def test_a_contract_of_another_area_is_unknown(conn: Conn) -> None:
    await place(conn, small_town)
    await place(conn, quiet_street)
    foreign = quiet_street.subscribers[0].contract
    with pytest.raises(UnknownContract):
        await received(conn, small_town, contract=foreign)
    with pytest.raises(UnknownContract):
        await escalations.area_of(conn, contract=foreign, actor=tickets(small_town))
    assert (
        await escalations.area_of(conn, contract=foreign, actor=tickets(quiet_street)) == quiet_street.area_id
    )


async def test_whoever_has_the_job_on_the_phone_hears_what_was_added(database: Database) -> None:
    town = Town(database, await settled_in(database))
    phone: Phone = await town.phone()
    job = await town.job()
    await town.out(job)
    await phone.send(database, [])
    again: dict[str, Any] = {"ticketNumber": "N-1", "sequence": 2, "affected": 40}
    await town.do(lambda conn: received(conn, town.world, **again))
    pulled = (await phone.send(database, [])).pull
    assert pulled is not None
    (change,) = pulled.changes
    assert change.job is not None
    assert change.job.affected == 40
