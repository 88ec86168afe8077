"""Technician-days are made of what is said of working times. A day to which somebody is sent is never shrunk silently: it stays
as it is, the visits are named, and the next time it is tried again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from db.queries import crews, jobs, plans, shifts, technicians
from db.records import Absence, Area, JournalEntry, Technician, TechnicianDay, Visit
from db.rows import Conn
from db.states import VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.planning import local_day, replan_running_days
from dispatch.rules.journal import entry
from dispatch.rules.running import Day, day_of, promised_window
from dispatch.rules.shifts import DAYS_AHEAD, falls_out, shifts_of, wanted_day

T = TypeVar("T")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A visit for whose sake a day was left as it is."""

    visit_id: UUID
    job_id: UUID
    job_number: str
    technician_id: UUID
    display_name: str
    on_day: date
    planned_start_at: datetime
    planned_end_at: datetime


class Saved(msgspec.Struct, Generic[T], frozen=True):
    """`waiting`: visits for whose sake days stay as they are."""

    row: T
    waiting: list[Waiting]


class Settled(msgspec.Struct, frozen=True):
    """What became of the days."""

    entries: list[JournalEntry]
    waiting: list[Waiting]


class _Differing(msgspec.Struct, frozen=True):
    """A day that is not as it should be."""

    technician: Technician
    on_day: date
    present: TechnicianDay | None
    wanted: TechnicianDay | None


async def settle_days(
    conn: Conn, area: Area, actor: Actor, now: datetime, technician_ids: Sequence[UUID] | None = None
) -> Settled:
    """The coming days of these technicians of the area, or of all, as they should be. The transaction must see the areas to
    which they are lent: a visit that is not seen is not kept."""
    people = await technicians.list_technicians(conn, [area.area_id])
    meant = [
        row.technician_id for row in people if technician_ids is None or row.technician_id in technician_ids
    ]
    concerned = sorted({one.technician.technician_id for one in await _differing(conn, area, now, meant)})
    await technicians.lock_technicians(conn, [area.area_id], concerned)
    # under the locks once more
    differing = await _differing(conn, area, now, concerned, locked=True)
    sent, thoughts = await _sent_to(conn, differing, now)
    kept = {_key(one): found for one in differing if (found := _in_the_way(one, sent.get(_key(one), [])))}
    changed = [one for one in differing if _key(one) not in kept]
    for visit in [visit for one in changed for visit in _in_the_way(one, thoughts.get(_key(one), []))]:
        await plans.delete_drafts(conn, visit.area_id, [visit.visit_id], [])
    await shifts.remove_days(conn, [one.present for one in changed if one.wanted is None and one.present])
    await shifts.change_days(conn, [one.wanted for one in changed if one.wanted is not None and one.present])
    added = [one.wanted for one in changed if one.wanted is not None and one.present is None]
    await technicians.insert_technician_days(conn, added)
    last_on = local_day(area, now) + timedelta(days=area.settings.plan_days - 1)
    if any(one.on_day <= last_on for one in changed):
        await replan_running_days(conn, area, now)
    return Settled(_entries(area, changed, actor, now), await _named(conn, differing, kept))


async def settle(
    conn: Conn,
    area: Area,
    said: Sequence[JournalEntry],
    actor: Actor,
    now: datetime,
    technician_ids: Sequence[UUID] | None = None,
) -> list[Waiting]:
    """What was said of working times holds, and is announced. Last of all in its transaction."""
    settled = await settle_days(conn, area, actor, now, technician_ids)
    await announce(conn, area.area_id, [*said, *settled.entries])
    return settled.waiting


async def list_waiting(
    conn: Conn, area: Area, now: datetime, supposed: Absence | None = None
) -> list[Waiting]:
    """The visits for whose sake days are not as they should be; or would not be of that technician, with that absence."""
    people = await technicians.list_technicians(conn, [area.area_id])
    who = [
        row.technician_id for row in people if supposed is None or row.technician_id == supposed.technician_id
    ]
    differing = await _differing(conn, area, now, who, supposed=supposed)
    sent, _ = await _sent_to(conn, differing, now)
    kept = {_key(one): found for one in differing if (found := _in_the_way(one, sent.get(_key(one), [])))}
    return await _named(conn, differing, kept)


