"""The lines of support as a whole: how many wait at each, and which have taken longer than they may."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from db.ids import new_id
from db.queries import areas, kinds, setup, tickets
from db.queries.tickets import TicketLine
from db.records import Area, JobKindVersion, SelfCheckVersion, SupportLine, TermsText, Ticket
from db.records.base import Record
from db.rows import Conn
from db.states import HistoryKind, Role
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.horizon import grouped
from dispatch.rules import tickets as rules
from dispatch.rules.consents import terms_now
from dispatch.rules.journal import entry
from dispatch.rules.lifecycle import TicketStep
from dispatch.rules.line_clock import clock_of, line_of
from dispatch.rules.support import lines_of

SHOWN = 100
"""Whoever comes later in a queue is counted only."""


async def note_overruns(conn: Conn, *, area_id: UUID, actor: Actor, now: datetime) -> int:
    """That a line has taken longer than it may stands in the history, once for each time that the line had it."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        found: list[Ticket] = []
        for line in area.settings.support_lines:
            if line.limit_minutes is None:
                continue
            late = await tickets.lock_overdue(
                conn, area_id, line.number, now - timedelta(minutes=line.limit_minutes)
            )
            pauses = grouped(
                await tickets.list_pauses(conn, area_id, [one.ticket_id for one in late]),
                lambda pause: pause.ticket_id,
            )
            for ticket in late:
                clock = clock_of(ticket, pauses.get(ticket.ticket_id, ()), area.settings.support_lines, now)
                found += [ticket] if clock is not None and clock.overrun else []
        await _say(conn, found, HistoryKind.OVERRAN, "ticket.overran", actor, now)
        return len(found)


async def resolve_mended(conn: Conn, *, area_id: UUID, actor: Actor, now: datetime) -> int:
    """A ticket whose job is closed is resolved; whether it is mended, the subscriber is asked. Also one whose job was cancelled."""
    async with conn.transaction():
        over = await tickets.lock_mended(conn, area_id)
        closed = await tickets.list_of_closed_jobs(conn, area_id, [one.ticket_id for one in over])
        found = [
            rules.stepped(
                one,
                TicketStep.RESOLVE,
                resolution=rules.BY_THE_FIELD if one.ticket_id in closed else rules.JOB_CANCELLED,
                resolved_at=now,
            )
            for one in over
        ]
        await tickets.save_tickets(conn, found)
        await _say(conn, found, HistoryKind.RESOLVED, "ticket.resolved", actor, now)
        return len(found)


async def _say(
    conn: Conn, found: Sequence[Ticket], kind: HistoryKind, action: str, actor: Actor, now: datetime
) -> None:
    """No person did it: it came to be so."""
    if not found:
        return
    await tickets.insert_entries(conn, [rules.history(one, kind, new_id(), None, now) for one in found])
    entries = [
        entry(actor, now, action, area_id=one.area_id, subject_id=one.ticket_id, facts={"line": one.line})
        for one in found
    ]
    await announce(conn, found[0].area_id, entries)


class DeskFacts(Record):
    """What an area's desks ask, say and send to the field: the versions in force."""

    area: Area
    checks: Sequence[SelfCheckVersion]
    kinds: Sequence[JobKindVersion]
    terms: Sequence[TermsText]


async def desk_facts(conn: Conn, *, area_id: UUID, now: datetime) -> DeskFacts:
    return DeskFacts(
        area=await areas.get_area(conn, area_id),
        checks=await tickets.list_self_checks(conn, area_id, now),
        kinds=await kinds.list_current_kinds(conn, area_id, now),
        terms=terms_now(await kinds.list_terms(conn, area_id), now),
    )


class Waiting(Record):
    """What waits at a line, and what the area says of that line."""

    waits: tickets.LineWaits
    line: SupportLine


async def list_waits(conn: Conn, *, areas_seen: Sequence[UUID]) -> list[Waiting]:
    """How many wait at each line, and since when; not what other systems have."""
    lines = {
        area.area_id: area.settings.support_lines for area in await areas.list_areas_by_id(conn, areas_seen)
    }
    return [
        Waiting(waits=one, line=line_of(one.line, lines[one.area_id]))
        for one in await tickets.list_waits(conn, areas_seen)
    ]


class Listed(Record):
    """A ticket in a list. `trouble`: of its self-check, by language; empty: it has none. `skills`: what whoever takes it can do, as
    people call it. `over`: it has waited longer than one may."""

    ticket: TicketLine
    trouble: dict[str, str]
    skills: list[str]
    over: bool


async def list_waiting(
    conn: Conn, *, areas_seen: Sequence[UUID], actor: Actor, now: datetime
) -> list[Listed]:
    """What this person may take, in the order in which it is given to them; where they supervise, all that waits."""
    overseen = set(actor.areas_as(Role.SUPERVISOR))
    profiles = await tickets.list_profiles(conn, areas_seen, actor.actor_id)
    theirs = lines_of(await areas.list_areas_by_id(conn, areas_seen), profiles, overseen)
    found = await tickets.list_waiting(
        conn,
        [one[0] for one in theirs],
        [one[1] for one in theirs],
        [one[2] for one in theirs],
        actor.actor_id,
        now,
        sorted(overseen),
        SHOWN,
    )
    patience = {(area_id, line): wait for area_id, line, wait in theirs}
    return await _listed(conn, found, patience, now)


async def list_mine(conn: Conn, *, areas_seen: Sequence[UUID], actor: Actor, now: datetime) -> list[Listed]:
    """What this person has in hand, oldest first."""
    return await _listed(conn, await tickets.list_in_hand(conn, areas_seen, actor.actor_id), {}, now)


async def _listed(
    conn: Conn,
    found: Sequence[TicketLine],
    patience: Mapping[tuple[UUID, int], timedelta],
    now: datetime,
) -> list[Listed]:
    titles = dict[tuple[UUID, str], dict[str, str]]()
    names = dict[tuple[UUID, str], str]()
    for area_id in sorted({one.area_id for one in found}):
        checks = await tickets.list_self_checks(conn, area_id, now)
        titles |= {(area_id, check.symptom): check.title for check in checks}
        names |= {(area_id, skill.code): skill.name for skill in await setup.list_skills(conn, area_id)}
    listed: list[Listed] = []
    for one in found:
        wait = patience.get((one.area_id, one.line))
        over = wait is not None and one.waiting_since is not None and one.waiting_since + wait < now
        skills = [names.get((one.area_id, code), code) for code in one.skills]
        trouble = titles.get((one.area_id, one.symptom), {})
        listed.append(Listed(ticket=one, trouble=trouble, skills=skills, over=over))
    return listed
