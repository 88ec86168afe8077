"""The coming days of an area in memory, kept true by the versions of its technician-days: what a quote is priced on.

Each API process has its own, for all who ask: what is in it depends on the area alone, never on the asker's rights. A
reader compares fourteen fingerprints with the database and loads what changed; whoever books checks under the lock once
more, so a copy that is late costs an offer, never a promise.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from db.queries import crews, jobs, kinds, plans, subscribers, technicians
from db.records import Area, Job, JobKindVersion, TechnicianDay, Visit, VisitCrew
from db.rows import Conn
from db.states import VisitState
from dispatch.planning import local_day
from dispatch.rules.on_call import called_in
from dispatch.rules.running import PLANNABLE, Day, day_of, is_planned, promised_window, works
from dispatch.rules.slots import HORIZON_DAYS
from dispatch.rules.standing import Facts, Stood, asked_stop, empty_standing, stand_drafted, unix
from optimizer.rounds import Stop
from optimizer.standing import Standing

T = TypeVar("T")
K = TypeVar("K")


async def read_facts(
    conn: Conn, area: Area, days: Sequence[TechnicianDay], visits: Sequence[Visit] | None = None
) -> dict[Day, Facts]:
    """What the rows of these technician-days depend on. `visits`: all of theirs, where they were read already."""
    keys = [day_of(day) for day in days]
    homes = sorted({day.area_id for day in days})
    who = sorted({day.technician_id for day in days})
    people = {
        person.technician_id: person for person in await technicians.list_technicians_by_id(conn, homes, who)
    }
    if visits is None:
        visits = await plans.list_visits_of_days(conn, area.area_id, keys)
    helping = await crews.list_joined(conn, area.area_id, keys)
    helped = {
        visit.visit_id: visit
        for visit in await crews.list_visits_by_id(conn, area.area_id, [crew.visit_id for crew in helping])
    }
    job_ids = sorted({visit.job_id for visit in [*visits, *helped.values()]})
    known = {job.job_id: job for job in await jobs.list_jobs_by_id(conn, area.area_id, job_ids)}
    crewed = {crew.visit_id for crew in await plans.list_crew(conn, area.area_id, job_ids)}
    place_ids = {job.place_id for job in known.values()} | {
        people[day.technician_id].start_place_id for day in days
    }
    places = {
        row.place_id: row
        for row in await subscribers.list_places(conn, [area.area_id, *homes], sorted(place_ids))
    }
    promised = grouped(await jobs.list_appointments(conn, area.area_id, list(known)), lambda row: row.job_id)
    rounds = {day_of(row): row for row in await plans.list_rounds_of_days(conn, area.area_id, keys)}
    vans = grouped(await technicians.list_van_stock(conn, homes, who), lambda row: row.technician_id)
    versions: Mapping[tuple[str, int], JobKindVersion] = {
        (kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area.area_id)
    }
    meetings = {
        visit.job_id: visit.planned_start_at
        for visit in visits
        if visit.visit_id in crewed and visit.state is VisitState.PUBLISHED
    }
    by_day = grouped([visit for visit in visits if _takes_room(visit, known[visit.job_id])], day_of)
    return {
        key: Facts(
            day=day,
            technician=people[day.technician_id],
            stock=vans.get(day.technician_id, []),
            visits=by_day.get(key, []),
            jobs=known,
            kinds=versions,
            places=places,
            appointments=promised,
            round=rounds.get(key),
            joined=[helped[crew.visit_id] for crew in helping if _helps_on(key, crew, helped)],
            crewed=meetings,
        )
        for key, day in zip(keys, days, strict=True)
    }


def _takes_room(visit: Visit, job: Job) -> bool:
    """A draft that would change a visit which is out is only a thought; a job's first visit takes room."""
    first = visit.replaces_visit_id is None and job.state in PLANNABLE
    return visit.state is not VisitState.DRAFT or first


