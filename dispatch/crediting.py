"""What a subscriber is owed for a trouble is read, worked out, and written once: shared by whoever claims it, by what falls due when
a trouble ends, and by mass outages."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from db.ids import new_id
from db.queries import areas, charges, credits, jobs, journal, outages, plans, shifts, subscribers, tickets
from db.records import Area, Credit, CreditLine, OutboxMessage, Subscriber, Ticket
from db.records.base import Record
from db.rows import Conn
from db.states import CreditWay
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.rules import credits as rules
from dispatch.rules.credit_rows import CREDIT, bill_of, line_of, line_row, table_of
from dispatch.rules.journal import entry
from dispatch.rules.troubles import (
    Trouble,
    began_at,
    beside,
    broken_of,
    dark_in,
    is_over,
    is_the_subscribers,
    span_of,
    stops_of,
)

CONSIDERED = 100
"""So many of a subscriber's tickets are looked at, newest first: troubles that overlap are close to each other."""
HISTORY = 500


class Kept(Record):
    """A credit with its lines, by day."""

    credit: Credit
    lines: list[CreditLine]


async def read_trouble(conn: Conn, ticket: Ticket) -> Trouble:
    """As far as whether and when it ended."""
    found = await jobs.list_jobs_of_ticket(conn, ticket.area_id, ticket.ticket_id)
    return Trouble(ticket=ticket, jobs=found)


async def owed(conn: Conn, area: Area, subscriber: Subscriber, ended: Trouble | rules.Span) -> rules.Credit:
    """For a trouble that is over, or a mass outage (of somebody who may never have called), with all that overlaps it; less what was
    credited before."""
    listed = await tickets.list_tickets_of_subscriber(
        conn, area.area_id, subscriber.subscriber_id, CONSIDERED
    )
    troubles = [trouble for ticket in listed if is_over(trouble := await read_trouble(conn, ticket))]
    dark = [
        dark_in(outage)
        for outage in await outages.list_restored_above(
            conn, area.area_id, subscriber.network_element_id, CONSIDERED
        )
    ]
    together = beside(ended, [*troubles, *dark])
    whole = [await _whole(conn, one) for one in together if isinstance(one, Trouble)]
    spans = [span for one in whole if (span := span_of(one)) is not None]
    outages_of = [one for one in together if isinstance(one, rules.Span)]
    credit = await _worked_out(conn, area, await _claim(conn, subscriber, [*spans, *outages_of], whole))
    theirs = [
        rules.Refused(
            reason=rules.RefusalReason.SUBSCRIBER_SIDE, on_day=_calendar(area).day_of(began_at(one))
        )
        for one in whole
        if is_the_subscribers(one)
    ]
    return rules.Credit(lines=credit.lines, refused=[*theirs, *credit.refused])


async def _claim(
    conn: Conn, subscriber: Subscriber, spans: Sequence[rules.Span], whole: Sequence[Trouble]
) -> rules.Claim:
    before = await credits.list_lines_of_subscriber(conn, subscriber.area_id, subscriber.subscriber_id)
    return rules.Claim(
        fee_minor=subscriber.fee_minor,
        spans=spans,
        stops=[stop for one in whole for stop in stops_of(one)],
        appointments=[broken for one in whole for broken in broken_of(one)],
        before=[line_of(row) for row in before],
    )


async def _worked_out(conn: Conn, area: Area, claim: rules.Claim) -> rules.Credit:
    tables = [table_of(row) for row in await credits.list_tables(conn, area.area_id)]
    holidays = await shifts.list_holidays(conn, area.area_id, date.min)
    calendar = rules.Calendar(time_zone=area.time_zone, holidays=frozenset(row.on_day for row in holidays))
    return rules.credit_of(claim, tables, calendar)


def _calendar(area: Area) -> rules.Calendar:
    return rules.Calendar(time_zone=area.time_zone)


async def _whole(conn: Conn, trouble: Trouble) -> Trouble:
    area_id, job_ids = trouble.ticket.area_id, [job.job_id for job in trouble.jobs]
    closures = [row for job_id in job_ids for row in await charges.list_closures(conn, area_id, job_id)]
    entries = [row for job_id in job_ids for row in await journal.list_journal_of_job(conn, area_id, job_id)]
    history = await tickets.list_entries(conn, area_id, trouble.ticket.subscriber_id, HISTORY)
    return Trouble(
        ticket=trouble.ticket,
        jobs=trouble.jobs,
        closures=[row for row in closures if row.in_force],
        visits=await plans.list_visits_of_jobs(conn, area_id, job_ids),
        appointments=await jobs.list_appointments(conn, area_id, job_ids),
        entries=entries,
        history=[row for row in history if row.ticket_id == trouble.ticket.ticket_id],
    )


async def keep(
    conn: Conn,
    area: Area,
    subscriber: Subscriber,
    found: rules.Credit,
    actor: Actor,
    now: datetime,
    *,
    ticket_id: UUID | None = None,
    outage_id: UUID | None = None,
    claimed_by: UUID | None = None,
) -> Kept | None:
    """Write what is owed, and leave it for billing once, or for a file, as the area has it. None where it is nothing. The subscriber is
    locked; last of all in its transaction."""
    if not found.lines:
        return None
    credit = Credit(
        area_id=area.area_id,
        credit_id=new_id(),
        subscriber_id=subscriber.subscriber_id,
        ticket_id=ticket_id,
        outage_id=outage_id,
        amount_minor=found.amount_minor,
        currency=area.currency,
        claimed_by=claimed_by,
        credited_at=now,
        leaves_by=area.settings.credits_leave_by,
    )
    lines = [line_row(line, new_id(), credit) for line in found.lines]
    await credits.insert_credits(conn, [credit])
    await credits.insert_lines(conn, lines)
    if credit.leaves_by is CreditWay.BILLING:
        bill = OutboxMessage(
            area_id=area.area_id,
            outbox_id=new_id(),
            kind=CREDIT,
            subject_id=credit.credit_id,
            payload=bill_of(credit, lines),
            created_at=now,
            delivered_at=None,
            due_at=now,
        )
        await journal.insert_outbox(conn, [bill])
    facts = {
        "ticketId": ticket_id,
        "outageId": outage_id,
        "amountMinor": credit.amount_minor,
        "currency": credit.currency,
        "lines": len(lines),
        "claimed": claimed_by is not None,
    }
    said = entry(actor, now, "credit.made", area_id=area.area_id, subject_id=credit.credit_id, facts=facts)
    await announce(conn, area.area_id, [said])
    return Kept(credit=credit, lines=lines)


async def locked(conn: Conn, area_id: UUID, subscriber_id: UUID) -> tuple[Area, Subscriber]:
    """The subscriber whose credits are written next."""
    subscriber = await credits.lock_subscriber(conn, area_id, subscriber_id)
    assert subscriber is not None, "subscribers of tickets are never removed"
    return await areas.get_area(conn, area_id), subscriber


async def read(conn: Conn, area_id: UUID, subscriber_id: UUID) -> tuple[Area, Subscriber]:
    subscriber = await subscribers.find_subscriber(conn, area_id, subscriber_id)
    assert subscriber is not None, "subscribers of tickets are never removed"
    return await areas.get_area(conn, area_id), subscriber
