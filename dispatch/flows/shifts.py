"""Setting up when people work. Each change makes the coming days at once; what cannot be changed because somebody is sent there
is named in the answer and tried again by the worker.

The transaction has to see all areas: a technician may be lent to any of them.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.queries import areas, shifts, technicians
from db.records import (
    Absence,
    Area,
    Holiday,
    Hours,
    Loan,
    PatternShift,
    ShiftException,
    ShiftPattern,
    TechnicianDay,
    TechnicianPattern,
)
from db.rows import Conn
from dispatch import shifting
from dispatch.actors import Actor
from dispatch.errors import HoursImpossible, LoanOverlaps, NotChangeable, Stale
from dispatch.planning import local_day
from dispatch.rules.journal import entry
from dispatch.rules.setting_up import (
    HoursIn,
    LoanIn,
    NamedIn,
    PatternChoiceIn,
    ShiftExceptionIn,
    ShiftPatternIn,
)
from dispatch.rules.shifts import DAYS_AHEAD, check_hours, check_pattern
from dispatch.setting_up import known, known_technician, told, version_after, written
from dispatch.shifting import Saved, Waiting, list_waiting


class WorkingTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Of one technician: what is said, and the days that came of it."""

    today: date
    chosen: list[TechnicianPattern]
    exceptions: list[ShiftException]
    loans: list[Loan]
    absences: list[Absence]
    days: list[TechnicianDay]


async def list_patterns(conn: Conn, *, area_id: UUID) -> list[ShiftPattern]:
    return await shifts.list_patterns(conn, area_id)


async def list_chosen(conn: Conn, *, area_id: UUID) -> list[TechnicianPattern]:
    """Of all technicians, also what held before."""
    return await shifts.list_technician_patterns(conn, area_id)


async def list_holidays(conn: Conn, *, area_id: UUID, now: datetime) -> list[Holiday]:
    """Of this year and later."""
    today = local_day(await areas.get_area(conn, area_id), now)
    return await shifts.list_holidays(conn, area_id, date(today.year, 1, 1))


async def list_loans(conn: Conn, *, area_id: UUID) -> list[Loan]:
    return await shifts.list_loans_of(conn, area_id)


async def list_in_the_way(conn: Conn, *, area_id: UUID, now: datetime) -> list[Waiting]:
    """The visits for whose sake days are not as they should be."""
    return await list_waiting(conn, await areas.get_area(conn, area_id), now)


async def get_working_times(conn: Conn, *, area_id: UUID, technician_id: UUID, now: datetime) -> WorkingTimes:
    """Raises `UnknownTechnician`."""
    await known_technician(conn, area_id, technician_id)
    today = local_day(await areas.get_area(conn, area_id), now)
    last_on = today + timedelta(days=DAYS_AHEAD - 1)
    return WorkingTimes(
        today=today,
        chosen=[
            row
            for row in await shifts.list_technician_patterns(conn, area_id)
            if row.technician_id == technician_id
        ],
        exceptions=[
            row
            for row in await shifts.list_exceptions(conn, area_id, today, date.max)
            if row.technician_id == technician_id
        ],
        loans=[
            row for row in await shifts.list_loans_of(conn, area_id) if row.technician_id == technician_id
        ],
        absences=[
            row
            for row in await shifts.list_absences(conn, area_id, today)
            if row.technician_id == technician_id
        ],
        days=await shifts.list_days_of_technicians(conn, area_id, [technician_id], today, last_on),
    )


async def settle(conn: Conn, *, area_id: UUID, actor: Actor, now: datetime) -> list[Waiting]:
    """What becomes a coming day as time goes by, and what is not in the way any more."""
    async with conn.transaction():
        return await shifting.settle(conn, await areas.get_area(conn, area_id), [], actor, now)


def _hours(made: HoursIn) -> Hours:
    return msgspec.convert(made, Hours, from_attributes=True)


