"""When people work: which days come of patterns, holidays, exceptions and loans, and what a day with visits does."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import journal, plans, technicians
from db.records import (
    Holiday,
    Hours,
    Loan,
    PatternShift,
    ShiftException,
    ShiftPattern,
    TechnicianDay,
    TechnicianPattern,
)
from db.states import VisitEnd, VisitState
from dispatch.actors import worker
from dispatch.errors import HoursImpossible, LoanOverlaps, NotChangeable, Stale
from dispatch.flows import areas, shifts
from dispatch.horizon import Horizon
from dispatch.rules.setting_up import (
    LoanIn,
    NamedIn,
    PatternChoiceIn,
    ShiftExceptionIn,
    ShiftPatternIn,
)
from dispatch.rules.shifts import (
    DAYS_AHEAD,
    check_hours,
    check_pattern,
    day_from,
    hours_on,
    shifts_of,
    wanted_day,
)
from tests.builders import Town, dispatcher, hand_out, settled_in
from tests.worlds import DAYS, NOW, TODAY, quiet_street, small_town

AREA = small_town.area
PERSON, OTHER = small_town.technicians[:2]
TOMORROW = TODAY + timedelta(days=1)
MONDAY = TODAY - timedelta(days=1)
LATER = TODAY + timedelta(days=7)
NINE_TO_SIX = Hours(
    start="09:00", end="18:00", break_earliest="12:00", break_latest="14:00", break_minutes=30
)
SHORT = msgspec.structs.replace(NINE_TO_SIX, end="15:00")


def pattern(
    *shifts: tuple[int, int], weeks: int = 1, hours: Hours = NINE_TO_SIX, **said: Any
) -> ShiftPattern:
    return ShiftPattern(
        area_id=AREA.area_id,
        shift_pattern_id=new_id(),
        name="Pattern",
        weeks=weeks,
        first_on=MONDAY,
        shifts=[PatternShift(week=week, weekday=weekday, hours=hours) for week, weekday in shifts],
        **said,
    )


def chosen(made: ShiftPattern | None, from_on: date = MONDAY) -> TechnicianPattern:
    return TechnicianPattern(
        area_id=AREA.area_id,
        technician_id=PERSON.technician_id,
        from_on=from_on,
        shift_pattern_id=None if made is None else made.shift_pattern_id,
    )


def said(*rows: object) -> Any:
    def of(kind: type[Any]) -> list[Any]:
        return [row for row in rows if isinstance(row, kind)]

    kinds = (ShiftPattern, TechnicianPattern, ShiftException, Holiday, Loan)
    return shifts_of(PERSON.technician_id, *(of(kind) for kind in kinds))


def off(on: date, hours: Hours | None = None) -> ShiftException:
    return ShiftException(area_id=AREA.area_id, technician_id=PERSON.technician_id, on_day=on, hours=hours)


def test_weeks_take_turns() -> None:
    made = pattern((1, 2), (2, 4), weeks=2)
    works = said(made, chosen(made, MONDAY - timedelta(days=30)))
    days = [MONDAY + timedelta(days=after) for after in range(28)]
    assert [day for day in days if hours_on(works, day)] == [
        MONDAY + timedelta(days=after) for after in (1, 10, 15, 24)
    ]
    assert hours_on(works, MONDAY - timedelta(days=13)) == NINE_TO_SIX, "also before the first week"


def test_an_exception_counts_more_than_a_holiday_and_a_holiday_more_than_the_pattern() -> None:
    made = pattern((1, 2))
    holiday = Holiday(area_id=AREA.area_id, on_day=TODAY, name="Founders")
    assert hours_on(said(made, chosen(made)), TODAY) == NINE_TO_SIX
    assert hours_on(said(made, chosen(made), holiday), TODAY) is None
    assert hours_on(said(made, chosen(made), holiday, off(TODAY, SHORT)), TODAY) == SHORT
    always = msgspec.structs.replace(made, on_holidays=True)
    assert hours_on(said(always, chosen(always), holiday), TODAY) == NINE_TO_SIX
    assert hours_on(said(always, chosen(always), holiday, off(TODAY)), TODAY) is None


def test_another_pattern_holds_from_its_day_on() -> None:
    early, late = pattern((1, 2)), pattern((1, 2), hours=SHORT)
    works = said(early, late, chosen(early), chosen(late, LATER), chosen(None, LATER + timedelta(days=7)))
    assert [hours_on(works, TODAY + timedelta(days=days)) for days in (0, 7, 14)] == [
        NINE_TO_SIX,
        SHORT,
        None,
    ]


def test_of_whom_nothing_is_said_nothing_is_changed() -> None:
    present = small_town.made.days[0]
    assert wanted_day(AREA, PERSON, TODAY, said(), present) == present
    assert wanted_day(AREA, PERSON, LATER, said(), None) is None
    gone = msgspec.structs.replace(PERSON, active=False)
    assert wanted_day(AREA, gone, TODAY, said(), present) is None


def test_a_night_shift_ends_on_the_next_day_and_its_break_lies_after_midnight() -> None:
    night = Hours(start="22:00", end="06:00", break_earliest="01:00", break_latest="03:00", break_minutes=30)
    check_hours(night, "")
    day = day_from(AREA, PERSON, TODAY, night, None)
    assert day.shift_end_at - day.shift_start_at == timedelta(hours=8)
    assert day.break_earliest_at is not None
    assert day.break_earliest_at - day.shift_start_at == timedelta(hours=3)


def test_who_comes_later_does_so_also_when_the_hours_are_worked_out_anew() -> None:
    hours = Hours(start="09:00", end="17:00")
    due = day_from(AREA, PERSON, TODAY, hours, None)
    later = msgspec.structs.replace(
        due, shift_start_at=due.shift_start_at + timedelta(hours=4), shift_due_at=due.shift_start_at
    )
    assert day_from(AREA, PERSON, TODAY, hours, later) == later
    afternoon = day_from(AREA, PERSON, TODAY, Hours(start="14:00", end="20:00"), later)
    assert afternoon.shift_start_at == due.shift_start_at + timedelta(hours=5)
    assert afternoon.shift_due_at is None, "the shift begins later than that"


def test_where_clocks_change_a_shift_begins_and_ends_by_the_clock_on_the_wall() -> None:
    area = msgspec.structs.replace(AREA, time_zone="Europe/Budapest")
    night = Hours(start="22:00", end="06:00")
    spring = day_from(area, PERSON, date(2026, 3, 28), night, None)
    zone = ZoneInfo("Europe/Budapest")
    assert spring.shift_end_at == datetime(2026, 3, 29, 6, tzinfo=zone)
    assert spring.shift_end_at.astimezone(ZoneInfo("UTC")) - spring.shift_start_at.astimezone(
        ZoneInfo("UTC")
    ) == timedelta(hours=7)


@pytest.mark.parametrize(
    "hours",
    [
        {"break_earliest": "12:00", "break_latest": None, "break_minutes": 30},
        {"break_minutes": 0},
        {"break_earliest": "14:30", "break_latest": "12:00"},
        {"break_latest": "17:45"},
        {"break_earliest": "08:00"},
    ],
)
def test_a_break_lies_within_its_shift(hours: dict[str, Any]) -> None:
    with pytest.raises(HoursImpossible):
        check_hours(msgspec.structs.replace(NINE_TO_SIX, **hours), "/hours")


@pytest.mark.parametrize("shifts", [[(1, 2), (1, 2)], [(2, 1)]])
def test_a_day_has_one_shift_in_a_week_that_there_is(shifts: list[tuple[int, int]]) -> None:
    with pytest.raises(HoursImpossible):
        check_pattern(pattern(*shifts))


# --- with a database ----------------------------------------------------------------------------------------

EVERY_DAY: dict[str, Any] = {
    "name": "Every day",
    "weeks": 1,
    "firstOn": TODAY,
    "shifts": [
        {
            "week": 1,
            "weekday": weekday,
            "hours": {
                "start": "09:00",
                "end": "18:00",
                "breakEarliest": "12:00",
                "breakLatest": "14:00",
                "breakMinutes": 30,
            },
        }
        for weekday in range(1, 8)
    ],
}


class Desk:
    """Somebody who says when people work."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.pattern_id = new_id()
        self.version = 0

    async def do(self, flow: Any, version: int = 0, now: datetime = NOW, **more: Any) -> Any:
        return await self.town.database.transact(
            [small_town.area_id, quiet_street.area_id],
            lambda conn: flow(
                conn, area_id=AREA.area_id, version=version, actor=dispatcher(), now=now, **more
            ),
        )

    async def pattern(self, **changes: Any) -> list[Any]:
        """The visits in the way."""
        made = msgspec.convert({**EVERY_DAY, **changes}, ShiftPatternIn)
        saved = await self.do(shifts.save_pattern, self.version, shift_pattern_id=self.pattern_id, made=made)
        self.version = saved.row.version
        return saved.waiting

    async def choose(self, from_on: date = TODAY, version: int = 0) -> list[Any]:
        saved = await self.do(
            shifts.choose_pattern,
            version,
            technician_id=PERSON.technician_id,
            from_on=from_on,
            made=PatternChoiceIn(shift_pattern_id=self.pattern_id),
        )
        return saved.waiting

    async def off(self, on: date, version: int = 0) -> list[Any]:
        saved = await self.do(
            shifts.except_day,
            version,
            technician_id=PERSON.technician_id,
            on_day=on,
            made=ShiftExceptionIn(hours=None),
        )
        return saved.waiting

    async def lend(self, loan_id: UUID, first_on: date, last_on: date, version: int = 0, **more: Any) -> Any:
        made = LoanIn(
            technician_id=PERSON.technician_id,
            area_id_worked=quiet_street.area_id,
            first_on=first_on,
            last_on=last_on,
            **more,
        )
        return await self.do(shifts.save_loan, version, loan_id=loan_id, made=made)

    async def settle(self) -> list[Any]:
        """As the worker does."""
        return await self.town.database.transact(
            [small_town.area_id, quiet_street.area_id],
            lambda conn: shifts.settle(conn, area_id=AREA.area_id, actor=worker(AREA.area_id), now=NOW),
        )

    async def days(self, technician_id: UUID = PERSON.technician_id) -> dict[date, TechnicianDay]:
        coming = [(AREA.area_id, technician_id, TODAY + timedelta(days=n)) for n in range(40)]
        found = await self.town.do(lambda conn: technicians.list_technician_days_of(conn, coming))
        return {row.on_day: row for row in found}


