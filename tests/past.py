"""A made-up past of an area, by chance: what was planned, attended, mended, promised and moved, for whoever counts it.

Not all of it could have happened so; it is there to be counted, and holds each case that a count may get wrong.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import charges, crews, jobs, plans, reports, technicians
from db.records import (
    Appointment,
    Closure,
    Job,
    Place,
    Quote,
    Report,
    Technician,
    TechnicianDay,
    Visit,
    VisitCrew,
)
from db.rows import Conn
from db.states import (
    LIVE_VISIT,
    Action,
    AppointmentState,
    Cause,
    ClosureOutcome,
    JobState,
    Liability,
    Location,
    ReportStatus,
    VisitEnd,
    VisitState,
)
from dispatch.rules.running import midnight_of
from dispatch.rules.statistics import ATTENDED
from tests.builders import visit_of
from tests.worlds import World, build

ENDS = [end for end in VisitEnd if end is not VisitEnd.NONE]
STATES = [*[VisitState.DONE] * 12, VisitState.DECLINED, *VisitState]
ACTIONS = [Action.RESPLICE, Action.SWAP_ONT, Action.EDUCATE, Action.RECONFIGURE]
BATCH = 5_000


class Past(msgspec.Struct, frozen=True):
    """Rows as they are kept."""

    places: list[Place]
    jobs: dict[UUID, Job] = msgspec.field(default_factory=dict[UUID, Job])
    days: list[TechnicianDay] = msgspec.field(default_factory=list[TechnicianDay])
    visits: list[Visit] = msgspec.field(default_factory=list[Visit])
    crew: list[VisitCrew] = msgspec.field(default_factory=list[VisitCrew])
    closures: list[Closure] = msgspec.field(default_factory=list[Closure])
    appointments: list[Appointment] = msgspec.field(default_factory=list[Appointment])
    reports: list[Report] = msgspec.field(default_factory=list[Report])
    quotes: list[Quote] = msgspec.field(default_factory=list[Quote])


def built(name: str, technicians: int, subscribers: int) -> World:
    """A world in districts: of each five places three have a postcode, one a town alone, one neither."""
    made = build(name, technicians, subscribers).made
    places = [
        msgspec.structs.replace(
            place,
            postcode=f"1110{number % 5}" if number % 5 < 3 else "",
            city="Town" if number % 5 < 4 else "",
        )
        for number, place in enumerate(made.places)
    ]
    return World(name, msgspec.structs.replace(made, places=places, days=[]), subscribers)


class Chronicler:
    """Makes up one day of one technician after the other."""

    def __init__(self, world: World, people: Sequence[Technician], seed: int) -> None:
        self.world = world
        self.people = people
        self.chance = Random(seed)
        self.past = Past(places=list(world.made.places))
        self.waiting: list[UUID] = []
        self.promised: set[UUID] = set()

    def tell(self, first_on: date, days: int, visits: int) -> Past:
        for after in range(days):
            for person in self.people:
                self._day(person, first_on + timedelta(days=after), visits)
        return self.past

    def _day(self, person: Technician, on_day: date, visits: int) -> None:
        chance = self.chance
        start = midnight_of(self.world.area, on_day) + timedelta(hours=chance.choice([8, 8, 8, 20]))
        rest = timedelta(minutes=30) if chance.random() < 0.7 else None
        day = TechnicianDay(
            area_id=person.area_id,
            technician_id=person.technician_id,
            on_day=on_day,
            area_id_worked=self.world.area_id,
            shift_start_at=start,
            shift_end_at=start + timedelta(hours=8),
            break_earliest_at=None if rest is None else start + timedelta(hours=3),
            break_latest_at=None if rest is None else start + timedelta(hours=5),
            break_duration=rest,
            on_call=chance.random() < 0.05,
            absent=chance.random() < 0.05,
        )
        self.past.days.append(day)
        for number in range(chance.randint(0, 2 * visits)):
            self._visit(person, day, start + timedelta(hours=8) * number / visits)

    def _visit(self, person: Technician, day: TechnicianDay, at: datetime) -> None:
        chance, job = self.chance, self._job(at)
        state = chance.choice(STATES)
        if state in LIVE_VISIT or state is VisitState.DRAFT:
            if self.past.jobs[job.job_id].reopened or job.job_id in self.waiting:
                state = VisitState.PAUSED
        elif chance.random() < 0.3:
            self.waiting.append(job.job_id)
        there = at + timedelta(seconds=chance.randint(0, 3600))
        attended = state in ATTENDED or state in (VisitState.ARRIVED, VisitState.WORKING)
        ended = there + timedelta(seconds=chance.randint(600, 9000)) if state in ATTENDED else None
        way = timedelta(seconds=chance.choice([-60, 300, 1234, 20_000]))
        visit = visit_of(
            job,
            person,
            at,
            on_day=day.on_day,
            state=state,
            end_reason=chance.choice(ENDS) if state is VisitState.CANCELLED else VisitEnd.NONE,
            travel_duration=timedelta(seconds=chance.randint(60, 2400)),
            assigned_at=at - timedelta(seconds=chance.randint(0, 90_000)),
            on_my_way_at=there - way if attended and chance.random() < 0.8 else None,
            arrived_at=there if attended else None,
            ended_at=ended,
            moves=chance.choice([0, 0, 0, 1, 3]),
        )
        self.past.visits.append(visit)
        self._beside(visit, day, there, ended)

    def _beside(self, visit: Visit, day: TechnicianDay, there: datetime, ended: datetime | None) -> None:
        chance = self.chance
        if chance.random() < 0.1:
            other = chance.choice(self.people)
            self.past.crew.append(
                VisitCrew(
                    area_id=visit.area_id,
                    visit_id=visit.visit_id,
                    technician_area_id=other.area_id,
                    technician_id=other.technician_id,
                    joined_at=there,
                )
            )
        if chance.random() < 0.4:
            self._promise(visit, there)
        if ended is not None:
            declined = visit.state is VisitState.DECLINED
            for _ in range(chance.choice([0, 1, 1, 2] if declined else [0, 0, 0, 1, 2])):
                self._quote(visit, there)
            if visit.state in (VisitState.DONE, VisitState.DECLINED):
                self._close(visit, ended)

    def _job(self, at: datetime) -> Job:
        chance = self.chance
        if self.waiting and chance.random() < 0.3:
            return self.past.jobs[self.waiting.pop(chance.randrange(len(self.waiting)))]
        subscriber = chance.choice(self.world.subscribers)
        reported = at - timedelta(seconds=chance.randint(600, 400_000))
        job = Job(
            area_id=self.world.area_id,
            job_id=new_id(),
            number=f"P-{len(self.past.jobs)}",
            kind=chance.choice(self.world.made.kinds).kind,
            kind_version=1,
            state=chance.choice(
                [JobState.RECEIVED, JobState.RECEIVED, JobState.RECEIVED, JobState.CANCELLED]
            ),
            hold_reason=None,
            subscriber_id=subscriber.subscriber_id,
            place_id=subscriber.place_id,
            contact_id=None,
            network_element_id=None,
            priority=3,
            fault_class="x",
            affected=1,
            service_duration=timedelta(minutes=40),
            reported_at=reported,
            received_at=reported,
            due_at=reported + timedelta(days=1),
            restored_at=at + timedelta(seconds=chance.randint(-500_000, 5_000))
            if chance.random() < 0.1
            else None,
            closed_at=None,
        )
        self.past.jobs[job.job_id] = job
        return job

    def _promise(self, visit: Visit, there: datetime) -> None:
        taken = visit.job_id in self.promised
        self.promised.add(visit.job_id)
        states = [AppointmentState.KEPT, AppointmentState.MISSED, AppointmentState.MOVED]
        earliest = there - timedelta(seconds=self.chance.randint(-7000, 7000))
        self.past.appointments.append(
            Appointment(
                area_id=visit.area_id,
                appointment_id=new_id(),
                job_id=visit.job_id,
                state=self.chance.choice(states if taken else list(AppointmentState)),
                earliest_at=earliest,
                latest_at=earliest + timedelta(hours=2),
                slot_quote_id=None,
                promised_at=earliest - timedelta(days=1),
                promised_by=visit.area_id,
                arrived_at=None,
            )
        )

    def _quote(self, visit: Visit, at: datetime) -> None:
        report = Report(
            area_id=visit.area_id,
            report_id=new_id(),
            job_id=visit.job_id,
            visit_id=visit.visit_id,
            technician_area_id=visit.technician_area_id,
            technician_id=visit.technician_id,
            device_id=visit.technician_id,
            seq=1,
            kind="quote",
            body={},
            needs=[],
            recorded_at=at,
            received_at=at,
            corrected_at=at,
            clock_suspect=False,
            status=ReportStatus.APPLIED,
            reason=None,
        )
        self.past.reports.append(report)
        self.past.quotes.append(
            Quote(
                area_id=visit.area_id,
                quote_id=new_id(),
                job_id=visit.job_id,
                visit_id=visit.visit_id,
                report_id=report.report_id,
                tariff_id=self.world.tariff.tariff_id,
                lines=[],
                amount_minor=100,
                currency="RUB",
                shown_at=at,
            )
        )

    def _close(self, visit: Visit, at: datetime) -> None:
        chance, job = self.chance, self.past.jobs[visit.job_id]
        closure = Closure(
            area_id=visit.area_id,
            closure_id=new_id(),
            job_id=visit.job_id,
            visit_id=visit.visit_id,
            technician_id=visit.technician_id,
            location=Location.DROP,
            cause=Cause.WEAR,
            action=chance.choice(ACTIONS),
            liability=Liability.OPERATOR,
            outcome=ClosureOutcome.DECLINED if visit.state is VisitState.DECLINED else ClosureOutcome.DONE,
            consent_id=None,
            confirmed_by="",
            closed_at=at,
            in_force=chance.random() < 0.9,
        )
        self.past.closures.append(closure)
        if closure.in_force and job.state is not JobState.CANCELLED:
            again = chance.random() < 0.15
            self.past.jobs[job.job_id] = msgspec.structs.replace(
                job,
                state=JobState.RECEIVED if again else JobState.CLOSED,
                closed_at=None if again else at,
                restored_at=None if again else at - timedelta(seconds=chance.randint(0, 1200)),
                reopened=job.reopened + again,
            )
            if again:
                self.waiting.append(job.job_id)


async def keep(conn: Conn, past: Past) -> None:
    """In the order in which rows refer to each other; the world stands already."""
    await technicians.insert_technician_days(conn, past.days)
    made = list(past.jobs.values())
    for first in range(0, len(made), BATCH):
        await jobs.insert_jobs(conn, made[first : first + BATCH])
    for first in range(0, len(past.visits), BATCH):
        await plans.insert_visits(conn, past.visits[first : first + BATCH])
    await crews.insert_crew(conn, past.crew)
    await jobs.insert_appointments(conn, past.appointments)
    await reports.insert_reports(conn, past.reports)
    await charges.insert_quotes(conn, past.quotes)
    await charges.save_closures(conn, past.closures)
