"""A subscriber's trouble as credits see it: when it began and ended, when its clock stood, which appointments were not kept.

It begins with the first report and ends with the recorded restoration. What support does meanwhile stops nothing: a pause of a
line's clock is none of the outage's.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.records import Appointment, Closure, ContactEntry, Job, JournalEntry, Outage, Ticket, Visit
from db.records.base import Record
from db.states import (
    AppointmentState,
    HistoryKind,
    JobState,
    Liability,
    Localisation,
    TicketState,
    VisitState,
)
from dispatch.rules import tickets
from dispatch.rules.credit_tables import StopReason
from dispatch.rules.credits import Broken, Span, Stop
from dispatch.rules.remote import Measured

OVER = frozenset({JobState.CLOSED, JobState.CANCELLED})
CALLED_OFF, JOB_CANCELLED, RELEASED = "appointment.cancelled", "job.cancelled", "job.released"
"""Entries of the journal. A mass outage calls appointments off as well as subscribers do, and says so in the facts."""


class Trouble(Record):
    """All that is known of a ticket: `jobs` and what belongs to them, `history` of the ticket alone. `closures` are those in force."""

    ticket: Ticket
    jobs: Sequence[Job] = ()
    closures: Sequence[Closure] = ()
    visits: Sequence[Visit] = ()
    appointments: Sequence[Appointment] = ()
    entries: Sequence[JournalEntry] = ()
    history: Sequence[ContactEntry] = ()


def is_over(trouble: Trouble) -> bool:
    """Nobody owes anything any more. Tickets of other systems stay with the field for ever: of them the jobs say it."""
    if any(job.state not in OVER for job in trouble.jobs):
        return False
    if trouble.ticket.state in (TicketState.RESOLVED, TicketState.CLOSED):
        return True
    return trouble.ticket.state is TicketState.ESCALATED and bool(trouble.jobs)


def began_at(trouble: Trouble) -> datetime:
    return min([trouble.ticket.reported_at, *(job.reported_at for job in trouble.jobs)])


def ended_at(trouble: Trouble) -> datetime | None:
    """None: no restoration was ever recorded."""
    restored = [job.restored_at for job in trouble.jobs if job.restored_at is not None]
    if restored:
        return max(restored)
    ticket = trouble.ticket
    return None if ticket.resolution in (tickets.BY_THE_FIELD, tickets.JOB_CANCELLED) else ticket.resolved_at


def is_the_subscribers(trouble: Trouble) -> bool:
    """The cause lay on the subscriber's side: what the last closure says, else line 2."""
    last = _last_closure(trouble)
    if last is not None:
        return last.liability is Liability.SUBSCRIBER
    return trouble.ticket.localised is Localisation.SUBSCRIBER


def _last_closure(trouble: Trouble) -> Closure | None:
    return max(trouble.closures, key=lambda closure: (closure.closed_at, closure.closure_id), default=None)


def span_of(trouble: Trouble) -> Span | None:
    """None where the cause was the subscriber's own, or no restoration was recorded."""
    end = ended_at(trouble)
    if end is None or is_the_subscribers(trouble) or end <= began_at(trouble):
        return None
    return Span(begin_at=began_at(trouble), end_at=end, complete=is_complete(trouble))


def is_complete(trouble: Trouble) -> bool:
    """Nothing worked, unless line 2 saw the subscriber's terminal answer when it first looked, or said that nobody is dark."""
    tested = [one for one in trouble.history if one.kind is HistoryKind.TESTED]
    first = min(tested, key=lambda one: (one.at, one.contact_entry_id), default=None)
    if any(job.affected == 0 for job in trouble.jobs):
        return False
    return first is None or not msgspec.convert(first.facts, Measured).online


def stops_of(trouble: Trouble) -> list[Stop]:
    """From a door that nobody opened, or from when the subscriber called a visit off, until it was taken up again: another window
    promised, the job released, another technician there. And all the time where nobody could have helped it."""
    end = ended_at(trouble)
    if end is None:
        return []
    begun = [
        (visit.job_id, visit.ended_at, StopReason.NO_ACCESS)
        for visit in trouble.visits
        if visit.state is VisitState.NO_ACCESS and visit.ended_at is not None
    ]
    begun += [
        (entry.job_id, entry.at, StopReason.SUBSCRIBER_WISH)
        for entry in trouble.entries
        if _is_wished(entry) and entry.job_id is not None
    ]
    stops = [
        Stop(begin_at=at, end_at=min([end, *_taken_up(trouble, job_id, at)]), reason=reason)
        for job_id, at, reason in begun
        if at < end
    ]
    last = _last_closure(trouble)
    if last is not None and last.liability is Liability.FORCE_MAJEURE:
        stops.append(Stop(begin_at=began_at(trouble), end_at=end, reason=StopReason.FORCE_MAJEURE))
    return stops