@pytest.fixture
async def desk(database: Database) -> Desk:
    await settled_in(database, quiet_street)
    return Desk(Town(database, await settled_in(database, small_town)))


async def test_a_pattern_makes_the_coming_days_of_who_works_by_it(desk: Desk) -> None:
    assert len(await desk.days()) == DAYS
    await desk.pattern()
    assert len(await desk.days()) == DAYS, "nobody works by it yet"
    await desk.choose()
    days = await desk.days()
    assert list(days) == [TODAY + timedelta(days=after) for after in range(DAYS_AHEAD)]
    assert {row.shift_end_at - row.shift_start_at for row in days.values()} == {timedelta(hours=9)}
    assert len(await desk.days(OTHER.technician_id)) == DAYS, "and of nobody else"


async def test_a_day_of_other_hours_has_another_version_and_an_equal_one_the_same(desk: Desk) -> None:
    await desk.pattern()
    await desk.choose(LATER)
    before = await desk.days()
    await desk.pattern(name="Another name")
    assert await desk.days() == before
    longer = [{**shift, "hours": {**shift["hours"], "end": "19:00"}} for shift in EVERY_DAY["shifts"]]
    await desk.pattern(shifts=longer)
    after = await desk.days()
    assert {day: after[day].version - before[day].version for day in after if day >= LATER} == dict.fromkeys(
        [day for day in after if day >= LATER], 1
    )