async def save_pattern(
    conn: Conn,
    *,
    area_id: UUID,
    shift_pattern_id: UUID,
    made: ShiftPatternIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> Saved[ShiftPattern]:
    """For all who work by it. Raises `Stale`, `HoursImpossible`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        present = {row.shift_pattern_id: row for row in await shifts.list_patterns(conn, area_id)}
        before = present.get(shift_pattern_id)
        after = ShiftPattern(
            area_id=area_id,
            shift_pattern_id=shift_pattern_id,
            name=made.name,
            weeks=made.weeks,
            first_on=made.first_on - timedelta(days=made.first_on.weekday()),
            shifts=[
                PatternShift(week=shift.week, weekday=shift.weekday, hours=_hours(shift.hours))
                for shift in made.shifts
            ],
            on_holidays=made.on_holidays,
            version=version_after(0 if before is None else before.version, version),
        )
        check_pattern(after)
        written(await shifts.save_patterns(conn, [after]), [after])
        chosen = await shifts.list_technician_patterns(conn, area_id)
        who = sorted({row.technician_id for row in chosen if row.shift_pattern_id == shift_pattern_id})
        entries = [told(actor, now, "shift_pattern", area_id, before, after, shift_pattern_id)]
        return Saved(after, await shifting.settle(conn, area, entries, actor, now, who))


async def choose_pattern(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    from_on: date,
    made: PatternChoiceIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> Saved[TechnicianPattern]:
    """From a day on. Raises `Stale`, `UnknownTechnician`, `UnknownReference`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        await known_technician(conn, area_id, technician_id)
        if made.shift_pattern_id is not None:
            patterns = [row.shift_pattern_id for row in await shifts.list_patterns(conn, area_id)]
            known(made.shift_pattern_id, patterns, "/shiftPatternId")
        before = next(
            (
                row
                for row in await shifts.list_technician_patterns(conn, area_id)
                if (row.technician_id, row.from_on) == (technician_id, from_on)
            ),
            None,
        )
        after = TechnicianPattern(
            area_id=area_id,
            technician_id=technician_id,
            from_on=from_on,
            shift_pattern_id=made.shift_pattern_id,
            version=version_after(0 if before is None else before.version, version),
        )
        written(await shifts.save_technician_patterns(conn, [after]), [after])
        entries = [told(actor, now, "technician_pattern", area_id, before, after, technician_id)]
        return Saved(after, await shifting.settle(conn, area, entries, actor, now, [technician_id]))


async def except_day(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    made: ShiftExceptionIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> Saved[ShiftException]:
    """Other hours on a day of today or later, or the day off. Raises `Stale`, `UnknownTechnician`, `HoursImpossible`,
    `NotChangeable` (a day that is over)."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        await known_technician(conn, area_id, technician_id)
        _ahead(area, on_day, now)
        before = await _exception(conn, area_id, technician_id, on_day)
        after = ShiftException(
            area_id=area_id,
            technician_id=technician_id,
            on_day=on_day,
            hours=None if made.hours is None else _hours(made.hours),
            version=version_after(0 if before is None else before.version, version),
        )
        if after.hours is not None:
            check_hours(after.hours, "/hours")
        written(await shifts.save_exceptions(conn, [after]), [after])
        entries = [told(actor, now, "shift_exception", area_id, before, after, technician_id)]
        return Saved(after, await shifting.settle(conn, area, entries, actor, now, [technician_id]))


async def _exception(conn: Conn, area_id: UUID, technician_id: UUID, on_day: date) -> ShiftException | None:
    found = await shifts.list_exceptions(conn, area_id, on_day, on_day)
    return next((row for row in found if row.technician_id == technician_id), None)


def _ahead(area: Area, on_day: date, now: datetime) -> None:
    if on_day < local_day(area, now):
        raise NotChangeable(pointer="#path/on")


async def drop_exception(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    version: int,
    actor: Actor,
    now: datetime,
) -> list[Waiting]:
    """The pattern holds again. Raises `Stale`, `NotChangeable`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        _ahead(area, on_day, now)
        if not await shifts.remove_exception(conn, area_id, technician_id, on_day, version):
            raise Stale()
        facts = {"onDay": on_day}
        said = entry(
            actor, now, "shift_exception.dropped", area_id=area_id, subject_id=technician_id, facts=facts
        )
        return await shifting.settle(conn, area, [said], actor, now, [technician_id])


async def save_holiday(
    conn: Conn, *, area_id: UUID, on_day: date, made: NamedIn, version: int, actor: Actor, now: datetime
) -> Saved[Holiday]:
    """Nobody works but who has an exception or a pattern for holidays, too. Raises `Stale`, `NotChangeable`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        _ahead(area, on_day, now)
        present = {row.on_day: row for row in await shifts.list_holidays(conn, area_id, on_day)}
        before = present.get(on_day)
        after = Holiday(
            area_id=area_id,
            on_day=on_day,
            name=made.name,
            version=version_after(0 if before is None else before.version, version),
        )
        written(await shifts.save_holidays(conn, [after]), [after])
        entries = [told(actor, now, "holiday", area_id, before, after)]
        return Saved(after, await shifting.settle(conn, area, entries, actor, now))


async def drop_holiday(
    conn: Conn, *, area_id: UUID, on_day: date, version: int, actor: Actor, now: datetime
) -> list[Waiting]:
    """Raises `Stale`, `NotChangeable`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        _ahead(area, on_day, now)
        if not await shifts.remove_holiday(conn, area_id, on_day, version):
            raise Stale()
        said = entry(actor, now, "holiday.dropped", area_id=area_id, facts={"onDay": on_day})
        return await shifting.settle(conn, area, [said], actor, now)


async def save_loan(
    conn: Conn, *, area_id: UUID, loan_id: UUID, made: LoanIn, version: int, actor: Actor, now: datetime
) -> Saved[Loan]:
    """From the technician's home to another area, for some days. Ended by other days, or by being cancelled.

    Raises `Stale`, `UnknownTechnician`, `UnknownReference` (the area), `HoursImpossible` (the days), `LoanOverlaps`,
    `NotChangeable` (another technician or area).
    """
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        await known_technician(conn, area_id, made.technician_id)
        # two who lend the same technician at once
        await technicians.lock_technicians(conn, [area_id], [made.technician_id])
        others = [row.area_id for row in await areas.list_areas(conn) if row.area_id != area_id]
        known(made.area_id_worked, others, "/areaIdWorked")
        if made.last_on < made.first_on:
            raise HoursImpossible(pointer="/lastOn")
        loans = await shifts.list_loans_of(conn, area_id)
        before = next((row for row in loans if row.loan_id == loan_id), None)
        after = Loan(
            area_id=area_id,
            loan_id=loan_id,
            version=version_after(0 if before is None else before.version, version),
            **{name: getattr(made, name) for name in made.__struct_fields__},
        )
        if before is not None and _whom(before) != _whom(after):
            raise NotChangeable(pointer="/technicianId")
        if any(_overlaps(after, row) for row in loans):
            raise LoanOverlaps(pointer="/firstOn")
        written(await shifts.save_loans(conn, [after]), [after])
        entries = [told(actor, now, "loan", area_id, before, after, loan_id)]
        return Saved(after, await shifting.settle(conn, area, entries, actor, now, [made.technician_id]))


def _whom(loan: Loan) -> tuple[UUID, UUID]:
    return loan.technician_id, loan.area_id_worked


def _overlaps(one: Loan, other: Loan) -> bool:
    apart = other.last_on < one.first_on or one.last_on < other.first_on
    same = one.loan_id == other.loan_id or one.technician_id != other.technician_id
    return not (apart or same or one.cancelled or other.cancelled)
