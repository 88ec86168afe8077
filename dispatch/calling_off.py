"""No visit is needed after all: its job is cancelled, its subscriber told, its ticket resolved."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.ids import new_id
from db.queries import jobs, plans, tickets
from db.queries import journal as outgoing
from db.records import Appointment, Job, OutboxMessage, Ticket
from db.rows import Conn
from db.states import LIVE_APPOINTMENT, STARTED_VISIT, JobState
from dispatch.actors import Actor
from dispatch.errors import TransitionRefused, UnknownTicket, VisitStarted
from dispatch.flows import jobs as job_flows
from dispatch.flows.tickets import resolve_called_off
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.tickets import verify_known
from dispatch.rules.visits import CALLED_OFF

OVER = frozenset({JobState.CLOSED, JobState.CANCELLED})


async def call_off(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    resolution: str,
    note: str,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """`resolution`: why nobody is needed. Raises `UnknownTicket`, `NotVerified`, `VisitStarted`, `Stale`; `TransitionRefused` where
    it is not with the field, or its job mends what others wait for."""
    async with conn.transaction():
        ticket = await tickets.find_ticket_seen(conn, areas_seen, ticket_id)
        if ticket is None:
            raise UnknownTicket()
        verify_known(ticket)
        for job in await jobs.list_jobs_of_ticket(conn, ticket.area_id, ticket_id):
            if job.state not in OVER:
                await _cancel(conn, ticket, job, f"{resolution} {note}".strip(), actor, now)
        return await resolve_called_off(
            conn,
            areas_seen=areas_seen,
            ticket_id=ticket_id,
            resolution=resolution,
            note=note,
            actor=actor,
            now=now,
        )


async def _cancel(conn: Conn, ticket: Ticket, job: Job, reason: str, actor: Actor, now: datetime) -> None:
    """Its version is that of what was looked at: whoever sets out meanwhile is not called back unseen."""
    visits = await plans.list_visits_of_jobs(conn, job.area_id, [job.job_id])
    if any(visit.state in STARTED_VISIT for visit in visits):
        raise VisitStarted()
    if job.affected > 1:
        raise TransitionRefused(state=job.state)
    promised = await jobs.list_appointments(conn, job.area_id, [job.job_id])
    await job_flows.change(
        conn,
        areas_seen=[job.area_id],
        job_id=job.job_id,
        step=JobStep.CANCEL,
        version=job.version,
        reason=reason,
        actor=actor,
        now=now,
    )
    told = [_told(ticket, row, now) for row in promised if row.state in LIVE_APPOINTMENT]
    await outgoing.insert_outbox(conn, told)


def _told(ticket: Ticket, promise: Appointment, now: datetime) -> OutboxMessage:
    """To the subscriber, who counts on the window."""
    return OutboxMessage(
        area_id=promise.area_id,
        outbox_id=new_id(),
        kind=CALLED_OFF,
        subject_id=promise.appointment_id,
        payload={"job_id": promise.job_id, "ticket_id": ticket.ticket_id},
        created_at=now,
        delivered_at=None,
        due_at=now,
    )
