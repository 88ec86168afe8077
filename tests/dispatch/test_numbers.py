"""The numbers of a period: what is counted, that parts add up to the whole, and that SQL counts what plain Python counts."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from db.ids import new_id
from db.queries import fairness as ledger
from db.queries import plans
from db.records import FairnessDay, RouteStop, Visit
from db.records.numbers import BurdenCounts
from db.rows import Conn
from db.states import AppointmentState, ClosureOutcome, JobState, VisitEnd, VisitState
from dispatch.errors import PeriodImpossible
from dispatch.flows import numbers
from dispatch.rules import rounds
from dispatch.rules.benchmarks import BENCHMARKS
from dispatch.rules.closures import WITHOUT_WORK
from dispatch.rules.numbers import MEASURES, By, Counts, Ratio, carried_by, measures_of, spans
from dispatch.rules.rewriting import timed
from dispatch.rules.running import midnight_of
from dispatch.rules.statistics import ATTENDED
from tests.builders import hand_out, place, received
from tests.past import Chronicler, Past, built, keep
from tests.seeds import some
from tests.worlds import NOW, TODAY, quiet_street, small_town

FIRST = date(2026, 10, 26)
DAYS = 16
WORLD = built(small_town.name, 4, 12)
LENT = quiet_street.technicians[0]
ZONE = ZoneInfo(WORLD.area.time_zone)
LATE = NOW + timedelta(days=30)


def day_of(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def seconds(length: timedelta) -> int:
    return length // timedelta(seconds=1)


class Oracle:
    """Counts rows one by one, as the definitions say it."""

    def __init__(self, past: Past, first_on: date, last_on: date, now: datetime) -> None:
        self.past, self.first_on, self.last_on, self.now = past, first_on, last_on, now
        self.places = {one.place_id: one.postcode or one.city for one in past.places}
        self.quoted = {quote.visit_id for quote in past.quotes}
        self.visits = [one for one in past.visits if one.state is not VisitState.DRAFT]
        self.found: dict[str, dict[str, int]] = {}

    def count(self, by: By) -> dict[str, Counts]:
        self.found = {}
        for visit in self.visits:
            self._visit(visit, by)
        if by not in (By.KIND, By.DISTRICT):
            self._days(by)
        self._mended(by)
        self._restored(by)
        self._promises(by)
        return {key: Counts(**part) for key, part in self.found.items()}

    def _add(self, by: By, on_day: date, job_id: UUID | None, technician: object, **counts: int) -> None:
        if not self.first_on <= on_day <= self.last_on:
            return
        job = self.past.jobs[job_id] if job_id else None
        keys = {
            By.DAY: on_day.isoformat(),
            By.WEEK: (on_day - timedelta(days=on_day.weekday())).isoformat(),
            By.MONTH: on_day.replace(day=1).isoformat(),
            By.TECHNICIAN: str(technician or ""),
            By.KIND: job.kind if job else "",
            By.DISTRICT: self.places[job.place_id] if job else "",
        }
        part = self.found.setdefault(keys[by], {})
        for name, count in counts.items():
            part[name] = part.get(name, 0) + count

    def _visit(self, visit: Visit, by: By) -> None:
        there, has_price = visit.state in ATTENDED, visit.visit_id in self.quoted
        gone = visit.end_reason in (VisitEnd.REASSIGNED, VisitEnd.WITHDRAWN)
        driven = visit.travel_duration
        if visit.on_my_way_at and visit.arrived_at:
            way = visit.arrived_at - visit.on_my_way_at
            driven = way if timedelta() <= way <= timedelta(hours=4) else driven
        self._add(
            by,
            visit.on_day,
            visit.job_id,
            visit.technician_id,
            visits=there,
            no_access=visit.state is VisitState.NO_ACCESS,
            quoted=there and has_price,
            declined=visit.state is VisitState.DECLINED and has_price,
            driving_seconds=seconds(driven) if there else 0,
            published=1,
            changed=gone or visit.moves > 0,
            changes=gone + visit.moves,
        )

    def _days(self, by: By) -> None:
        crew = {(one.visit_id, one.technician_id) for one in self.past.crew}
        for day in self.past.days:
            been = [
                visit
                for visit in self.visits
                if visit.arrived_at
                and visit.on_day == day.on_day
                and (visit.technician_id == day.technician_id or (visit.visit_id, day.technician_id) in crew)
            ]
            off = day.absent or day.on_call
            if day.shift_start_at > self.now or (off and not been):
                continue
            last = max((one.ended_at for one in been if one.ended_at), default=day.shift_end_at)
            over = max(0, seconds(last - day.shift_end_at))
            shift = day.shift_end_at - day.shift_start_at - (day.break_duration or timedelta())
            self._add(
                by,
                day.on_day,
                None,
                day.technician_id,
                technician_days=1,
                paid_seconds=seconds(shift) + over,
                overtime_seconds=over,
            )

    def _mended(self, by: By) -> None:
        done = [
            one
            for one in self.past.closures
            if one.in_force and one.outcome is ClosureOutcome.DONE and one.action not in WITHOUT_WORK
        ]
        for closure in done:
            of_job = [one for one in done if one.job_id == closure.job_id]
            if closure is not min(of_job, key=lambda one: (one.closed_at, one.closure_id)):
                continue
            job = self.past.jobs[closure.job_id]
            others = [
                one
                for one in self.visits
                if one.job_id == job.job_id and one.visit_id != closure.visit_id and one.state in ATTENDED
            ]
            later = [
                one
                for one in self.past.jobs.values()
                if one.subscriber_id == job.subscriber_id
                and one is not job
                and one.state is not JobState.CANCELLED
                and closure.closed_at < one.reported_at <= closure.closed_at + timedelta(days=30)
            ]
            self._add(
                by,
                day_of(closure.closed_at),
                job.job_id,
                closure.technician_id,
                mended=1,
                fixed_first_time=not others and job.reopened == 0,
                came_back=bool(later) or job.reopened > 0,
            )

    def _restored(self, by: By) -> None:
        for job in self.past.jobs.values():
            if job.restored_at is None or job.state is JobState.CANCELLED:
                continue
            there = [
                (one.arrived_at, one.visit_id, one.technician_id)
                for one in self.visits
                if one.job_id == job.job_id and one.arrived_at and one.arrived_at <= job.restored_at
            ]
            due, left = day_of(job.reported_at), 2
            while left:
                due += timedelta(days=1)
                left -= due.weekday() < 5
            self._add(
                by,
                day_of(job.restored_at),
                job.job_id,
                max(there)[2] if there else "",
                restored=1,
                restoring_seconds=max(0, seconds(job.restored_at - job.reported_at)),
                restored_in_time=day_of(job.restored_at) <= due,
            )

    def _promises(self, by: By) -> None:
        for promise in self.past.appointments:
            if promise.state not in (AppointmentState.KEPT, AppointmentState.MISSED):
                continue
            on_day = day_of(promise.latest_at)
            going = [
                (one.state is not VisitState.CANCELLED, one.on_day, one.assigned_at or NOW, one.visit_id, one)
                for one in self.visits
                if one.job_id == promise.job_id and one.on_day <= on_day
            ]
            self._add(
                by,
                on_day,
                promise.job_id,
                max(going)[4].technician_id if going else "",
                promises_kept=promise.state is AppointmentState.KEPT,
                promises_missed=promise.state is AppointmentState.MISSED,
            )


async def told(conn: Conn, seed: int) -> Past:
    """Of a town to which somebody is lent."""
    await place(conn, quiet_street)
    await place(conn, WORLD)
    past = Chronicler(WORLD, [*WORLD.technicians, LENT], seed).tell(FIRST, DAYS, 2)
    await keep(conn, past)
    return past


async def counted(conn: Conn, by: By, first_on: date, last_on: date, now: datetime = LATE) -> numbers.Numbers:
    return await numbers.count(
        conn, area_id=WORLD.area_id, first_on=first_on, last_on=last_on, by=by, language="en", now=now
    )


@pytest.mark.parametrize("seed", some(range(6)))
async def test_what_sql_counts_is_what_is_counted_one_by_one(conn: Conn, seed: int) -> None:
    past = await told(conn, seed)
    first_on, last_on = FIRST + timedelta(days=seed), FIRST + timedelta(days=11)
    now = midnight_of(WORLD.area, last_on) + timedelta(hours=12)
    oracle = Oracle(past, first_on, last_on, now)
    for by in By:
        found = await counted(conn, by, first_on, last_on, now)
        assert {part.key: part.counts for part in found.parts if part.counts != Counts()} == {
            key: counts for key, counts in oracle.count(by).items() if counts != Counts()
        }, by


@pytest.mark.parametrize("seed", some(range(20, 23)))
async def test_days_weeks_technicians_kinds_and_districts_add_up_to_the_period(conn: Conn, seed: int) -> None:
    await told(conn, seed)
    first_on, last_on = FIRST + timedelta(days=2), FIRST + timedelta(days=DAYS)
    totals = [(await counted(conn, by, first_on, last_on)).total for by in By]
    assert totals == totals[:1] * len(totals)
    assert min(msgspec.structs.astuple(totals[0])) > 0, "each case occurs"
    single = [await counted(conn, By.DAY, day, day) for day, _, _ in days(first_on, last_on)]
    assert add(one.total for one in single) == totals[0]


def days(first_on: date, last_on: date) -> Iterable[tuple[date, date, date]]:
    return ((first, first, last) for _, first, last in spans(first_on, last_on, By.DAY))


def add(counts: Iterable[Counts]) -> Counts:
    rows = [msgspec.structs.asdict(one) for one in counts]
    return Counts(**{name: sum(row[name] for row in rows) for name in Counts.__struct_fields__})


async def test_a_kind_has_no_technician_days_and_the_whole_has(conn: Conn) -> None:
    await told(conn, 1)
    found = await counted(conn, By.KIND, FIRST, FIRST + timedelta(days=DAYS))
    assert [part.label for part in found.parts] == ["Cable break", "Equipment failure", "Wifi setup"]
    assert {part.counts.technician_days for part in found.parts} == {0}
    assert found.total.technician_days > 0
    of_kind = measures_of(found.parts[0].counts, days=False)
    assert of_kind["visits_per_day"] == Ratio(found.parts[0].counts.visits, None)
    assert of_kind["driving"].value is None
    assert of_kind["no_access"].value is not None


async def test_names_are_those_of_whoever_was_there_and_what_is_not_known_comes_last(conn: Conn) -> None:
    await told(conn, 3)
    found = await counted(conn, By.TECHNICIAN, FIRST, FIRST + timedelta(days=DAYS))
    names = [part.label for part in found.parts]
    assert names[-1] == ""
    assert names[:-1] == sorted(names[:-1], key=str.casefold)
    assert names.count(LENT.display_name) == 2, "one of the town's own has that name, too"


async def test_a_period_without_anything_has_its_days_and_nothing_to_divide_by(conn: Conn) -> None:
    await place(conn, WORLD)
    found = await counted(conn, By.WEEK, date(2026, 11, 25), date(2026, 12, 9))
    assert [(part.key, part.first_on, part.last_on) for part in found.parts] == [
        ("2026-11-23", date(2026, 11, 25), date(2026, 11, 29)),
        ("2026-11-30", date(2026, 11, 30), date(2026, 12, 6)),
        ("2026-12-07", date(2026, 12, 7), date(2026, 12, 9)),
    ]
    assert found.total == Counts()
    assert {ratio.value for ratio in measures_of(found.total).values()} == {None}


@pytest.mark.parametrize(
    ("first_on", "last_on"),
    [
        (TODAY, TODAY - timedelta(days=1)),
        (TODAY - timedelta(days=400), TODAY),
        (date.min, date.min),
        (date.max, date.max),
    ],
)
async def test_a_period_out_of_order_or_endless_is_refused(conn: Conn, first_on: date, last_on: date) -> None:
    await place(conn, WORLD)
    with pytest.raises(PeriodImpossible):
        await counted(conn, By.DAY, first_on, last_on)
    with pytest.raises(PeriodImpossible):
        await numbers.burdens(conn, area_id=WORLD.area_id, first_on=first_on, last_on=last_on, by=By.WEEK)
    await counted(conn, By.DAY, TODAY - timedelta(days=399), TODAY)


def test_each_benchmark_is_of_a_measure_that_is_a_share() -> None:
    for known in BENCHMARKS:
        assert known.measure in MEASURES
        assert 0 <= known.lowest <= known.highest <= 1


def visit(minutes: int, state: VisitState = VisitState.PUBLISHED, moves: int = 0) -> Visit:
    past = Chronicler(WORLD, WORLD.technicians, 1).tell(FIRST, 3, 2)
    at = NOW + timedelta(minutes=minutes)
    return msgspec.structs.replace(past.visits[0], state=state, planned_start_at=at, moves=moves)


@pytest.mark.parametrize(
    ("before", "start", "moves"),
    [
        (visit(0), 30, 0),
        (visit(0), -30, 0),
        (visit(0), 31, 1),
        (visit(0), -31, 1),
        (visit(0, moves=2), 31, 3),
        (visit(0, moves=2), 0, 2),
        (visit(0, VisitState.DRAFT), 300, 0),
    ],
)
def test_a_visit_that_is_out_has_moved_by_more_than_half_an_hour(
    before: Visit, start: int, moves: int
) -> None:
    assert rounds.moves_of(before, NOW + timedelta(minutes=start)) == moves


async def test_what_a_plan_or_a_hand_moves_is_counted_and_kept(conn: Conn) -> None:
    await place(conn, small_town)
    job = await received(conn)
    present = await hand_out(conn, job, small_town.technicians[0])
    later = present.planned_start_at + timedelta(minutes=40)
    draft = msgspec.structs.replace(
        present,
        visit_id=new_id(),
        state=VisitState.DRAFT,
        replaces_visit_id=present.visit_id,
        planned_start_at=later,
        planned_end_at=later + job.service_duration,
    )
    out, of_job = {job.job_id: present}, {job.job_id: job}
    published = rounds.publish([draft], out, [], of_job, small_town.area, NOW)
    await plans.save_visits(conn, published.retimed)
    stop = RouteStop(
        job_id=job.job_id,
        arrival_at=present.planned_arrival_at,
        start_at=present.planned_start_at,
        end_at=present.planned_end_at,
        travel_seconds=60,
        distance_m=1,
    )
    (once,) = await plans.list_visits_of_jobs(conn, small_town.area_id, [job.job_id])
    await plans.save_visits(conn, [timed(once, stop, 1)])
    found = (await counted(conn, By.DAY, TODAY, TODAY)).total
    assert (once.moves, found.published, found.changed, found.changes) == (1, 1, 1, 2)


def burden(technician: int, first_on: date, days: int, minutes: int) -> BurdenCounts:
    return BurdenCounts(
        technician_id=WORLD.technicians[technician].technician_id,
        first_on=first_on,
        days=days,
        overtime_minutes=0,
        far_visits=0,
        emergencies=0,
        weekend_minutes=0,
        late_minutes=0,
        joined_visits=0,
        burden_minutes=minutes,
    )


def test_each_week_is_balanced_within_itself_and_by_the_days_worked() -> None:
    following = FIRST + timedelta(days=7)
    rows = [
        burden(0, FIRST, 5, 100),
        burden(1, FIRST, 5, 0),
        burden(0, following, 5, 50),
        burden(1, following, 1, 10),
    ]
    assert [one.balance_minutes for one in carried_by(rows)] == [50, -50, 0, 0]


@pytest.mark.parametrize("by", [By.WEEK, By.MONTH])
async def test_the_history_of_the_ledger_is_the_sum_of_its_days(conn: Conn, by: By) -> None:
    await place(conn, WORLD)
    rows = [
        FairnessDay(
            area_id=WORLD.area_id,
            technician_id=person.technician_id,
            on_day=FIRST + timedelta(days=after),
            overtime_minutes=after,
            far_visits=number,
            emergencies=1,
            weekend_minutes=0,
            late_minutes=2,
            joined_visits=0,
            burden_minutes=after * number,
            settled_at=NOW,
        )
        for number, person in enumerate(WORLD.technicians)
        for after in range(20)
    ]
    await ledger.save_fairness_days(conn, rows)
    last_on = FIRST + timedelta(days=15)
    found = await numbers.burdens(conn, area_id=WORLD.area_id, first_on=FIRST, last_on=last_on, by=by)
    assert {person.technician_id for person in found.technicians} == set(found.carried)
    begin: Callable[[date], date] = (
        (lambda day: day - timedelta(days=day.weekday()))
        if by is By.WEEK
        else (lambda day: day.replace(day=1))
    )
    for technician, carried in found.carried.items():
        for one in carried:
            mine = [
                row
                for row in rows
                if row.technician_id == technician
                and row.on_day <= last_on
                and begin(row.on_day) == one.counts.first_on
            ]
            assert one.counts.days == len(mine)
            for name in ("overtime_minutes", "far_visits", "emergencies", "late_minutes", "burden_minutes"):
                assert getattr(one.counts, name) == sum(getattr(row, name) for row in mine)
