"""What follows when something has ended: an outage is over when the job that was to mend it is done; what is owed is credited; whoever
had somebody in the house is asked.

Beside the ticks of a worker: a mass outage has thousands of subscribers, and no promise waits for their credits. Whatever was done
before is found done, so any number of workers may do this, from wherever the one before left off. A step that goes wrong is left in
the queue, which tries it again, and holds up no other.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from uuid import UUID

import msgspec

from db import queue
from db.errors import Unavailable
from db.pool import Database
from db.queries import areas
from db.rows import Conn
from dispatch.actors import Actor, worker
from dispatch.clock import Clock
from dispatch.flows import callbacks, credits, endings, outage_restoration

log = logging.getLogger(__name__)

KIND = "follow"


class Step(StrEnum):
    """What is done, each in a transaction of its own."""

    CALLBACK = "callback"
    RESTORATION = "restoration"
    TICKET = "ticket"
    OUTAGE = "outage"
    DARK = "dark"


class FollowWork(msgspec.Struct, frozen=True):
    """`subject_id`: a job of the first two steps, a ticket, an outage; `subscriber_id`: who was dark in it."""

    area_id: UUID
    step: Step
    subject_id: UUID
    subscriber_id: UUID | None = None


class Follower:
    """Of one worker."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def follow(self) -> bool:
        """The next entries of the journal of each area; whether there were any."""
        seen = await self._areas()
        return any([await self._follow(seen, area_id) for area_id in seen])

    async def follow_again(self, work: queue.Work) -> None:
        """A step that went wrong before."""
        await self._step(await self._areas(), msgspec.json.decode(work.payload, type=FollowWork))

    async def _areas(self) -> list[UUID]:
        async with self._database.begin() as conn:
            return [area.area_id for area in await areas.list_areas(conn)]

    async def _follow(self, seen: list[UUID], area_id: UUID) -> bool:
        ended = await self._database.transact(seen, partial(endings.list_ended, area_id=area_id))
        if ended.n is None:
            return False
        for step, subjects in (
            (Step.CALLBACK, ended.job_ids),
            (Step.RESTORATION, ended.job_ids),
            (Step.TICKET, ended.ticket_ids),
            (Step.OUTAGE, ended.outage_ids),
        ):
            for subject_id in subjects:
                await self._try(seen, FollowWork(area_id, step, subject_id))
        await self._database.transact(seen, partial(endings.move_on, area_id=area_id, n=ended.n))
        return True

    async def _try(self, seen: list[UUID], work: FollowWork) -> None:
        """Raises `Unavailable` alone."""
        try:
            await self._step(seen, work)
        except Unavailable:
            raise
        except Exception as error:
            log.error("worker.due_failed", extra={"kind": type(error).__name__}, exc_info=error)
            payload = msgspec.json.encode(work)
            await self._database.transact(
                seen, partial(queue.enqueue, kind=KIND, payload=payload, dedupe_key=f"{KIND} {payload!r}")
            )

    async def _step(self, seen: list[UUID], work: FollowWork) -> None:
        if work.step is Step.OUTAGE:
            await self._credit_all(seen, work)
        else:
            await self._database.transact(seen, _flow(work, worker(work.area_id), self._clock()))

    async def _credit_all(self, seen: list[UUID], work: FollowWork) -> None:
        """All who were dark, called or not; one by one, so that nobody who speaks with one of them waits for the rest."""
        dark = await self._database.transact(
            seen, partial(credits.list_dark, area_id=work.area_id, outage_id=work.subject_id)
        )
        for subscriber_id in dark:
            await self._try(seen, FollowWork(work.area_id, Step.DARK, work.subject_id, subscriber_id))


def _flow(work: FollowWork, actor: Actor, now: datetime) -> Callable[[Conn], Awaitable[object]]:
    area_id, subject_id = work.area_id, work.subject_id
    match work.step:
        case Step.CALLBACK:
            return partial(callbacks.plan, area_id=area_id, job_id=subject_id, actor=actor, now=now)
        case Step.RESTORATION:
            return partial(
                outage_restoration.restore_mended, area_id=area_id, job_id=subject_id, actor=actor, now=now
            )
        case Step.TICKET:
            return partial(credits.work_out, area_id=area_id, ticket_id=subject_id, actor=actor, now=now)
        case _:
            assert work.subscriber_id is not None, "who was dark is somebody"
            return partial(
                credits.work_out_outage,
                area_id=area_id,
                outage_id=subject_id,
                subscriber_id=work.subscriber_id,
                actor=actor,
                now=now,
            )
