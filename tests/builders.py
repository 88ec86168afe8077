"""What tests say in one line: escalations, people who act, visits that are out, phones that report."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from db.ids import new_id
from db.pool import Database
from db.queries import jobs, plans
from db.records import Device, Job, Plan, Technician, Visit
from db.rows import Conn
from db.states import (
    ActorKind,
    JobState,
    PlanOrigin,
    PlanState,
    ReviewReason,
    ReviewState,
    Role,
    VisitEnd,
    VisitState,
)
from dispatch import exchange
from dispatch.actors import Actor
from dispatch.flows import areas, devices, escalations, reviews, rounds, sync
from dispatch.flows import jobs as job_flows
from dispatch.rules import phone
from dispatch.rules.agreements import FIRST
from dispatch.rules.consents import text_hash
from dispatch.rules.escalations import EscalationIn
from dispatch.rules.lifecycle import JobStep
from tests.worlds import NOW, TODAY, WORK, World, small_town

T = TypeVar("T")
SET_UP = Actor(kind=ActorKind.SET_UP, actor_id=UUID(int=0))
LATE = NOW + timedelta(hours=9)
"""When phones have said everything and people decide."""
SHA = "ab" * 32
AGREED = text_hash(FIRST["ru"]).hex()
"""The words that the worlds' subscribers are shown."""
POINT = {"latitude": 55.8, "longitude": 37.57}


async def place(conn: Conn, world: World = small_town) -> World:
    """The world into the database, in the caller's transaction."""
    await areas.set_up(conn, made=world.made, actor=SET_UP, now=NOW)
    return world


async def settled_in(database: Database, world: World = small_town) -> World:
    """The same, committed."""
    async with database.begin([world.area_id]) as conn:
        return await place(conn, world)


def published_plan(world: World = small_town) -> Plan:
    """Of today, as a change by hand leaves it."""
    return Plan(
        area_id=world.area_id,
        plan_id=new_id(),
        plan_version=1,
        plan_run_id=None,
        origin=PlanOrigin.EMERGENCY,
        state=PlanState.PUBLISHED,
        first_on=TODAY,
        last_on=TODAY,
        cost={},
        unassigned=[],
        routes=[],
        created_at=NOW,
        published_at=NOW,
        published_by=None,
    )


def dispatcher(world: World = small_town) -> Actor:
    return person(world, Role.DISPATCHER)


def person(world: World, role: Role) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        actor_id=world.staff_id(role.value),
        roles=frozenset({(world.area_id, role)}),
        areas=(world.area_id,),
        language="en",
    )


def tickets(world: World = small_town) -> Actor:
    """The ticket system."""
    return Actor(
        kind=ActorKind.INTEGRATION,
        actor_id=UUID(int=7),
        scopes=frozenset({"escalations"}),
        areas=(world.area_id,),
    )


def escalation(world: World = small_town, subscriber: int = 1, **changes: Any) -> EscalationIn:
    """Line 2's words about one subscriber, counted from 1; `changes` in the wire's names."""
    said: dict[str, Any] = {
        "source": "desk",
        "ticketNumber": f"T-{subscriber}",
        "sequence": 1,
        "contract": world.subscribers[subscriber - 1].contract,
        "faultClass": "equipment_failure",
        "reportedAt": NOW - timedelta(hours=1),
        "diagnosis": {
            "summary": "ONT dark",
            "readings": [{"quantity": "rx_power", "value": -40, "unit": "dBm"}],
        },
    }
    return msgspec.convert(msgspec.to_builtins({**said, **changes}), EscalationIn)


def terms(answer: str = "accepted") -> dict[str, Any]:
    """The paid-visit terms as asked and answered at booking."""
    return {
        "termsVersion": 1,
        "language": "ru",
        "answer": answer,
        "person": "Holder",
        "capacity": "holder",
        "askedBy": "Olga, line 1",
        "channel": "phone",
        "answeredAt": NOW - timedelta(hours=1),
    }


async def received(
    conn: Conn,
    world: World = small_town,
    subscriber: int = 1,
    now: datetime = NOW,
    **changes: Any,
) -> Job:
    """A job from an escalation, in the caller's transaction."""
    said = escalation(world, subscriber, **changes)
    answer = await escalations.receive(
        conn, area_id=world.area_id, escalation=said, actor=tickets(world), now=now
    )
    return answer.job


def visit_of(job: Job, technician: Technician, at: datetime, **changes: Any) -> Visit:
    """A published visit that starts at `at`."""
    made = Visit(
        area_id=job.area_id,
        visit_id=new_id(),
        job_id=job.job_id,
        technician_area_id=technician.area_id,
        technician_id=technician.technician_id,
        on_day=TODAY + (at.date() - NOW.date()),
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
        assigned_at=NOW,
        shown_at=NOW,
        hidden_at=None,
        on_my_way_at=None,
        arrived_at=None,
        working_at=None,
        ended_at=None,
    )
    return msgspec.structs.replace(made, **changes)