async def _differing(
    conn: Conn,
    area: Area,
    now: datetime,
    technician_ids: Sequence[UUID],
    *,
    locked: bool = False,
    supposed: Absence | None = None,
) -> list[_Differing]:
    today = local_day(area, now)
    coming = [today + timedelta(days=after) for after in range(DAYS_AHEAD)]
    days_of = shifts.lock_days_of_technicians if locked else shifts.list_days_of_technicians
    days = await days_of(conn, area.area_id, technician_ids, today, coming[-1])
    present = {day_of(row): row for row in days}
    patterns = await shifts.list_patterns(conn, area.area_id)
    chosen = await shifts.list_technician_patterns(conn, area.area_id)
    exceptions = await shifts.list_exceptions(conn, area.area_id, today, coming[-1])
    holidays = await shifts.list_holidays(conn, area.area_id, today)
    loans = await shifts.list_loans_of(conn, area.area_id)
    absences = await shifts.list_absences(conn, area.area_id, today)
    if supposed is not None:
        absences = [supposed, *(row for row in absences if row.absence_id != supposed.absence_id)]
    found: list[_Differing] = []
    for person in await technicians.list_technicians_by_id(conn, [area.area_id], technician_ids):
        said = shifts_of(person.technician_id, patterns, chosen, exceptions, holidays, loans, absences)
        for on_day in coming:
            row = present.get((area.area_id, person.technician_id, on_day))
            wanted = wanted_day(area, person, on_day, said, row)
            if wanted != row:
                found.append(_Differing(technician=person, on_day=on_day, present=row, wanted=wanted))
    return found


def _key(one: _Differing) -> Day:
    return one.technician.area_id, one.technician.technician_id, one.on_day


ByDay = dict[Day, list[Visit]]


async def _sent_to(conn: Conn, differing: Iterable[_Differing], now: datetime) -> tuple[ByDay, ByDay]:
    """Own visits of the days, and those of others where they help; apart from them, drafts that no promise and no hand
    holds: the next plan thinks of something else."""
    by_area: dict[UUID, list[Day]] = {}
    for one in differing:
        if one.present is not None:
            by_area.setdefault(one.present.area_id_worked, []).append(_key(one))
    found: ByDay = {}
    thoughts: ByDay = {}
    for area_id, days in by_area.items():
        visits = await plans.list_visits_of_days(conn, area_id, days)
        held = await _promised(conn, area_id, visits, now)
        for visit in visits:
            is_thought = visit.state is VisitState.DRAFT and not visit.pinned and visit.job_id not in held
            (thoughts if is_thought else found).setdefault(day_of(visit), []).append(visit)
        joined = await crews.list_joined(conn, area_id, days)
        helped = {
            visit.visit_id: visit
            for visit in await crews.list_visits_by_id(conn, area_id, [crew.visit_id for crew in joined])
        }
        for crew in joined:
            visit = helped[crew.visit_id]
            found.setdefault((crew.technician_area_id, crew.technician_id, visit.on_day), []).append(visit)
    return found, thoughts


async def _promised(conn: Conn, area_id: UUID, visits: Sequence[Visit], now: datetime) -> set[UUID]:
    """Jobs of drafts with a promise that still can be kept."""
    drafted = sorted({visit.job_id for visit in visits if visit.state is VisitState.DRAFT})
    rows = await jobs.list_appointments(conn, area_id, drafted)
    return {row.job_id for row in rows if promised_window([row], now) is not None}


def _in_the_way(one: _Differing, visits: Sequence[Visit]) -> list[Visit]:
    present = one.present
    if present is None:
        return []
    return [row for row in visits if falls_out(row, present, one.wanted, one.technician.overtime_max)]


async def _named(
    conn: Conn, differing: Iterable[_Differing], kept: Mapping[Day, Sequence[Visit]]
) -> list[Waiting]:
    names = {one.technician.technician_id: one.technician.display_name for one in differing}
    by_area: dict[UUID, list[UUID]] = {}
    for visit in (visit for visits in kept.values() for visit in visits):
        by_area.setdefault(visit.area_id, []).append(visit.job_id)
    numbers = {
        job.job_id: job.number
        for area_id, job_ids in by_area.items()
        for job in await jobs.list_jobs_by_id(conn, area_id, job_ids)
    }
    return [
        Waiting(
            visit_id=visit.visit_id,
            job_id=visit.job_id,
            job_number=numbers[visit.job_id],
            technician_id=day[1],
            display_name=names[day[1]],
            on_day=day[2],
            planned_start_at=visit.planned_start_at,
            planned_end_at=visit.planned_end_at,
        )
        for day, visits in sorted(kept.items(), key=lambda item: (item[0][2], item[0]))
        for visit in visits
    ]


def _entries(area: Area, changed: Sequence[_Differing], actor: Actor, now: datetime) -> list[JournalEntry]:
    """One a technician, with what became of which days."""
    by_person: dict[UUID, list[_Differing]] = {}
    for one in changed:
        by_person.setdefault(one.technician.technician_id, []).append(one)
    return [
        entry(
            actor,
            now,
            "shifts.settled",
            area_id=area.area_id,
            subject_id=technician_id,
            facts={
                "firstOn": min(one.on_day for one in ones),
                "lastOn": max(one.on_day for one in ones),
                **Counter(_became(one) for one in ones),
            },
        )
        for technician_id, ones in by_person.items()
    ]


def _became(one: _Differing) -> str:
    if one.wanted is None:
        return "removed"
    return "added" if one.present is None else "changed"
