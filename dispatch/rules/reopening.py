"""What was closed comes back, more urgent than before; its history stays."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.records import Job, Ticket
from db.states import TicketState
from dispatch.rules.lifecycle import JOB, JobStep, TicketStep
from dispatch.rules.tickets import after_call, stepped, taken


def reopened(job: Job, now: datetime) -> Job:
    """A closed job: what was reported before no longer decides its state."""
    return msgspec.structs.replace(
        job,
        state=JOB[job.state, JobStep.REOPEN],
        hold_reason=None,
        closed_at=None,
        restored_at=None,
        reopened=job.reopened + 1,
        resumed_at=now,
        priority=max(1, job.priority - 1),
    )


def waiting_again(ticket: Ticket, now: datetime) -> Ticket:
    """At its line, after another call. Raises `TransitionRefused`."""
    return stepped(
        after_call(ticket),
        TicketStep.REOPEN,
        priority=max(1, ticket.priority - 1),
        waiting_since=now,
        line_began_at=None,
        resolved_at=None,
        closed_at=None,
        resolution="",
    )


def back_in_the_field(ticket: Ticket, staff_id: UUID, now: datetime) -> Ticket | None:
    """With the job that came back, for whoever asked has measured nothing that a line could go on with. None where the ticket is in
    somebody's hands, or has been with the field all the time."""
    if ticket.state not in (TicketState.RESOLVED, TicketState.CLOSED):
        return None
    in_hand = taken(waiting_again(ticket, now), staff_id, now)
    return stepped(in_hand, TicketStep.ESCALATE, staff_id=None)
