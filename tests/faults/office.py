"""The office of one copied area, while its technicians are out: a dispatcher who changes his mind, and what falls due by time."""

import random
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from db.errors import Unavailable
from db.queries import reports
from db.states import ActorKind, Role
from dispatch import exchange
from dispatch.actors import Actor
from dispatch.errors import Refused
from dispatch.flows import escalations, reviews, rounds
from dispatch.flows import jobs as job_flows
from dispatch.rules.escalations import EscalationIn
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.reports import PENDING_FOR
from tests.faults.frail import Life
from tests.faults.ground import Copied, Ground

LIVE_VISITS = """
SELECT visit_id
FROM visit
JOIN job USING (area_id, job_id)
JOIN subscriber USING (area_id, subscriber_id)
WHERE visit.state = 'published'
ORDER BY contract
"""
JOBS = "SELECT job_id, job.version FROM job JOIN subscriber USING (area_id, subscriber_id) ORDER BY contract"
OPEN_REVIEWS = "SELECT review_id, version FROM review WHERE state = 'open' ORDER BY opened_at, review_id"
PENDING = "SELECT count(*) FROM inbox WHERE status = 'pending'"


class Office:
    """Acts at random; that something is refused is an answer."""

    def __init__(self, ground: Ground, area: Copied, life: Life, chance: random.Random) -> None:
        self.ground = ground
        self.area = area
        self.life = life
        self.chance = chance
        self.tickets = 0
        self.actor = Actor(
            kind=ActorKind.STAFF,
            actor_id=area.dispatcher,
            roles=frozenset({(area.area_id, Role.DISPATCHER)}),
            areas=(area.area_id,),
        )

    async def act(self) -> None:
        act = self.chance.choice([self._reassign, self._reassign, self._change, self._merge, self._decide])
        with suppress(Refused, Unavailable):
            await act()

    async def _read(self, sql: str) -> list[Any]:
        async with self.ground.database.begin([self.area.area_id]) as conn:
            return await conn.fetch(sql)

    async def _reassign(self) -> None:
        known = await self._read(LIVE_VISITS)
        to = self.chance.choice(self.area.technicians)
        if not known:
            return
        visit_id = self.chance.choice(known)["visit_id"]
        await self.ground.database.transact(
            [self.area.area_id],
            lambda conn: rounds.reassign(
                conn,
                area_id=self.area.area_id,
                visit_id=visit_id,
                technician_id=to,
                version=None,
                actor=self.actor,
                now=self.life.now,
            ),
        )

    async def _change(self) -> None:
        job = self.chance.choice(await self._read(JOBS))
        step = self.chance.choice([JobStep.CANCEL, JobStep.RELEASE, JobStep.REOPEN])
        await self.ground.database.transact(
            [self.area.area_id],
            lambda conn: job_flows.change(
                conn,
                areas_seen=[self.area.area_id],
                job_id=job["job_id"],
                step=step,
                version=job["version"],
                reason="",
                actor=self.actor,
                now=self.life.now,
            ),
        )

    async def _merge(self) -> None:
        """The same ticket escalates once more: its job grows."""
        number = self.chance.randrange(len(self.area.contracts))
        self.tickets += 1
        said: dict[str, Any] = {
            "source": "desk",
            "ticketNumber": self.area.tickets[number],
            "sequence": 1 + self.tickets,
            "contract": self.area.contracts[number],
            "faultClass": self.area.kinds[number],
            "reportedAt": self.life.now - timedelta(minutes=5),
            "diagnosis": {"summary": f"worse {self.tickets}", "readings": []},
        }
        actor = Actor(
            kind=ActorKind.INTEGRATION,
            actor_id=UUID(int=7),
            scopes=frozenset({"escalations"}),
            areas=(self.area.area_id,),
        )
        escalation = msgspec.convert(said, EscalationIn)
        await self.ground.database.transact(
            [self.area.area_id],
            lambda conn: escalations.receive(
                conn, area_id=self.area.area_id, escalation=escalation, actor=actor, now=self.life.now
            ),
        )

    async def _decide(self) -> None:
        known = await self._read(OPEN_REVIEWS)
        if not known:
            return
        review = self.chance.choice(known)
        accepted = self.chance.random() < 0.7
        await self.ground.database.transact(
            [self.area.area_id],
            lambda conn: reviews.decide(
                conn,
                area_id=self.area.area_id,
                review_id=review["review_id"],
                accepted=accepted,
                note="",
                version=review["version"],
                actor=self.actor,
                now=self.life.now,
            ),
        )

    async def has_pending(self) -> bool:
        (row,) = await self._read(PENDING)
        return bool(row[0])

    async def look_after_what_is_left(self) -> None:
        """What the worker does from time to time."""
        area_id, now = self.area.area_id, self.life.now
        await exchange.apply_left_over(self.ground.database, area_id=area_id, seen=[area_id], now=now)
        async with self.ground.database.begin([area_id]) as conn:
            overdue = await reports.list_overdue_pending_jobs(conn, area_id, now - PENDING_FOR)
        for job_id in overdue:
            await self._settle(job_id)

    async def _settle(self, job_id: UUID) -> None:
        actor = Actor(kind=ActorKind.WORKER, actor_id=UUID(int=0), areas=(self.area.area_id,))
        await self.ground.database.transact(
            [self.area.area_id],
            lambda conn: reviews.settle_overdue(
                conn, area_id=self.area.area_id, job_id=job_id, actor=actor, now=self.life.now
            ),
        )