async def hand_out(
    conn: Conn,
    job: Job,
    technician: Technician,
    at: datetime = NOW + timedelta(hours=2),
    **changes: Any,
) -> Visit:
    """A visit as publishing a plan would leave it, without a plan."""
    visit = visit_of(job, technician, at, **changes)
    await plans.insert_visits(conn, [visit])
    await jobs.save_jobs(conn, [msgspec.structs.replace(job, state=JobState.PLANNED)])
    return visit


class Phone:
    """A technician's phone: counts its events, says them as bytes, speaks with the server only when told to."""

    def __init__(self, world: World, technician: Technician, device_id: UUID | None = None) -> None:
        self.world = world
        self.technician = technician
        self.device_id = device_id or new_id()
        self.actor = sync.phone_of(technician, [world.area_id])
        self.seq = 0
        self.key = ""
        self.cursor: str | None = None
        self.van: str | None = None
        """Which van it knows; None as of an app that shows none."""

    async def enrol(self, database: Database, now: datetime = NOW) -> Device:
        async with database.begin([self.world.area_id]) as conn:
            enrolled = await devices.enrol(
                conn, actor=self.actor, device_id=self.device_id, name="Pixel", now=now
            )
        self.key = enrolled.key
        return enrolled.device

    def say(
        self,
        visit: Visit,
        kind: str,
        at: datetime | None = None,
        *,
        needs: Sequence[UUID] = (),
        event_id: UUID | None = None,
        envelope: dict[str, Any] | None = None,
        **body: Any,
    ) -> bytes:
        """One event of this visit, the next in this phone's count. `body` in the wire's names."""
        self.seq += 1
        event = {
            "eventId": event_id or new_id(),
            "seq": self.seq,
            "jobId": visit.job_id,
            "kind": kind,
            "v": 1,
            "recordedAt": at or NOW + timedelta(hours=1, minutes=self.seq),
            "monoMs": 1000 * self.seq,
            "needs": list(needs),
            "body": {"visitId": visit.visit_id, **BODIES.get(kind, {}), **body},
            **(envelope or {}),
        }
        return msgspec.json.encode(event)

    async def send(
        self,
        database: Database,
        events: Sequence[bytes],
        *,
        now: datetime = LATE - timedelta(hours=1),
        sent_at: object = None,
    ) -> phone.Exchanged:
        envelope = phone.Envelope(
            device_id=self.device_id,
            batch_id=new_id(),
            events=[msgspec.Raw(event) for event in events],
            sent_at=(now if sent_at is None else sent_at),
            cursor=self.cursor,
            van=self.van,
        )
        answer = await exchange.exchange(
            database, actor=self.actor, technician=self.technician, envelope=envelope, now=now
        )
        self.cursor = answer.pull.cursor if answer.pull is not None else self.cursor
        self.van = answer.van.version if answer.van is not None else self.van
        return answer


BODIES: dict[str, dict[str, Any]] = {
    "arrived": {"point": POINT},
    "no-access": {"waitedMinutes": 10, "called": True, "point": POINT},
    "part-missing": {"code": "ont"},
    "finding": {"location": "ont_operator", "cause": "hardware"},
    "measurement": {"quantity": "rx_power", "value": -20.5, "unit": "dBm", "moment": "after"},
    "checklist": {"code": "speed", "done": True},
    "photo-taken": {"purpose": "splice", "sha256": SHA, "bytes": 1000},
    "part-used": {"code": "ont", "quantity": 1, "serial": "N-1", "removedSerial": "O-1"},
    "note": {"text": "the dog is friendly"},
    "consent": {
        "answer": "accepted",
        "amountMinor": WORK,
        "currency": "RUB",
        "language": "ru",
        "textSha256": AGREED,
        "method": "signature",
        "person": "Holder",
        "capacity": "holder",
        "agreedAt": NOW,
        "signature": "strokes",
    },
    "closure": {
        "location": "ont_operator",
        "cause": "hardware",
        "action": "swap_ont",
        "confirmedBy": "Holder",
    },
}
"""What a body says unless told otherwise. A paid job says more: `paid`."""

PAID_CLOSURE: dict[str, Any] = {"location": "subscriber_settings", "cause": "config", "action": "reconfigure"}
REFUSED_CLOSURE: dict[str, Any] = {
    "location": "subscriber_settings",
    "cause": "config",
    "action": "cancelled",
}


def quote(world: World, quote_id: UUID, **changes: Any) -> dict[str, Any]:
    """The body of a quote: one line of the tariff as it is."""
    line = {"code": "wifi", "text": "Wi-Fi", "quantity": 1, "amountMinor": WORK, "taxBasisPoints": 2000}
    said = {"quoteId": quote_id, "tariffId": world.tariff.tariff_id, "currency": "RUB", "language": "ru"}
    return {**said, "lines": [line], "amountMinor": WORK, **changes}


PLANNED = (
    "sequence",
    "planned_arrival_at",
    "planned_start_at",
    "planned_end_at",
    "travel_duration",
    "distance_m",
)
"""What a plan says of a visit, and no report."""


