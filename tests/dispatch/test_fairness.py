"""The fairness ledger: what a day asked, how it is balanced, said and handed to the optimizer."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ids import new_id
from db.pool import Database
from db.queries import crews, slots, technicians
from db.queries import fairness as queries
from db.records import FairnessDay, Proposal, VisitCrew
from db.records.fairness import Attendance
from dispatch.fair_shares import debts_of
from dispatch.flows import fairness
from dispatch.rules.fairness import balances, ledger_of
from dispatch.rules.told_fairness import told_of_day
from dispatch.worker import Worker
from tests.builders import Town, settled_in
from tests.dispatch.said import MENDED, out
from tests.worlds import NOW, TODAY, small_town

AREA = small_town.area
ADA, BEN, CY = small_town.technicians
SHIFT = next(day for day in small_town.made.days if day.on_day == TODAY)
END = SHIFT.shift_end_at
EVENING = END + timedelta(days=1)


def attended(
    start: datetime = NOW + timedelta(hours=2),
    minutes: int = 60,
    *,
    travel: int = 10,
    joined: bool = False,
    emergency: bool = False,
    on_day: date = TODAY,
) -> Attendance:
    return Attendance(
        technician_id=SHIFT.technician_id,
        on_day=on_day,
        joined=joined,
        emergency=emergency,
        travel_duration=timedelta(minutes=travel),
        arrived_at=start,
        ended_at=start + timedelta(minutes=minutes),
    )


def row_of(*visits: Attendance) -> FairnessDay:
    (row,) = ledger_of(AREA, [SHIFT], visits, EVENING)
    return row


def test_an_ordinary_day_asks_for_nothing() -> None:
    row = row_of(attended(), attended(NOW + timedelta(hours=4)))
    assert row.burden_minutes == 0


@pytest.mark.parametrize(
    ("visit", "counted", "burden"),
    [
        (attended(END - timedelta(minutes=20), 60), {"overtime_minutes": 40}, 40),
        (attended(travel=31), {"far_visits": 1}, 15),
        (attended(travel=30), {"far_visits": 0}, 0),
        (attended(emergency=True), {"emergencies": 1}, 20),
        (attended(joined=True), {"joined_visits": 1}, 10),
        (attended(joined=True, emergency=True), {"joined_visits": 1, "emergencies": 0}, 10),
        # shifts of this world end at 18:00, late work begins at 19:00
        (attended(END + timedelta(minutes=30), 60), {"overtime_minutes": 90, "late_minutes": 30}, 105),
    ],
)
def test_each_thing_beyond_the_ordinary_is_counted(
    visit: Attendance, counted: dict[str, int], burden: int
) -> None:
    row = row_of(attended(), visit)
    assert {name: getattr(row, name) for name in counted} == counted
    assert row.burden_minutes == burden


def test_work_at_the_weekend_counts_whatever_the_hour_and_not_twice() -> None:
    ahead = timedelta(days=4)
    saturday = msgspec.structs.replace(
        SHIFT,
        on_day=TODAY + ahead,
        shift_start_at=SHIFT.shift_start_at + ahead,
        shift_end_at=SHIFT.shift_end_at + timedelta(days=4, hours=4),
    )
    visits = [attended(END + ahead, 120, on_day=TODAY + ahead)]
    (row,) = ledger_of(AREA, [saturday], visits, EVENING + ahead)
    assert (row.weekend_minutes, row.late_minutes, row.burden_minutes) == (120, 0, 60)


def test_an_area_may_weigh_otherwise() -> None:
    settings = msgspec.structs.replace(AREA.settings, fairness={"far": 40.0}, far_minutes=5)
    area = msgspec.structs.replace(AREA, settings=settings)
    (row,) = ledger_of(area, [SHIFT], [attended()], EVENING)
    assert (row.far_visits, row.burden_minutes) == (1, 40)


def test_a_day_that_has_not_begun_has_no_row() -> None:
    assert ledger_of(AREA, [SHIFT], [], SHIFT.shift_start_at - timedelta(minutes=1)) == []


def rows_of(burdens: Sequence[tuple[int, int, int]]) -> list[FairnessDay]:
    """Each as (technician, days ago, burden)."""
    blank = row_of()
    return [
        msgspec.structs.replace(
            blank,
            technician_id=UUID(int=technician),
            on_day=TODAY - timedelta(days=ago),
            burden_minutes=burden,
        )
        for technician, ago, burden in burdens
    ]


def test_the_balance_is_what_is_above_the_average_of_the_last_four_weeks() -> None:
    rows = rows_of([(1, 0, 90), (2, 0, 30), (1, 27, 0), (2, 27, 0), (1, 28, 500), (2, -1, 500)])
    assert balances(rows, TODAY) == {UUID(int=1): 30, UUID(int=2): -30}


def test_who_works_half_the_days_is_due_half_of_it() -> None:
    rows = rows_of([(1, ago, 20) for ago in range(10)] + [(2, ago, 20) for ago in range(5)])
    assert set(balances(rows, TODAY).values()) == {0}


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 27), st.integers(0, 600)), max_size=40))
def test_balances_sum_to_nothing_but_for_rounding(burdens: list[tuple[int, int, int]]) -> None:
    found = balances(rows_of(burdens), TODAY)
    assert abs(sum(found.values())) <= len(found)


SAID = {
    "en": "40 min past the end of the shift, 2 emergencies, 1 far visit: counted as 1 h 35 min. "
    "Over four weeks that is 52 min more than the average.",
    "ru": "40 мин после конца смены, 2 аварии, 1 дальний визит: засчитано 1 ч 35 мин. "
    "За четыре недели это на 52 мин больше среднего.",
    "hu": "40 perc a műszak vége után, 2 vészhelyzet, 1 távoli látogatás: beszámítva 1 óra 35 perc. "
    "Négy hét alatt ez 52 perc az átlag fölött.",
}


@pytest.mark.parametrize("language", SAID)
def test_a_day_is_said_in_a_sentence(language: str) -> None:
    late = attended(END - timedelta(minutes=20), 60, emergency=True)
    row = row_of(late, attended(emergency=True, travel=45))
    assert told_of_day(row, 52, language) == SAID[language]


@pytest.mark.parametrize(
    ("balance", "wanted"),
    [(0, "that is the average."), (-90, "that is 1 h 30 min less than the average.")],
)
def test_an_ordinary_day_is_said_to_be_one(balance: int, wanted: str) -> None:
    assert told_of_day(row_of(), balance, "en") == f"An ordinary day. Over four weeks {wanted}"


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database, await settled_in(database))


async def ledger(town: Town) -> dict[UUID, FairnessDay]:
    area_id = town.world.area_id
    rows = await town.do(lambda conn: queries.list_fairness_days(conn, [area_id], TODAY, TODAY))
    return {row.technician_id: row for row in rows}


async def settle(town: Town, now: datetime = EVENING) -> None:
    area_id = town.world.area_id
    await town.do(lambda conn: fairness.settle(conn, area_id=area_id, now=now))


async def sent_as_emergency(town: Town, job_id: UUID) -> None:
    made = Proposal(
        area_id=town.world.area_id,
        proposal_id=new_id(),
        job_id=job_id,
        options=[],
        asked_by=new_id(),
        created_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        accepted_at=NOW,
        accepted_option=1,
        plan_id=None,
    )
    await town.do(lambda conn: slots.insert_proposals(conn, [made]))


async def test_the_ledger_is_filled_from_what_phones_said_and_the_same_however_often(town: Town) -> None:
    phone, job, visit = await out(town)
    await sent_as_emergency(town, job.job_id)
    joined = VisitCrew(
        area_id=visit.area_id,
        visit_id=visit.visit_id,
        technician_area_id=BEN.area_id,
        technician_id=BEN.technician_id,
        joined_at=NOW,
    )
    await town.do(lambda conn: crews.insert_crew(conn, [joined]))
    said = [
        phone.say(visit, kind, END - timedelta(minutes=60 - 20 * number))
        for number, kind in enumerate(MENDED)
    ]
    await phone.send(town.database, said, now=END + timedelta(hours=2))
    for _ in range(2):
        await settle(town)
    found = await ledger(town)
    assert set(found) == {ADA.technician_id, BEN.technician_id, CY.technician_id}
    ada, ben, cy = (found[person.technician_id] for person in (ADA, BEN, CY))
    assert (ada.emergencies, ada.overtime_minutes, ada.joined_visits) == (1, 40, 0)
    assert (ben.emergencies, ben.overtime_minutes, ben.joined_visits) == (0, 40, 1)
    assert cy.burden_minutes == 0


async def test_a_report_that_comes_late_changes_the_day_and_an_absence_takes_it_out(town: Town) -> None:
    await settle(town)
    assert (await ledger(town))[ADA.technician_id].burden_minutes == 0
    phone, _, visit = await out(town, "cable_break")
    said = [
        phone.say(visit, "arrived", END - timedelta(hours=1)),
        phone.say(visit, "paused", END + timedelta(hours=1)),
    ]
    await phone.send(town.database, said, now=END + timedelta(hours=3))
    await settle(town)
    assert (await ledger(town))[ADA.technician_id].overtime_minutes == 60
    day = (CY.area_id, CY.technician_id, TODAY)
    await town.do(lambda conn: technicians.mark_absent(conn, day))
    await settle(town)
    assert CY.technician_id not in await ledger(town)


async def test_the_worker_keeps_the_ledger_and_a_plan_takes_the_balance_as_work_done_before(
    town: Town,
) -> None:
    phone, _, visit = await out(town)
    said = [
        phone.say(visit, kind, END - timedelta(minutes=60 - 20 * number))
        for number, kind in enumerate(MENDED)
    ]
    await phone.send(town.database, said, now=END + timedelta(hours=2))
    await Worker(town.database, lambda: EVENING).tick()
    debts = await town.do(lambda conn: debts_of(conn, [town.world.area_id], TODAY + timedelta(days=1)))
    assert debts[ADA.technician_id] > 0
    assert debts[ADA.technician_id] > debts[BEN.technician_id]
    before = await town.do(lambda conn: debts_of(conn, [town.world.area_id], TODAY))
    assert before == {}
