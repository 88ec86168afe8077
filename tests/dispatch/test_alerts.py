"""What a dispatcher should look at opens and closes by itself, once each, and asks for a plan where one may help."""

from datetime import datetime, timedelta

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import alerts as queries
from db.queries import journal, plans
from db.records import Alert, Visit
from db.states import AlertKind, PlanRunState, VisitState
from dispatch.actors import worker
from dispatch.expecting import expect_days
from dispatch.flows import alerts
from dispatch.flows.alerts import Refreshed
from dispatch.rules.expected import LATE_AFTER
from dispatch.solver import Solver
from dispatch.worker import Worker
from tests.builders import Town, published_plan, settled_in
from tests.worlds import NOW, TODAY, small_town

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TEN, ELEVEN = NOW + 2 * HOUR, NOW + 3 * HOUR


class Desk:
    """Technician 1 has a visit at ten, and one at eleven that is promised until twelve. Today's plan is out."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.area_id = town.world.area_id
        self.first: Visit
        self.second: Visit

    async def begin(self) -> None:
        town = self.town
        self.first = await town.out(await town.job(subscriber=1), at=TEN)
        window = {"earliest": ELEVEN, "latest": ELEVEN + HOUR}
        promised = await town.job(subscriber=2, promisedWindow=window)
        self.second = await town.out(promised, at=ELEVEN, sequence=2)
        await town.do(lambda conn: plans.insert_plans(conn, [published_plan()]))

    async def refresh(self, now: datetime) -> Refreshed:
        actor = worker(self.area_id)
        return await self.town.do(
            lambda conn: alerts.refresh(conn, area_id=self.area_id, now=now, actor=actor)
        )

    async def open(self) -> list[Alert]:
        return await self.town.do(lambda conn: alerts.list_open(conn, area_id=self.area_id))

    async def kinds(self, now: datetime) -> list[AlertKind]:
        await self.refresh(now)
        return sorted(alert.kind for alert in await self.open())

    async def late_from(self) -> datetime:
        """The first second at which technician 1 is late: half an hour after ten, less the drive."""
        days = [day for day in self.town.world.made.days if day.on_day == TODAY]
        mine = [day for day in days if day.technician_id == self.first.technician_id]
        (found,) = await self.town.do(lambda conn: expect_days(conn, small_town.area, mine, TEN))
        return TEN + LATE_AFTER - (found.visits[0].start_at - TEN) + timedelta(seconds=1)

    async def said(self) -> list[str]:
        found = await self.town.do(lambda conn: journal.list_journal(conn, self.area_id, 0, 1000))
        return [entry.action for entry in found if entry.action.startswith("alert.")]

    async def runs(self) -> int:
        found = await self.town.do(lambda conn: plans.list_runs(conn, self.area_id, 50))
        return len([run for run in found if run.state is PlanRunState.QUEUED])


@pytest.fixture
async def desk(database: Database) -> Desk:
    made = Desk(Town(database, await settled_in(database, small_town)))
    await made.begin()
    return made


async def test_nothing_is_wrong_in_the_morning(desk: Desk) -> None:
    assert await desk.kinds(NOW) == []
    assert await desk.said() == []


async def test_a_promise_that_will_be_late_opens_once_asks_for_a_plan_and_closes_when_it_is_decided(
    desk: Desk,
) -> None:
    phone = await desk.town.phone()
    begun = TEN + 75 * MINUTE
    said = [phone.say(desk.first, kind, begun) for kind in ("on-my-way", "arrived", "working")]
    await phone.send(desk.town.database, said, now=begun)
    later = begun + 41 * MINUTE
    assert await desk.runs() == 0
    assert await desk.kinds(later) == [AlertKind.PROMISE_LATE, AlertKind.TECHNICIAN_LATE]
    late = next(alert for alert in await desk.open() if alert.kind is AlertKind.PROMISE_LATE)
    (promise,) = (await desk.town.whole_of(desk.second)).appointments
    assert (late.subject_id, late.job_id) == (promise.appointment_id, desk.second.job_id)
    assert late.technician_id == desk.second.technician_id
    assert await desk.runs() == 1
    # again is nothing new
    assert await desk.refresh(later + MINUTE) == Refreshed(opened=0, closed=0)
    assert (await desk.said()).count("alert.opened") == 2
    # somebody leaves the first unfinished and is at the second in time after all
    away = [phone.say(desk.first, "paused", later), phone.say(desk.second, "arrived", later)]
    await phone.send(desk.town.database, away, now=later + 2 * MINUTE)
    assert AlertKind.PROMISE_LATE not in await desk.kinds(later + 3 * MINUTE)
    assert (await desk.said()).count("alert.closed") >= 1


async def test_a_promise_that_is_only_tight_is_said_so_and_asks_for_nothing(desk: Desk) -> None:
    phone = await desk.town.phone()
    begun = TEN + 65 * MINUTE
    said = [phone.say(desk.first, kind, begun) for kind in ("on-my-way", "arrived", "working")]
    await phone.send(desk.town.database, said, now=begun)
    assert AlertKind.PROMISE_TIGHT in await desk.kinds(begun)
    assert AlertKind.PROMISE_LATE not in await desk.kinds(begun)
    assert await desk.runs() == 0


async def test_a_promise_for_which_nobody_goes_is_unplaced_until_somebody_does(desk: Desk) -> None:
    window = {"earliest": NOW + 6 * HOUR, "latest": NOW + 7 * HOUR}
    job = await desk.town.job(subscriber=3, promisedWindow=window)
    assert await desk.kinds(NOW) == [AlertKind.PROMISE_UNPLACED]
    (alert,) = await desk.open()
    assert alert.job_id == job.job_id
    assert await desk.runs() == 1
    # beside what is out a draft is a thought
    draft = await desk.town.out(job, 2, at=NOW + 6 * HOUR, state=VisitState.DRAFT)
    assert await desk.kinds(NOW + MINUTE) == [AlertKind.PROMISE_UNPLACED]
    out = msgspec.structs.replace(draft, state=VisitState.PUBLISHED)
    await desk.town.do(lambda conn: plans.save_visits(conn, [out]))
    assert await desk.kinds(NOW + MINUTE) == []
    assert await desk.said() == ["alert.opened", "alert.closed"]


async def test_a_technician_who_does_not_come_is_late_and_then_silent(desk: Desk) -> None:
    assert await desk.kinds(TEN + 20 * MINUTE) == []
    assert AlertKind.TECHNICIAN_LATE in await desk.kinds(TEN + 31 * MINUTE)
    assert AlertKind.TECHNICIAN_SILENT not in await desk.kinds(TEN + 31 * MINUTE)
    assert AlertKind.TECHNICIAN_SILENT in await desk.kinds(TEN + 46 * MINUTE)
    subjects = {alert.subject_id for alert in await desk.open() if alert.technician_id is not None}
    assert desk.first.technician_id in subjects


async def test_without_a_plan_that_is_out_nothing_is_said(database: Database) -> None:
    desk = Desk(Town(database, await settled_in(database, small_town)))
    await desk.town.out(await desk.town.job(subscriber=1), at=TEN)
    assert await desk.kinds(TEN + 2 * HOUR) == []


async def test_what_is_open_when_the_day_is_over_closes_on_the_next(desk: Desk) -> None:
    assert await desk.kinds(TEN + 50 * MINUTE) != []
    assert await desk.kinds(NOW + 24 * HOUR) == []


async def test_of_two_workers_only_one_opens_an_alert(desk: Desk) -> None:
    """The second comes with what it read before the first had written."""
    await desk.refresh(TEN + 31 * MINUTE)
    (alert, *_) = await desk.open()
    twin = msgspec.structs.replace(alert, alert_id=new_id())
    assert await desk.town.do(lambda conn: queries.insert_alerts(conn, [twin])) == 0
    closed = [
        await desk.town.do(lambda conn: queries.close_alerts(conn, desk.area_id, [alert.alert_id], NOW))
        for _ in range(2)
    ]
    assert closed == [1, 0]


async def test_the_worker_looks_every_twenty_seconds_of_its_clock(desk: Desk) -> None:
    first = await desk.late_from()
    clock = [first - timedelta(seconds=1)]
    made = Worker(desk.town.database, lambda: clock[0], Solver())
    await made.tick()
    assert await desk.open() == []
    clock[0] = first + timedelta(seconds=18)
    await made.tick()
    assert await desk.open() == []
    clock[0] = first + timedelta(seconds=19)
    await made.tick()
    assert [alert.kind for alert in await desk.open()] == [AlertKind.TECHNICIAN_LATE]


async def test_an_open_alert_follows_what_is_known_and_opens_once(desk: Desk) -> None:
    late = await desk.late_from()
    await desk.refresh(late)
    before = {alert.alert_id: alert for alert in await desk.open()}
    said = await desk.said()
    assert await desk.refresh(late + 2 * MINUTE) == Refreshed(opened=0, closed=0)
    after = {alert.alert_id: alert for alert in await desk.open()}
    (key,) = [key for key, alert in before.items() if alert.kind is AlertKind.TECHNICIAN_LATE]

    def start(alert: Alert) -> datetime:
        return datetime.fromisoformat(alert.facts["expectedStartAt"])

    assert start(after[key]) - start(before[key]) == 2 * MINUTE
    assert after[key].opened_at == before[key].opened_at == late
    assert await desk.said() == said
    # the first visit is somebody else's by now: it is the next one that begins late
    await desk.town.reassign(desk.first, 2, late + 2 * MINUTE)
    await desk.refresh(late + 2 * HOUR)
    (alert,) = [alert for alert in await desk.open() if alert.alert_id == key]
    assert (alert.job_id, alert.facts["visitId"]) == (desk.second.job_id, str(desk.second.visit_id))
    assert before[key].job_id == desk.first.job_id