async def test_a_day_made_anew_is_not_taken_for_the_one_that_was_there(desk: Desk) -> None:
    """Of the same version, memory would keep the old hours."""
    await desk.pattern()
    await desk.choose()
    memory = Horizon()

    async def seen() -> Any:
        async with desk.town.database.begin([AREA.area_id], snapshot=True) as conn:
            await memory.refresh(conn, await areas.get_area(conn, area_id=AREA.area_id), NOW)
        key = (AREA.area_id, PERSON.technician_id, TOMORROW)
        return memory.rows[key].facts.day.shift_end_at if key in memory.rows else None

    before = await seen()
    await desk.off(TOMORROW)
    await desk.do(
        shifts.except_day,
        1,
        technician_id=PERSON.technician_id,
        on_day=TOMORROW,
        made=msgspec.convert({"hours": {"start": "09:00", "end": "12:00"}}, ShiftExceptionIn),
    )
    assert before is not None
    assert await seen() == before - timedelta(hours=6)


async def test_a_day_with_a_visit_is_not_shrunk_and_the_visit_is_named(desk: Desk) -> None:
    await desk.pattern()
    await desk.choose()
    job = await desk.town.job()
    visit = await desk.town.out(job, at=NOW + timedelta(days=1, hours=8))
    before = (await desk.days())[TOMORROW]
    waiting = await desk.off(TOMORROW)
    assert [(row.visit_id, row.job_number, row.on_day) for row in waiting] == [
        (visit.visit_id, job.number, TOMORROW)
    ]
    assert (await desk.days())[TOMORROW] == before
    assert [row.visit_id for row in await desk.settle()] == [visit.visit_id]
    # given away, it is in nobody's way any more
    await desk.town.reassign(visit, 2)
    assert await desk.settle() == []
    assert TOMORROW not in await desk.days()


