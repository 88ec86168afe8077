"""What if: something is supposed of a day, and a worker says what its rounds would be then. Nothing of it is in any plan."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, jobs, technicians, what_ifs
from db.records import Area, Place, SupposedChange, WhatIf, WhatIfAnswer, WhatIfProgress
from db.records.base import Record
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.errors import DaysImpossible, NotSupposable, UnknownWhatIf
from dispatch.planning import local_day, request_trial
from dispatch.rules.plans import State
from dispatch.rules.supposing import Kind, fault_of

HORIZON_DAYS = 14
KEPT_FOR = timedelta(days=1)


async def ask(
    conn: Conn,
    *,
    state: State,
    changes: Sequence[SupposedChange],
    budget: timedelta | None,
    seed: int,
    actor: Actor,
    now: datetime,
) -> WhatIf:
    """Leave it for a worker. `state`: the days it is about, from the first on. Raises `NotSupposable`."""
    area = state.area
    async with conn.transaction():
        named = [
            msgspec.structs.replace(change, technician_id=new_id())
            if change.kind == Kind.TECHNICIAN_MORE
            else change
            for change in changes
        ]
        depots = await _depots(conn, area.area_id, named)
        for number, change in enumerate(named):
            if (member := fault_of(change, state, depots)) is not None:
                raise NotSupposable(pointer=f"/changes/{number}/{member}")
        asked = WhatIf(
            area_id=area.area_id,
            what_if_id=new_id(),
            on_day=state.first_on,
            changes=named,
            budget=budget or timedelta(seconds=area.settings.plan_seconds),
            seed=seed,
            asked_by=actor.actor_id,
            asked_at=now,
        )
        await what_ifs.insert_what_ifs(conn, [asked])
        await request_trial(conn, area.area_id, asked.what_if_id)
        return asked


async def days_meant(conn: Conn, *, area_id: UUID, on_day: date, now: datetime) -> tuple[date, date]:
    """The days that such a trial looks at: as many as a plan does. Raises `DaysImpossible`."""
    area = await areas.get_area(conn, area_id)
    today = local_day(area, now)
    if not today <= on_day < today + timedelta(days=HORIZON_DAYS):
        raise DaysImpossible(pointer="/on", today=today)
    return on_day, on_day + timedelta(days=area.settings.plan_days - 1)


async def _depots(conn: Conn, area_id: UUID, changes: Sequence[SupposedChange]) -> dict[UUID, Place]:
    found: dict[UUID, Place] = {}
    for depot_id in {change.depot_id for change in changes if change.depot_id is not None}:
        place = await what_ifs.find_depot_place(conn, area_id, depot_id)
        if place is not None:
            found[depot_id] = place
    return found


class Trial(Record):
    """What is to be tried, and where the depots that it names are."""

    asked: WhatIf
    depots: dict[UUID, Place]


async def find_open(conn: Conn, *, area_id: UUID, what_if_id: UUID) -> Trial | None:
    """One that nobody has answered yet."""
    asked = await what_ifs.find_what_if(conn, area_id, what_if_id)
    if asked is None or asked.ended_at is not None:
        return None
    return Trial(asked=asked, depots=await _depots(conn, area_id, asked.changes))


async def note_progress(conn: Conn, *, area_id: UUID, what_if_id: UUID, progress: WhatIfProgress) -> None:
    async with conn.transaction():
        await what_ifs.note_trial(conn, area_id, what_if_id, progress)


async def answer(conn: Conn, *, asked: WhatIf, found: WhatIfAnswer, now: datetime) -> None:
    async with conn.transaction():
        await what_ifs.end_what_ifs(conn, [msgspec.structs.replace(asked, answer=found, ended_at=now)])


async def fail(conn: Conn, *, asked: WhatIf, why: str, now: datetime) -> None:
    async with conn.transaction():
        await what_ifs.end_what_ifs(conn, [msgspec.structs.replace(asked, failure=why[:500], ended_at=now)])


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> None:
    async with conn.transaction():
        await what_ifs.delete_old_what_ifs(conn, area_id, now - KEPT_FOR)


class Tried(Record):
    """A trial with its answer, if there is one yet, and whom and what it speaks of."""

    area: Area
    asked: WhatIf
    numbers: dict[UUID, str]
    names: dict[UUID, str]


async def get(conn: Conn, *, area_id: UUID, what_if_id: UUID) -> Tried:
    """Raises `UnknownWhatIf`."""
    asked = await what_ifs.find_what_if(conn, area_id, what_if_id)
    if asked is None:
        raise UnknownWhatIf()
    area = await areas.get_area(conn, area_id)
    spoken_of: set[UUID] = set()
    if asked.answer is not None:
        sides = (asked.answer.before, asked.answer.after)
        spoken_of = {job_id for side in sides for job_id in side.unassigned}
        spoken_of |= {moved.job_id for moved in asked.answer.moved}
    last_on = asked.on_day + timedelta(days=area.settings.plan_days - 1)
    people = await technicians.list_technicians_of(conn, area_id, asked.on_day, last_on)
    return Tried(
        area=area,
        asked=asked,
        numbers={
            job.job_id: job.number for job in await jobs.list_jobs_by_id(conn, area_id, sorted(spoken_of))
        },
        names={person.technician_id: person.display_name for person in people},
    )