def _taken_up(trouble: Trouble, job_id: UUID, after: datetime) -> list[datetime]:
    instants = [
        *(one.promised_at for one in trouble.appointments if one.job_id == job_id),
        *(one.at for one in trouble.entries if one.job_id == job_id and one.action == RELEASED),
        *(one.arrived_at for one in trouble.visits if one.job_id == job_id and one.arrived_at is not None),
    ]
    return [at for at in instants if at > after]


def broken_of(trouble: Trouble) -> list[Broken]:
    """Appointments to which nobody came in their time, or which we cancelled. What the subscriber cancelled or moved is none, but
    for one that was cancelled or moved when its time had passed already."""
    by_subscriber = {one.subject_id: one.at for one in trouble.entries if _is_wished(one)}
    called_off = {
        one.subject_id: one.at for one in trouble.entries if one.action == CALLED_OFF and not _is_wished(one)
    }
    cancelled = {one.job_id: one.at for one in trouble.entries if one.action == JOB_CANCELLED}
    broken = list[Broken]()
    for one in sorted(trouble.appointments, key=lambda one: (one.earliest_at, one.appointment_id)):
        cancelled_at = None
        if one.state is AppointmentState.CANCELLED:
            wished_at = by_subscriber.get(one.appointment_id)
            cancelled_at = wished_at or called_off.get(one.appointment_id) or cancelled.get(one.job_id)
            if cancelled_at is None or (wished_at is not None and wished_at <= one.latest_at):
                continue
            cancelled_at = None if cancelled_at > one.latest_at else cancelled_at
        elif one.state is AppointmentState.MOVED:
            if not _was_missed(one, trouble):
                continue
        elif one.state is not AppointmentState.MISSED:
            continue
        found = Broken(
            appointment_id=one.appointment_id, earliest_at=one.earliest_at, cancelled_at=cancelled_at
        )
        broken.append(found)
    return broken


def _is_wished(entry: JournalEntry) -> bool:
    """By the subscriber."""
    return entry.action == CALLED_OFF and not entry.facts.get("outage", False)


def _was_missed(moved: Appointment, trouble: Trouble) -> bool:
    """The next window was promised only when this one was over, and nobody had been there."""
    later = [
        one.promised_at
        for one in trouble.appointments
        if one.job_id == moved.job_id and one.promised_at > moved.promised_at
    ]
    return moved.arrived_at is None and bool(later) and min(later) > moved.latest_at


def beside(ended: Trouble | Span, others: Sequence[Trouble | Span]) -> list[Trouble | Span]:
    """It and all that overlaps it, or overlaps what does: they are worked out together, for no minute is owed twice. A `Span` is a
    mass outage in which the subscriber was dark."""
    found, left = [ended], [one for one in others if _named(one) != _named(ended)]
    grown = True
    while grown:
        near = [one for one in left if any(_overlap(one, other) for other in found)]
        left = [one for one in left if one not in near]
        found, grown = [*found, *near], bool(near)
    return found


def _named(one: Trouble | Span) -> object:
    return one.ticket.ticket_id if isinstance(one, Trouble) else one


def _overlap(one: Trouble | Span, other: Trouble | Span) -> bool:
    (begin, end), (begin_other, end_other) = _stretch(one), _stretch(other)
    if end is None or end_other is None:
        return False
    return begin <= end_other and begin_other <= end


def _stretch(one: Trouble | Span) -> tuple[datetime, datetime | None]:
    return (one.begin_at, one.end_at) if isinstance(one, Span) else (began_at(one), ended_at(one))


def dark_in(outage: Outage) -> Span:
    """Of one that was restored: whoever hangs there had nothing."""
    assert outage.restored_at is not None, "only what was restored is asked for"
    return Span(begin_at=outage.since, end_at=outage.restored_at)