class Town:
    """A world in a database of its own, with all that tests do there said in one line."""

    def __init__(self, database: Database, world: World) -> None:
        self.database = database
        self.world = world
        self.tickets = 0

    async def do(self, work: Callable[[Conn], Awaitable[T]]) -> T:
        """In one transaction that sees the area."""
        return await self.database.transact([self.world.area_id], work)

    async def phone(self, technician: int = 1) -> Phone:
        """A new phone of the technician of this number, enrolled."""
        made = Phone(self.world, self.world.technicians[technician - 1])
        await made.enrol(self.database)
        return made

    async def job(self, kind: str = "equipment_failure", **changes: Any) -> Job:
        """A job from a new ticket."""
        self.tickets += 1
        said: dict[str, Any] = {"ticketNumber": f"N-{self.tickets}", "faultClass": kind, **changes}
        return await self.do(lambda conn: received(conn, self.world, **said))

    async def out(self, job: Job, technician: int = 1, **changes: Any) -> Visit:
        """A published visit of the technician of this number."""
        person = self.world.technicians[technician - 1]
        return await self.do(lambda conn: hand_out(conn, job, person, **changes))

    async def whole(self, job: Job) -> job_flows.WholeJob:
        async with self.database.begin([self.world.area_id]) as conn:
            return await job_flows.get(
                conn, areas_seen=[job.area_id], job_id=job.job_id, language="en", now=NOW
            )

    async def whole_of(self, visit: Visit) -> job_flows.WholeJob:
        """The job of this visit."""
        async with self.database.begin([self.world.area_id]) as conn:
            return await job_flows.get(
                conn, areas_seen=[visit.area_id], job_id=visit.job_id, language="en", now=NOW
            )

    async def open_reasons(self, job: Job) -> list[ReviewReason]:
        found = (await self.whole(job)).reviews
        return sorted(review.reason for review in found if review.state is ReviewState.OPEN)

    async def decide(self, job: Job, reason: ReviewReason, *, accepted: bool, now: datetime = LATE) -> None:
        """The dispatcher decides the job's one open review of that reason."""
        (review,) = [
            review
            for review in (await self.whole(job)).reviews
            if (review.reason, review.state) == (reason, ReviewState.OPEN)
        ]
        await self.do(
            lambda conn: reviews.decide(
                conn,
                area_id=job.area_id,
                review_id=review.review_id,
                accepted=accepted,
                note="",
                version=review.version,
                actor=dispatcher(self.world),
                now=now,
            )
        )

    async def change(self, job: Job, step: JobStep, now: datetime = LATE) -> Job:
        """The dispatcher cancels, releases or reopens."""
        version = (await self.whole(job)).job.version
        return await self.do(
            lambda conn: job_flows.change(
                conn,
                areas_seen=[job.area_id],
                job_id=job.job_id,
                step=step,
                version=version,
                reason="because",
                actor=dispatcher(self.world),
                now=now,
            )
        )

    async def reassign(
        self, visit: Visit, technician: int, now: datetime = NOW + timedelta(minutes=30)
    ) -> Visit:
        person = self.world.technicians[technician - 1]
        return await self.do(
            lambda conn: rounds.reassign(
                conn,
                area_id=visit.area_id,
                visit_id=visit.visit_id,
                technician_id=person.technician_id,
                version=None,
                actor=dispatcher(self.world),
                now=now,
            )
        )

    async def net_charges(self, job: Job) -> list[tuple[str, int]]:
        """Kind and amount of the charges that were not reversed."""
        sql = """
        SELECT kind, amount_minor
        FROM charge
        WHERE job_id = $1 AND NOT EXISTS (SELECT FROM charge_reversal AS undone WHERE undone.charge_id = charge.charge_id)
        ORDER BY kind
        """
        async with self.database.begin([self.world.area_id]) as conn:
            return [(row["kind"], row["amount_minor"]) for row in await conn.fetch(sql, job.job_id)]

    async def state(self, job: Job) -> dict[str, Any]:
        """What must not depend on the order in which reports came: all but ids made on the way and versions."""
        whole = await self.whole(job)
        kept = msgspec.to_builtins(
            {
                "job": whole.job,
                "visits": {str(visit.visit_id): visit for visit in whole.visits},
                "closures": {str(row.closure_id): row for row in whole.closures},
                "reports": {str(row.report_id): (row.status, row.reason) for row in whole.reports},
                "appointments": whole.appointments,
                "quotes": sorted(str(row.quote_id) for row in whole.quotes),
                "consents": sorted(str(row.consent_id) for row in whole.consents if row.quote_id is not None),
                "reviews": sorted(
                    (str(row.event_id), row.reason)
                    for row in whole.reviews
                    if row.state is ReviewState.OPEN and row.job_id is not None
                ),
            }
        )
        for row in [kept["job"], *kept["visits"].values(), *kept["appointments"]]:
            del row["version"]
        for row in kept["visits"].values():
            # where in a round a visit went depends on what else was in it by then
            for planned in PLANNED:
                del row[planned]
        return {**kept, "charges": await self.net_charges(job)}


def statuses(answer: phone.Exchanged) -> list[str]:
    """Status or, where there is one, the reason of each event."""
    return [result.reason or result.status for result in answer.results]
