"""Not there from a day to a day: what becomes of the days, what is planned in them, and the way back."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import journal
from db.records import Absence, TechnicianDay
from db.states import AbsenceReason
from dispatch.errors import AbsenceOverlaps, HoursImpossible, NotChangeable, Stale
from dispatch.flows import absences
from dispatch.horizon import Horizon
from dispatch.rules.setting_up import ClockSpan, PlannedAbsenceIn
from dispatch.rules.shifts import day_from, without
from tests.builders import Town, settled_in
from tests.dispatch.test_shifts import AREA, LATER, NINE_TO_SIX, PERSON, TOMORROW, Desk
from tests.worlds import NOW, TODAY, quiet_street, small_town

DAY = day_from(AREA, PERSON, TOMORROW, NINE_TO_SIX, None)


@pytest.fixture
async def desk(database: Database) -> Desk:
    await settled_in(database, quiet_street)
    desk = Desk(Town(database, await settled_in(database, small_town)))
    await desk.pattern()
    await desk.choose()
    return desk


def away(start: str | None = None, end: str | None = None) -> Absence:
    return Absence(
        area_id=AREA.area_id,
        absence_id=new_id(),
        technician_id=PERSON.technician_id,
        first_on=TOMORROW,
        last_on=TOMORROW,
        reason=AbsenceReason.TRAINING,
        from_clock=start,
        until_clock=end,
    )


def planned(first_on: date, last_on: date, *hours: str, reason: str = "holiday") -> dict[str, Any]:
    span = ClockSpan(start=hours[0], end=hours[1]) if hours else None
    made = PlannedAbsenceIn(first_on=first_on, last_on=last_on, reason=AbsenceReason(reason), hours=span)
    return {"technician_id": PERSON.technician_id, "made": made}


def clocks(day: TechnicianDay) -> list[str]:
    """From when to when by the area's time, the pause, and how many minutes it takes."""
    zone = ZoneInfo(AREA.time_zone)
    found = [day.shift_start_at, day.shift_end_at, day.break_earliest_at, day.break_latest_at]
    rest = 0 if day.break_duration is None else int(day.break_duration.total_seconds() / 60)
    return [*("" if one is None else f"{one.astimezone(zone):%H:%M}" for one in found), f"{rest}"]


@pytest.mark.parametrize(
    ("hours", "worked"),
    [
        (("07:00", "11:00"), ["11:00", "18:00", "12:00", "14:00", "30"]),
        (("07:00", "13:00"), ["13:00", "18:00", "13:00", "14:00", "30"]),
        (("07:00", "15:00"), ["15:00", "18:00", "", "", "0"]),
        (("16:00", "19:00"), ["09:00", "16:00", "12:00", "14:00", "30"]),
        (("12:10", "19:00"), ["09:00", "12:10", "", "", "0"]),
        (("10:00", "11:00"), ["09:00", "18:00", "10:00", "10:00", "90"]),
        (("16:00", "17:45"), ["09:00", "16:00", "12:00", "14:00", "30"]),
        (("18:00", "20:00"), ["09:00", "18:00", "12:00", "14:00", "30"]),
    ],
)
def test_some_hours_shorten_the_shift_or_are_a_pause_in_it(hours: tuple[str, str], worked: list[str]) -> None:
    found = without(AREA, DAY, away(*hours))
    assert clocks(found) == worked
    assert not found.absent


def test_hours_that_leave_nothing_of_the_shift_are_the_whole_day() -> None:
    for one in (away(), away("09:00", "18:00"), away("00:00", "23:59")):
        found = without(AREA, DAY, one)
        assert (found.absent, found.absence_reason, found.absence_id) == (
            True,
            AbsenceReason.TRAINING,
            one.absence_id,
        )
        assert found.shift_end_at == DAY.shift_end_at


def test_the_early_hours_of_a_night_shift_are_of_the_next_day() -> None:
    night = day_from(
        AREA, PERSON, TOMORROW, msgspec.structs.replace(NINE_TO_SIX, start="22:00", end="06:00"), None
    )
    shortened = without(AREA, night, away("04:00", "06:00"))
    assert night.shift_end_at - shortened.shift_end_at == timedelta(hours=2)


