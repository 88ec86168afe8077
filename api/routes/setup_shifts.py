"""Setting an area up: when people work. Answers name the visits for whose sake a day stays as it is."""

from datetime import date
from uuid import UUID

from litestar import Response, delete, get, put
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, IfMatch, shown
from api.saving import OFFICE, answered, saved_across
from api.wire.setup import (
    HolidayOut,
    Holidays,
    HolidaySaved,
    LoanOut,
    Loans,
    LoanSaved,
    OtherAreaOut,
    PatternChosen,
    PlannedAbsenceOut,
    ShiftExceptionOut,
    ShiftExceptionSaved,
    ShiftPatternOut,
    ShiftPatterns,
    ShiftPatternSaved,
    TechnicianPatternOut,
    WaitingList,
    WaitingOut,
    WorkingDayOut,
    WorkingTimesOut,
)
from db.rows import Conn
from dispatch.flows import areas, shifts
from dispatch.rules.setting_up import (
    LoanIn,
    NamedIn,
    PatternChoiceIn,
    ShiftExceptionIn,
    ShiftPatternIn,
)
from dispatch.shifting import Waiting


def _waiting(rows: list[Waiting]) -> list[WaitingOut]:
    return [shown(row, WaitingOut) for row in rows]


@get("/v1/setup/shift-patterns", opt=allow(*OFFICE), tags=["set-up"], summary="List shift patterns")
async def list_patterns(caller: CallerDep, area_id: AreaId = None) -> ShiftPatterns:
    """With who works by which from when."""
    area = caller.area(area_id)

    async def work(conn: Conn) -> ShiftPatterns:
        patterns = await shifts.list_patterns(conn, area_id=area)
        chosen = await shifts.list_chosen(conn, area_id=area)
        return ShiftPatterns(
            items=[shown(row, ShiftPatternOut) for row in patterns],
            chosen=[shown(row, TechnicianPatternOut) for row in chosen],
        )

    return await caller.read(work)


