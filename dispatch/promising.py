"""Promises to subscribers, made and ended: shared by whoever books, takes over what line 2 has promised, or calls off."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import jobs
from db.queries import journal as outgoing
from db.records import Appointment, OutboxMessage
from db.rows import Conn
from db.states import LIVE_APPOINTMENT, AppointmentState
from dispatch.actors import Actor
from dispatch.giving_links import give_link
from dispatch.rules.lifecycle import APPOINTMENT, AppointmentStep
from dispatch.rules.visit_codes import VISIT_CODE


async def promise(
    conn: Conn,
    area_id: UUID,
    job_id: UUID,
    window: tuple[datetime, datetime],
    actor: Actor,
    now: datetime,
    slot_quote_id: UUID | None = None,
) -> Appointment:
    """A confirmed appointment, and its visit code to the subscriber, with the link to the visit; the one before moves into
    history."""
    await end_promises(conn, area_id, job_id, AppointmentStep.MOVE)
    appointment = Appointment(
        area_id=area_id,
        appointment_id=new_id(),
        job_id=job_id,
        state=AppointmentState.CONFIRMED,
        earliest_at=window[0],
        latest_at=window[1],
        slot_quote_id=slot_quote_id,
        promised_at=now,
        promised_by=actor.actor_id,
        arrived_at=None,
    )
    await jobs.insert_appointments(conn, [appointment])
    code = OutboxMessage(
        area_id=area_id,
        outbox_id=new_id(),
        kind=VISIT_CODE,
        subject_id=appointment.appointment_id,
        payload={"job_id": job_id},
        created_at=now,
        delivered_at=None,
        due_at=now,
    )
    await outgoing.insert_outbox(conn, [code])
    job = await jobs.find_job(conn, area_id, job_id)
    assert job is not None, "jobs are never removed"
    await give_link(conn, job, actor, now)
    return appointment


async def end_promises(
    conn: Conn, area_id: UUID, job_id: UUID, step: AppointmentStep
) -> Sequence[Appointment]:
    """Move or cancel what is promised still; what it was."""
    live = [
        row for row in await jobs.list_appointments(conn, area_id, [job_id]) if row.state in LIVE_APPOINTMENT
    ]
    ended = [msgspec.structs.replace(row, state=APPOINTMENT[row.state, step]) for row in live]
    await jobs.save_appointments(conn, ended)
    return ended