async def test_a_shift_that_still_holds_its_visits_is_shortened(desk: Desk) -> None:
    await desk.pattern()
    await desk.choose()
    await desk.town.out(await desk.town.job(), at=NOW + timedelta(days=1, hours=2))
    shorter = [{**shift, "hours": {**shift["hours"], "end": "15:00"}} for shift in EVERY_DAY["shifts"]]
    assert await desk.pattern(shifts=shorter) == []
    day = (await desk.days())[TOMORROW]
    assert day.shift_end_at - day.shift_start_at == timedelta(hours=6)


async def test_a_visit_that_ended_or_stands_outside_already_is_in_nobodys_way(desk: Desk) -> None:
    await desk.pattern()
    await desk.choose()
    await desk.town.out(
        await desk.town.job(),
        at=NOW + timedelta(days=1, hours=3),
        state=VisitState.CANCELLED,
        end_reason=VisitEnd.WITHDRAWN,
    )
    assert await desk.off(TOMORROW) == []
    assert TOMORROW not in await desk.days()
    await desk.town.out(await desk.town.job(), at=NOW + timedelta(hours=10, minutes=30))
    shorter = [{**shift, "hours": {**shift["hours"], "end": "17:00"}} for shift in EVERY_DAY["shifts"]]
    assert await desk.pattern(shifts=shorter) == []


async def test_a_draft_is_in_the_way_where_it_is_promised_or_held_and_goes_where_it_is_a_thought(
    desk: Desk,
) -> None:
    await desk.pattern()
    await desk.choose()
    at = NOW + timedelta(days=1, hours=3)
    window = {"earliest": at - timedelta(hours=1), "latest": at + timedelta(hours=1)}
    jobs = {
        "thought": await desk.town.job(),
        "held": await desk.town.job(),
        "promised": await desk.town.job(promisedWindow=window),
    }
    drafts = {
        name: await desk.town.out(
            job,
            at=at + timedelta(hours=number),
            state=VisitState.DRAFT,
            pinned=name == "held",
            assigned_at=None,
            shown_at=None,
        )
        for number, (name, job) in enumerate(jobs.items())
    }
    waiting = await desk.off(TOMORROW)
    assert {row.visit_id for row in waiting} == {drafts["held"].visit_id, drafts["promised"].visit_id}

    async def present() -> set[str]:
        found = await desk.town.do(
            lambda conn: plans.list_visits_of_jobs(conn, AREA.area_id, [job.job_id for job in jobs.values()])
        )
        return {name for name, draft in drafts.items() if draft.visit_id in {row.visit_id for row in found}}

    assert await present() == {"thought", "held", "promised"}, "while the day stays, all of it stays"
    async with desk.town.database.begin([AREA.area_id]) as conn:
        held = [drafts["held"].visit_id, drafts["promised"].visit_id]
        await plans.delete_drafts(conn, AREA.area_id, held, [])
    assert await desk.settle() == []
    assert TOMORROW not in await desk.days()
    assert await present() == set()


