"""What came before the day of a demo that is looked at: two weeks of support, visits, an outage, a complaint. Numbers, credits and
callbacks have something to show then.

By the flows that a desk and a phone use, each at its instant, before any process of the demo runs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

import msgspec

from api.demo.area import Made
from api.demo.dark import cabinets_of
from api.demo.faults import Fate, instant
from api.demo.work import Attendance, Step, steps_of
from db.ids import new_id
from db.pool import Database
from db.records import Job, SelfCheckVersion, Subscriber, Technician, Ticket, Visit
from db.rows import Conn
from db.states import Localisation, Role, VisitEnd, VisitState
from dispatch import exchange
from dispatch.actors import Actor, worker
from dispatch.flows import (
    accounts,
    callbacks,
    calls,
    complaints,
    credit_tables,
    devices,
    jobs,
    outage_acceptance,
    outage_restoration,
    rounds,
    sync,
    tickets,
)
from dispatch.outside.network import SimulatedNetwork
from dispatch.remote import Remote
from dispatch.rules.callbacks import CallbackOutcome
from dispatch.rules.complaints import ComplaintIn
from dispatch.rules.credit_setup import AmountIn, CreditTableIn, DailyIn, StepIn, UnkeptIn
from dispatch.rules.credit_tables import StopReason
from dispatch.rules.outage_steps import RaisedIn
from dispatch.rules.phone import Envelope, VisibleJob
from dispatch.rules.plurals import language_of
from dispatch.rules.remote import LineTwoFound
from dispatch.rules.tickets import HAND_OVER, RESOLVED, CallerIn, TicketIn

T = TypeVar("T")

DAYS = 14
MOST_A_DAY = 7
FIELD = ("ont_dead", "level_degraded", "drop_damaged")
"""What goes to the field: nothing that could cost anybody anything."""
COMPLAINTS: Mapping[str, tuple[str, str, str]] = {
    "en": (
        "I waited the whole morning, and nobody told me that the technician comes later.",
        "The technician left the cable lying across the doorway.",
        "We are sorry. The cable was laid along the wall the same evening, and the work was looked at again.",
    ),
    "ru": (
        "Я прождал всё утро, и никто не сказал, что мастер придёт позже.",
        "Мастер оставил кабель прямо поперёк двери.",
        "Приносим извинения. Кабель в тот же вечер проложили вдоль стены, работу проверили.",
    ),
    "hu": (
        "Egész délelőtt vártam, és senki sem szólt, hogy a szerelő később jön.",
        "A szerelő az ajtó előtt keresztben hagyta a kábelt.",
        "Elnézést kérünk. A kábelt még aznap este a fal mentén vezettük el, a munkát ellenőriztük.",
    ),
}
"""An open one; one that was answered, and the answer."""


async def live_through(database: Database, made: Made, first_on: date, *, seed: int, a_day: int) -> None:
    """`a_day`: tickets of a day, about."""
    past = Past(database, made, first_on, seed)
    await past.begin()
    for day in range(DAYS, 0, -1):
        on = first_on - timedelta(days=day)
        await past.live(on, past.random.randint(1, 2 * min(a_day, MOST_A_DAY)))
        if day == DAYS // 2:
            await past.go_dark(on)
    await past.complain()


class Past:
    """Who acts, and what time it is."""

    def __init__(self, database: Database, made: Made, first_on: date, seed: int) -> None:
        self.database = database
        self.made = made
        self.first_on = first_on
        self.random = Random(f"past {seed}")
        self.now = instant(made, first_on - timedelta(days=DAYS), time(7))
        self.operators: list[Actor] = []
        self.supervisor: Actor
        self.remote = Remote(database, SimulatedNetwork(database), lambda: self.now)
        self.phones: dict[UUID, Phone] = {}
        # a small cabinet gives more trouble than the others
        self.worst = cabinets_of(made)[0]
        self.unheard = self.random.sample(made.set_up.subscribers, len(made.set_up.subscribers))
        self.visited: list[Ticket] = []
        self.closed: list[UUID] = []
        """Jobs, to be asked about."""

    async def do(self, work: Callable[[Conn], Awaitable[T]]) -> T:
        return await self.database.transact([self.made.area_id], work)

    async def begin(self) -> None:
        """Everybody is there, and terms of credit are agreed on: a tenth of the fee for each further day, and for a missed appointment."""
        logins = self.made.logins
        async with self.database.begin() as conn:
            self.supervisor = await accounts.act_as(conn, login=logins["supervisor"], role=Role.SUPERVISOR)
            for login in (logins["support"], *self.made.operators):
                self.operators.append(await accounts.act_as(conn, login=login, role=Role.SUPPORT))
        terms = CreditTableIn(
            after=0,
            scheme="own",
            stops=list(StopReason),
            complete_only=False,
            daily=DailyIn(steps=[StepIn(from_day=1, amount=AmountIn(percent=10))]),
            appointment=UnkeptIn(amount=AmountIn(minor=10 * self.made.region.minor_per_euro)),
        )
        await self.do(
            lambda conn: credit_tables.save_table(
                conn, area_id=self.made.area_id, made=terms, actor=self.supervisor, now=self.now
            )
        )

    async def live(self, on: date, count: int) -> None:
        """A day's tickets, one after the other."""
        opens = instant(self.made, on, time(8))
        for minute in sorted(self.random.sample(range(0, 9 * 60, 25), count)):
            self.now = opens + timedelta(minutes=minute)
            await self._ticket()
        self.now = opens + timedelta(hours=10)
        await self._call_back()

    async def _call_back(self) -> None:
        """Whoever had somebody in the house is asked; so the last day's are left for whoever opens the desk."""
        caller, seen = self.operators[0], [self.made.area_id]
        for job_id in self.closed:
            await self.do(
                lambda conn, job_id=job_id: callbacks.plan(
                    conn,
                    area_id=self.made.area_id,
                    job_id=job_id,
                    actor=worker(self.made.area_id),
                    now=self.now,
                )
            )
        self.closed.clear()
        while (
            due := await self.do(
                lambda conn: callbacks.take_next(conn, areas_seen=seen, actor=caller, now=self.now)
            )
        ) is not None:
            self.pass_minutes(1, 4)
            callback_id = due.callback.callback_id
            await self.do(
                lambda conn, callback_id=callback_id: callbacks.record(
                    conn,
                    areas_seen=seen,
                    callback_id=callback_id,
                    outcome=CallbackOutcome.FIXED,
                    note="",
                    actor=caller,
                    now=self.now,
                )
            )

    def pass_minutes(self, least: float, most: float) -> None:
        self.now += timedelta(minutes=self.random.uniform(least, most))

    async def _ticket(self) -> None:
        """At the first line, or handed over to the second; from there now and then to the field."""
        first, second = self.random.sample(self.operators, 2)
        goes_out = self.random.random() < 0.25
        subscriber = self._somebody(goes_out)
        check = self.random.choice(self.made.set_up.checks)
        who = CallerIn(name=subscriber.holder_name)
        made = TicketIn(subscriber_id=subscriber.subscriber_id, symptom=check.symptom, caller=who)
        area_id = self.made.area_id
        ticket = await self.do(
            lambda conn: tickets.open_ticket(
                conn, area_id=area_id, made=made, take=True, actor=first, now=self.now
            )
        )
        if await self._check(ticket, check, first, goes_out):
            await self._resolve(ticket, "self_check", first)
            return
        await self._look_closer(ticket, subscriber, goes_out, first, second)

    async def _look_closer(
        self, ticket: Ticket, subscriber: Subscriber, goes_out: bool, first: Actor, second: Actor
    ) -> None:
        """At the second line."""
        seen, ticket_id = [ticket.area_id], ticket.ticket_id
        await self.do(
            lambda conn: tickets.hand_over(
                conn,
                areas_seen=seen,
                ticket_id=ticket_id,
                line=2,
                skills=[],
                note="",
                actor=first,
                now=self.now,
            )
        )
        self.pass_minutes(0.2, 2.6)
        await self.do(
            lambda conn: tickets.take(conn, areas_seen=seen, ticket_id=ticket_id, actor=second, now=self.now)
        )
        self.pass_minutes(1, 4)
        await self.do(
            lambda conn: calls.verify_caller(
                conn,
                areas_seen=seen,
                ticket_id=ticket_id,
                name=subscriber.holder_name,
                actor=second,
                now=self.now,
            )
        )
        await self.remote.measure(ticket.ticket_id, second)
        self.pass_minutes(1, 12)
        where = Localisation.LINE if goes_out else self.random.choice(list(Localisation))
        await self.do(
            lambda conn: tickets.localise(
                conn, areas_seen=seen, ticket_id=ticket_id, localised=where, actor=second, now=self.now
            )
        )
        if not goes_out:
            await self._resolve(ticket, self.random.choice(("restarted", "settings")), second)
            return
        found = LineTwoFound(fault_class=self.random.choice(FIELD), summary=self.worst.name)
        job = (await self.remote.escalate(ticket.ticket_id, found, second)).job
        # within two days, but not later than the evening before the demo's day
        last = instant(self.made, self.first_on - timedelta(days=1), time(17))
        await self._visit(job, min(self.now + timedelta(hours=self.random.uniform(2, 40)), last))
        self.visited.append(ticket)

    def _somebody(self, goes_out: bool) -> Subscriber:
        """Whose visit it is, lives at the worst cabinet more often than not, and calls again and again; of all others nobody does
        before all have called."""
        there = self.worst.network_element_id
        if goes_out and self.random.random() < 0.75:
            return self.random.choice(
                [one for one in self.made.set_up.subscribers if one.network_element_id == there]
            )
        return self.unheard.pop() if self.unheard else self.random.choice(self.made.set_up.subscribers)

    async def _check(self, ticket: Ticket, check: SelfCheckVersion, actor: Actor, goes_out: bool) -> bool:
        """Whether it works again; else the line after has to look."""
        for number, step in enumerate(check.steps, 1):
            by_outcome = {answer.outcome: answer.code for answer in step.answers}
            wanted = [HAND_OVER] if goes_out else [RESOLVED, HAND_OVER]
            ends = [one for one in wanted if one in by_outcome]
            ended = bool(ends) and (number == len(check.steps) or self.random.random() < 0.35)
            outcome = self.random.choice(ends) if ended else "next"
            self.pass_minutes(0.3, 1.5)
            code = by_outcome.get(outcome, step.answers[0].code)
            await self.do(
                lambda conn, code=code, step=step: tickets.answer_check(
                    conn,
                    areas_seen=[ticket.area_id],
                    ticket_id=ticket.ticket_id,
                    step=step.code,
                    answer=code,
                    actor=actor,
                    now=self.now,
                )
            )
            if ended:
                return outcome == RESOLVED
        return False

    async def _resolve(self, ticket: Ticket, how: str, actor: Actor) -> None:
        self.pass_minutes(0.5, 2)
        await self.do(
            lambda conn: tickets.resolve(
                conn,
                areas_seen=[ticket.area_id],
                ticket_id=ticket.ticket_id,
                resolution=how,
                note="",
                actor=actor,
                now=self.now,
            )
        )

    async def _visit(self, job: Job, at: datetime) -> None:
        """A technician goes there."""
        technician = self.random.choice(self.made.set_up.technicians)
        visit = _visit_of(job, technician, at, self.now)

        await self.do(lambda conn: rounds.bring_in(conn, visit=visit))
        if technician.technician_id not in self.phones:
            self.phones[technician.technician_id] = Phone(self, technician)
            await self.phones[technician.technician_id].enrol()
        await self.phones[technician.technician_id].work(job.job_id, at)
        self.closed.append(job.job_id)

    async def go_dark(self, on: date) -> None:
        """A cabinet, from one morning until somebody mends it on the next."""
        element = cabinets_of(self.made)[len(cabinets_of(self.made)) // 2]
        began = instant(self.made, on, time(9, 40))
        self.now = began + timedelta(minutes=5)
        seen, actor = [self.made.area_id], self.operators[0]
        raised = RaisedIn(since=began, expected_at=began + timedelta(hours=24), fault_class="trunk_cut")
        outage = await self.do(
            lambda conn: outage_acceptance.raise_outage(
                conn,
                areas_seen=seen,
                element_id=element.network_element_id,
                said=raised,
                actor=actor,
                now=self.now,
            )
        )
        job_id = outage.job_id
        assert job_id is not None, "it goes to the field"
        mends = await self.do(
            lambda conn: jobs.get(conn, areas_seen=seen, job_id=job_id, language=actor.language, now=self.now)
        )
        await self._visit(mends.job, began + timedelta(hours=24))
        self.now = began + timedelta(hours=30)
        await self.do(
            lambda conn: outage_restoration.restore_mended(
                conn,
                area_id=self.made.area_id,
                job_id=job_id,
                actor=worker(self.made.area_id),
                now=self.now,
            )
        )

    async def complain(self) -> None:
        """About two visits."""
        waited, cable, answer = COMPLAINTS[language_of(self.made.set_up.area.language)]
        told = [(text, ticket) for text, ticket in zip((cable, waited), self.visited, strict=False)]
        for days, (text, ticket) in zip((9, 3), told, strict=False):
            self.now = instant(self.made, self.first_on - timedelta(days=days), time(16))
            made = ComplaintIn(subscriber_id=ticket.subscriber_id, text=text)
            opened = await self.do(
                lambda conn, made=made: complaints.open_complaint(
                    conn, area_id=self.made.area_id, made=made, actor=self.operators[0], now=self.now
                )
            )
            if text == cable:
                self.now += timedelta(days=2)
                await self.do(
                    lambda conn, opened=opened: complaints.answer(
                        conn,
                        areas_seen=[self.made.area_id],
                        complaint_id=opened.complaint.complaint_id,
                        text=answer,
                        actor=self.supervisor,
                        now=self.now,
                    )
                )


def _visit_of(job: Job, technician: Technician, at: datetime, now: datetime) -> Visit:
    """As publishing a plan would have left it."""
    return Visit(
        area_id=job.area_id,
        visit_id=new_id(),
        job_id=job.job_id,
        technician_area_id=technician.area_id,
        technician_id=technician.technician_id,
        on_day=at.date(),
        state=VisitState.PUBLISHED,
        end_reason=VisitEnd.NONE,
        sequence=1,
        planned_arrival_at=at,
        planned_start_at=at,
        planned_end_at=at + job.service_duration,
        travel_duration=timedelta(minutes=10),
        distance_m=4_000,
        replaces_visit_id=None,
        plan_id=None,
        pinned=False,
        assigned_at=now,
        shown_at=now,
        hidden_at=None,
        on_my_way_at=None,
        arrived_at=None,
        working_at=None,
        ended_at=None,
    )


class Phone:
    """Of one technician, with a network that never fails."""

    def __init__(self, past: Past, technician: Technician) -> None:
        self.past = past
        self.technician = technician
        self.device_id = new_id()
        self.actor = sync.phone_of(technician, [technician.area_id])
        self.seq = 0
        self.rows: dict[UUID, VisibleJob] = {}

    async def enrol(self) -> None:
        await self.past.do(
            lambda conn: devices.enrol(
                conn, actor=self.actor, device_id=self.device_id, name="old phone", now=self.past.now
            )
        )

    async def work(self, job_id: UUID, at: datetime) -> None:
        """Everything that is said at that visit."""
        await self._exchange([], at - timedelta(minutes=20))
        job = self.rows[job_id]
        attendance = Attendance(
            job=job,
            visit=job.visits[-1],
            fate=Fate.FIXED,
            leave_at=at - timedelta(minutes=15),
            arrive_at=at,
            length=timedelta(minutes=self.past.random.uniform(20, 60)),
        )
        steps = steps_of(attendance, self.past.random)
        await self._exchange(
            [self._event(job_id, step) for step in steps], steps[-1].at + timedelta(minutes=1)
        )

    def _event(self, job_id: UUID, step: Step) -> msgspec.Raw:
        self.seq += 1
        said = {
            "eventId": step.event_id,
            "seq": self.seq,
            "jobId": job_id,
            "kind": step.kind,
            "v": 1,
            "recordedAt": step.at,
            "monoMs": int(step.at.timestamp() * 1000) % 2**40,
            "needs": step.needs,
            "body": step.body,
        }
        return msgspec.Raw(msgspec.json.encode(said))

    async def _exchange(self, events: Sequence[msgspec.Raw], now: datetime) -> None:
        # it asks for all that it may see: of a visit that no plan has published, nobody was told
        envelope = Envelope(device_id=self.device_id, batch_id=new_id(), events=list(events), sent_at=now)
        answer = await exchange.exchange(
            self.past.database, actor=self.actor, technician=self.technician, envelope=envelope, now=now
        )
        assert answer.pull is not None, "it is signed in"
        self.rows |= {change.job_id: change.job for change in answer.pull.changes if change.job is not None}
