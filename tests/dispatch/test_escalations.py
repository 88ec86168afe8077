"""An escalation becomes a job, once."""

from datetime import timedelta

from db.queries import jobs
from db.rows import Conn
from db.states import AppointmentState, JobState
from dispatch.flows import escalations
from tests.builders import escalation, place, received, tickets
from tests.worlds import NOW, small_town


async def test_an_escalation_becomes_a_job_with_the_kind_its_fault_asks_for(conn: Conn) -> None:
    await place(conn)
    job = await received(conn)
    assert (job.kind, job.state, job.priority) == ("equipment_failure", JobState.RECEIVED, 3)
    assert await jobs.find_job(conn, small_town.area_id, job.job_id) == job


async def test_the_same_escalation_again_is_the_same_job(conn: Conn) -> None:
    await place(conn)
    first = await received(conn)
    again = await escalations.receive(
        conn,
        area_id=small_town.area_id,
        escalation=escalation(),
        actor=tickets(),
        now=NOW + timedelta(hours=1),
    )
    assert again.again
    assert again.job == first


async def test_a_promised_window_is_a_confirmed_appointment(conn: Conn) -> None:
    await place(conn)
    window = {"earliest": NOW + timedelta(hours=3), "latest": NOW + timedelta(hours=5)}
    job = await received(conn, promisedWindow=window)
    (promise,) = await jobs.list_appointments(conn, job.area_id, [job.job_id])
    assert promise.state is AppointmentState.CONFIRMED
    assert (promise.earliest_at, promise.latest_at) == (window["earliest"], window["latest"])