async def test_a_holiday_is_everybodys_and_can_be_dropped_again(desk: Desk) -> None:
    await desk.pattern()
    await desk.choose()
    saved = await desk.do(shifts.save_holiday, on_day=TOMORROW, made=NamedIn(name="Founders' Day"))
    assert TOMORROW not in await desk.days()
    assert TOMORROW in await desk.days(OTHER.technician_id), "of whom nothing is said"
    await desk.do(shifts.drop_holiday, saved.row.version, on_day=TOMORROW)
    assert TOMORROW in await desk.days()
    with pytest.raises(Stale):
        await desk.do(shifts.drop_holiday, saved.row.version, on_day=TOMORROW)


async def test_a_loan_moves_the_days_and_ends_by_bringing_them_home(desk: Desk) -> None:
    loan = new_id()
    saved = await desk.lend(loan, TOMORROW, LATER)
    assert saved.waiting == []

    async def where() -> list[UUID]:
        return [row.area_id_worked for row in (await desk.days()).values()]

    home, there = AREA.area_id, quiet_street.area_id
    assert await where() == [home, there, there]
    with pytest.raises(LoanOverlaps):
        await desk.lend(new_id(), LATER, LATER + timedelta(days=3))
    await desk.lend(loan, TOMORROW, TOMORROW, version=1)
    assert await where() == [home, there, home]
    await desk.lend(loan, TOMORROW, TOMORROW, version=2, cancelled=True)
    assert await where() == [home, home, home]


async def test_a_day_with_a_visit_of_one_area_does_not_go_to_another(desk: Desk) -> None:
    visit = await desk.town.out(await desk.town.job(), at=NOW + timedelta(days=1, hours=3))
    loan = new_id()
    saved = await desk.lend(loan, TOMORROW, TOMORROW)
    assert [row.visit_id for row in saved.waiting] == [visit.visit_id]
    assert (await desk.days())[TOMORROW].area_id_worked == AREA.area_id
    # and one of the other area keeps it there
    await desk.town.reassign(visit, 2)
    await desk.settle()
    street = Town(desk.town.database, quiet_street)
    job = await street.job()
    theirs = await desk.town.database.transact(
        [AREA.area_id, quiet_street.area_id],
        lambda conn: _sent(conn, job, TOMORROW),
    )
    saved = await desk.lend(loan, TOMORROW, TOMORROW, version=1, cancelled=True)
    assert [row.visit_id for row in saved.waiting] == [theirs]
    assert (await desk.days())[TOMORROW].area_id_worked == quiet_street.area_id


async def _sent(conn: Any, job: Any, on: date) -> UUID:
    visit = await hand_out(conn, job, PERSON, NOW + timedelta(days=1, hours=3))
    assert visit.on_day == on
    return visit.visit_id


async def test_what_is_over_cannot_be_changed_and_an_old_version_writes_nothing(desk: Desk) -> None:
    with pytest.raises(NotChangeable):
        await desk.off(TODAY - timedelta(days=1))
    await desk.off(LATER)
    with pytest.raises(Stale):
        await desk.off(LATER)


async def test_each_change_is_an_entry_with_what_was_before(desk: Desk) -> None:
    await desk.pattern()
    await desk.pattern(name="Early")
    await desk.choose()
    entries = await desk.town.do(lambda conn: journal.list_journal(conn, AREA.area_id, 0, 100))
    (changed,) = [entry for entry in entries if entry.action == "shift_pattern.changed"]
    assert (changed.facts["before"]["name"], changed.facts["after"]["name"]) == ("Every day", "Early")
    assert changed.actor_id == dispatcher().actor_id
    (settled,) = [entry for entry in entries if entry.action == "shifts.settled"]
    assert settled.subject_id == PERSON.technician_id
    assert settled.facts["added"] == DAYS_AHEAD - DAYS
    assert "changed" not in settled.facts, "three days were as they should be"