def grouped(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _helps_on(day: Day, crew: VisitCrew, helped: Mapping[UUID, Visit]) -> bool:
    return day == (crew.technician_area_id, crew.technician_id, helped[crew.visit_id].on_day)


class Standings(msgspec.Struct, frozen=True):
    """Some technician-days as they are under the locks."""

    standing: Standing
    rows: dict[Day, Stood]


async def stand_all(
    conn: Conn,
    area: Area,
    days: Sequence[TechnicianDay],
    now: datetime,
    called: Collection[Day] = (),
) -> Standings:
    """Those of the days on which somebody works here. `called`: as long as the call lasts."""
    standing = empty_standing(area, now)
    rows: dict[Day, Stood] = {}
    working = [day for day in days if works(day, area.area_id)]
    for day, facts in (await read_facts(conn, area, working)).items():
        facts = called_in(facts, now) if day in called else facts
        rows[day] = stand_drafted(standing, area, facts, now)
        standing.put(day, rows[day].row)
    return Standings(standing, rows)


class AskedFor(msgspec.Struct, frozen=True):
    """A job that is to get a place, as a stop, with what it asks of whoever goes."""

    stop: Stop
    kind: JobKindVersion


async def ask_for(
    conn: Conn,
    area: Area,
    standing: Standing,
    job: Job,
    window: tuple[int, int] | None,
    published: int = -1,
) -> AskedFor:
    kind = await kinds.find_kind(conn, area.area_id, job.kind, job.kind_version)
    place = await subscribers.find_place(conn, area.area_id, job.place_id)
    assert kind is not None, "job kinds are never removed"
    assert place is not None, "places are never removed"
    stop = asked_stop(standing, area, job, kind, place, window=window, published=published)
    return AskedFor(stop, kind)


async def stop_for(conn: Conn, area: Area, standing: Standing, job: Job, now: datetime) -> Stop:
    """Of a job that has no place yet, but may have a promise."""
    promised = promised_window(await jobs.list_appointments(conn, area.area_id, [job.job_id]), now)
    window = None if promised is None else (unix(promised.earliest_at), unix(promised.latest_at))
    return (await ask_for(conn, area, standing, job, window)).stop


class Horizon:
    """One area's coming days. `refresh` before reading; what is read then holds until the next await."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._area: Area | None = None
        self._prints: dict[date, technicians.DayPrint] = {}
        self._versions: dict[Day, int] = {}
        self.rows: dict[Day, Stood] = {}
        """In the order of the rows in `standing`."""

    def _reset(self, area: Area, now: datetime) -> None:
        self._area = area
        self._prints, self._versions, self.rows = {}, {}, {}
        self.standing = empty_standing(area, now)

    async def refresh(self, conn: Conn, area: Area, now: datetime) -> None:
        """Load what changed since, and what time alone has changed."""
        async with self._lock:
            if self._area != area:
                self._reset(area, now)
            first_on = local_day(area, now)
            last_on = first_on + timedelta(days=HORIZON_DAYS - 1)
            for key in [key for key in self._versions if key[2] < first_on]:
                self._forget(key)
            prints = await technicians.list_day_prints(conn, area.area_id, first_on, last_on)
            for on_day, shape in prints.items():
                if self._prints.get(on_day) != shape:
                    await self._load(conn, area, on_day, now)
                    self._prints[on_day] = shape
            for stood in [stood for stood in self.rows.values() if stood.until <= now]:
                self._stand(area, stood.facts, now)

    async def _load(self, conn: Conn, area: Area, on_day: date, now: datetime) -> None:
        present = {
            (row.area_id, row.technician_id, row.on_day): row.version
            for row in await technicians.list_day_versions(conn, area.area_id, on_day)
        }
        changed = [key for key, version in present.items() if self._versions.get(key, -1) < version]
        days = await technicians.list_technician_days_of(conn, changed)
        working = [day for day in days if works(day, area.area_id) and is_planned(day)]
        facts = await read_facts(conn, area, working)
        for day in days:
            key = day_of(day)
            self._versions[key] = day.version
            if key in facts:
                self._stand(area, facts[key], now)
            else:
                self._drop(key)
        for key in [key for key in self._versions if key[2] == on_day and key not in present]:
            self._forget(key)

    def _stand(self, area: Area, facts: Facts, now: datetime) -> None:
        stood = stand_drafted(self.standing, area, facts, now)
        self.rows[day_of(facts.day)] = stood
        self.standing.put(day_of(facts.day), stood.row)

    def _drop(self, key: Day) -> None:
        if self.rows.pop(key, None) is not None:
            self.standing.drop(key)

    def _forget(self, key: Day) -> None:
        """Gone to another area: on coming back it is read anew."""
        self._versions.pop(key, None)
        self._drop(key)


class Horizons:
    """Of all areas."""

    def __init__(self) -> None:
        self._by_area: dict[UUID, Horizon] = {}

    def of(self, area_id: UUID) -> Horizon:
        return self._by_area.setdefault(area_id, Horizon())