@put(
    "/v1/setup/shift-patterns/{shift_pattern_id:uuid}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Set up a pattern of weeks",
)
async def save_pattern(
    shift_pattern_id: FromPath[UUID],
    data: JSONBody[ShiftPatternIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[ShiftPatternSaved]:
    """The coming three weeks of all who work by it are made at once. A day with visits that would fall out of the new shift
    stays as it is; these are named."""
    kept = await saved_across(
        caller, area_id, if_match, shifts.save_pattern, shift_pattern_id=shift_pattern_id, made=data
    )
    answer = ShiftPatternSaved(pattern=shown(kept.row, ShiftPatternOut), waiting=_waiting(kept.waiting))
    return answered(answer, kept.row.version)


@get(
    "/v1/setup/technicians/{technician_id:uuid}/working-times",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="A technician's working times",
)
async def get_working_times(
    technician_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None
) -> WorkingTimesOut:
    """What is said of them, and the coming three weeks that came of it."""
    area = caller.area(area_id)
    found = await caller.read(
        lambda conn: shifts.get_working_times(conn, area_id=area, technician_id=technician_id, now=caller.now)
    )
    return WorkingTimesOut(
        today=found.today,
        chosen=[shown(row, TechnicianPatternOut) for row in found.chosen],
        exceptions=[shown(row, ShiftExceptionOut) for row in found.exceptions],
        loans=[shown(row, LoanOut) for row in found.loans],
        absences=[shown(row, PlannedAbsenceOut) for row in found.absences],
        days=[shown(row, WorkingDayOut) for row in found.days],
    )


@put(
    "/v1/setup/technicians/{technician_id:uuid}/patterns/{on:date}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Let a technician work by a pattern",
)
async def choose_pattern(
    technician_id: FromPath[UUID],
    on: FromPath[date],
    data: JSONBody[PatternChoiceIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[PatternChosen]:
    """From that day on, until another is chosen from a later one."""
    kept = await saved_across(
        caller,
        area_id,
        if_match,
        shifts.choose_pattern,
        technician_id=technician_id,
        from_on=on,
        made=data,
    )
    answer = PatternChosen(choice=shown(kept.row, TechnicianPatternOut), waiting=_waiting(kept.waiting))
    return answered(answer, kept.row.version)


@put(
    "/v1/setup/technicians/{technician_id:uuid}/exceptions/{on:date}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Other hours on one day, or a day off",
)
async def except_day(
    technician_id: FromPath[UUID],
    on: FromPath[date],
    data: JSONBody[ShiftExceptionIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[ShiftExceptionSaved]:
    """Counts more than the pattern and more than a holiday."""
    kept = await saved_across(
        caller, area_id, if_match, shifts.except_day, technician_id=technician_id, on_day=on, made=data
    )
    answer = ShiftExceptionSaved(exception=shown(kept.row, ShiftExceptionOut), waiting=_waiting(kept.waiting))
    return answered(answer, kept.row.version)


@delete(
    "/v1/setup/technicians/{technician_id:uuid}/exceptions/{on:date}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Drop an exception",
    status_code=200,
)
async def drop_exception(
    technician_id: FromPath[UUID],
    on: FromPath[date],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> WaitingList:
    """The pattern holds again."""
    rows = await saved_across(
        caller, area_id, if_match, shifts.drop_exception, technician_id=technician_id, on_day=on
    )
    return WaitingList(items=_waiting(rows))


@get("/v1/setup/holidays", opt=allow(*OFFICE), tags=["set-up"], summary="List holidays")
async def list_holidays(caller: CallerDep, area_id: AreaId = None) -> Holidays:
    """Of this year and later."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: shifts.list_holidays(conn, area_id=area, now=caller.now))
    return Holidays(items=[shown(row, HolidayOut) for row in rows])


@put("/v1/setup/holidays/{on:date}", opt=allow(*OFFICE), tags=["set-up"], summary="Set up a holiday")
async def save_holiday(
    on: FromPath[date],
    data: JSONBody[NamedIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[HolidaySaved]:
    """Nobody works but who has an exception, or a pattern that runs on holidays, too."""
    kept = await saved_across(caller, area_id, if_match, shifts.save_holiday, on_day=on, made=data)
    answer = HolidaySaved(holiday=shown(kept.row, HolidayOut), waiting=_waiting(kept.waiting))
    return answered(answer, kept.row.version)


@delete(
    "/v1/setup/holidays/{on:date}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Drop a holiday",
    status_code=200,
)
async def drop_holiday(
    on: FromPath[date], caller: CallerDep, area_id: AreaId = None, if_match: IfMatch = None
) -> WaitingList:
    """An ordinary day again."""
    rows = await saved_across(caller, area_id, if_match, shifts.drop_holiday, on_day=on)
    return WaitingList(items=_waiting(rows))


@get("/v1/setup/loans", opt=allow(*OFFICE), tags=["set-up"], summary="List loans to other areas")
async def list_loans(caller: CallerDep, area_id: AreaId = None) -> Loans:
    """Newest first, with the areas to which somebody may be lent."""
    area = caller.area(area_id)

    async def work(conn: Conn) -> Loans:
        rows = await shifts.list_loans(conn, area_id=area)
        others = [row for row in await areas.list_areas(conn) if row.area_id != area]
        return Loans(
            items=[shown(row, LoanOut) for row in rows], areas=[shown(row, OtherAreaOut) for row in others]
        )

    return await caller.read(work)


@put(
    "/v1/setup/loans/{loan_id:uuid}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Lend a technician to another area",
)
async def save_loan(
    loan_id: FromPath[UUID],
    data: JSONBody[LoanIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[LoanSaved]:
    """For some days. A day to which visits of the area that gives are sent goes when these are given away, and a day with
    visits of the one that takes comes home then."""
    kept = await saved_across(caller, area_id, if_match, shifts.save_loan, loan_id=loan_id, made=data)
    answer = LoanSaved(loan=shown(kept.row, LoanOut), waiting=_waiting(kept.waiting))
    return answered(answer, kept.row.version)


@get(
    "/v1/setup/waiting-visits",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Visits for whose sake days stay as they are",
)
async def list_waiting_visits(caller: CallerDep, area_id: AreaId = None) -> WaitingList:
    """Once they are given away, the worker makes the days as they should be."""
    area = caller.area(area_id)
    rows = await caller.across(lambda conn: shifts.list_in_the_way(conn, area_id=area, now=caller.now))
    return WaitingList(items=_waiting(rows))