async def test_a_holiday_leaves_the_days_marked_and_dropping_it_brings_them_back(desk: Desk) -> None:
    before = await desk.days()
    absence_id = new_id()
    saved = await desk.do(absences.save, absence_id=absence_id, **planned(TOMORROW, LATER))
    assert saved.waiting == []
    days = await desk.days()
    gone = [on for on, day in days.items() if day.absent]
    assert gone == [on for on in before if TOMORROW <= on <= LATER]
    assert {days[on].absence_reason for on in gone} == {AbsenceReason.HOLIDAY}
    horizon = Horizon()
    async with desk.town.database.begin([AREA.area_id], snapshot=True) as conn:
        await horizon.refresh(conn, AREA, NOW)
    assert {on for _, who, on in horizon.rows if who == PERSON.technician_id}.isdisjoint(gone)
    await desk.do(absences.drop, 1, technician_id=PERSON.technician_id, absence_id=absence_id)
    bare = {"version": 0}
    assert {on: msgspec.structs.replace(day, **bare) for on, day in (await desk.days()).items()} == {
        on: msgspec.structs.replace(day, **bare) for on, day in before.items()
    }


async def test_what_is_planned_in_it_is_said_before_and_holds_its_day_until_it_is_given_away(
    desk: Desk,
) -> None:
    visit = await desk.town.out(await desk.town.job(), at=NOW + timedelta(days=1, hours=5))
    absence_id, asked = new_id(), planned(TOMORROW, LATER, reason="illness")
    foreseen = await desk.town.database.transact(
        [AREA.area_id, quiet_street.area_id],
        lambda conn: absences.foresee(conn, area_id=AREA.area_id, absence_id=absence_id, now=NOW, **asked),
    )
    assert [row.visit_id for row in foreseen] == [visit.visit_id]
    assert not any(day.absent for day in (await desk.days()).values()), "nothing was saved"
    saved = await desk.do(absences.save, absence_id=absence_id, **asked)
    assert [row.visit_id for row in saved.waiting] == [visit.visit_id]
    days = await desk.days()
    assert not days[TOMORROW].absent
    assert days[LATER].absent
    await desk.town.reassign(visit, 2)
    assert await desk.settle() == []
    assert (await desk.days())[TOMORROW].absent


async def test_of_a_few_hours_only_the_visits_in_them_are_in_the_way(desk: Desk) -> None:
    # 10:00 and 13:00 by the area's time
    early = await desk.town.out(await desk.town.job(), at=NOW + timedelta(days=1, hours=2))
    late = await desk.town.out(await desk.town.job(), at=NOW + timedelta(days=1, hours=5))

    async def in_the_way(*hours: str) -> list[Any]:
        asked = planned(TOMORROW, TOMORROW, *hours)
        return [
            row.visit_id
            for row in await desk.town.database.transact(
                [AREA.area_id],
                lambda conn: absences.foresee(
                    conn, area_id=AREA.area_id, absence_id=new_id(), now=NOW, **asked
                ),
            )
        ]

    assert await in_the_way("08:00", "09:30") == []
    assert await in_the_way("08:00", "10:30") == [early.visit_id]
    assert await in_the_way("12:55", "13:20") == [late.visit_id], "in the middle"
    assert await in_the_way("09:30", "15:00") == [early.visit_id, late.visit_id]


async def test_what_cannot_be_is_refused(desk: Desk) -> None:
    await desk.do(absences.save, absence_id=new_id(), **planned(TOMORROW, LATER))
    for error, asked in (
        (AbsenceOverlaps, planned(LATER, LATER + timedelta(days=3))),
        (HoursImpossible, planned(LATER + timedelta(days=3), LATER + timedelta(days=2))),
        (HoursImpossible, planned(TODAY, TODAY, "10:00", "10:00")),
        (HoursImpossible, planned(LATER + timedelta(days=1), LATER + timedelta(days=400))),
        (NotChangeable, planned(TODAY - timedelta(days=3), TODAY - timedelta(days=1))),
    ):
        with pytest.raises(error):
            await desk.do(absences.save, absence_id=new_id(), **asked)
    with pytest.raises(Stale):
        await desk.do(absences.save, 3, absence_id=new_id(), **planned(TODAY, TODAY))


async def test_the_journal_has_the_days_and_not_the_reason(desk: Desk) -> None:
    await desk.do(absences.save, absence_id=new_id(), **planned(TOMORROW, LATER, reason="illness"))
    entries = await desk.town.do(lambda conn: journal.list_journal(conn, AREA.area_id, 0, 100))
    (said,) = [entry for entry in entries if entry.action == "absence.set_up"]
    assert said.facts["after"]["lastOn"] == LATER.isoformat()
    assert said.facts["personal"] == ["reason"]
    assert "illness" not in str(said.facts)
