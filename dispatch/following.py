"""What follows when something has ended: an outage is over when the job that was to mend it is done; what is owed is credited; whoever
had somebody in the house is asked.

Beside the ticks of a worker: a mass outage has thousands of subscribers, and no promise waits for their credits. Whatever was done
before is found done, so any number of workers may do this, from wherever the one before left off.
"""

from functools import partial
from uuid import UUID

from db.pool import Database
from db.queries import areas
from dispatch.actors import worker
from dispatch.clock import Clock
from dispatch.due import do_due
from dispatch.flows import callbacks, credits, endings, outage_restoration


class Follower:
    """Of one worker."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def follow(self) -> bool:
        """The next entries of the journal of each area; whether there were any."""
        async with self._database.begin() as conn:
            seen = [area.area_id for area in await areas.list_areas(conn)]
        return any([await self._follow(seen, area_id) for area_id in seen])

    async def _follow(self, seen: list[UUID], area_id: UUID) -> bool:
        actor, now = worker(area_id), self._clock()
        ended = await self._database.transact(seen, partial(endings.list_ended, area_id=area_id))
        for job_id in ended.job_ids:
            job = partial(callbacks.plan, area_id=area_id, job_id=job_id, actor=actor, now=now)
            await do_due(self._database, seen, job)
            mended = partial(
                outage_restoration.restore_mended, area_id=area_id, job_id=job_id, actor=actor, now=now
            )
            await do_due(self._database, seen, mended)
        for ticket_id in ended.ticket_ids:
            ticket = partial(credits.work_out, area_id=area_id, ticket_id=ticket_id, actor=actor, now=now)
            await do_due(self._database, seen, ticket)
        for outage_id in ended.outage_ids:
            await self._credit(seen, area_id, outage_id)
        if ended.n is None:
            return False
        await do_due(self._database, seen, partial(endings.move_on, area_id=area_id, n=ended.n))
        return True

    async def _credit(self, seen: list[UUID], area_id: UUID, outage_id: UUID) -> None:
        """All who were dark, called or not; one by one, so that nobody who speaks with one of them waits for the rest."""
        actor, now = worker(area_id), self._clock()
        dark = await self._database.transact(
            seen, partial(credits.list_dark, area_id=area_id, outage_id=outage_id)
        )
        for subscriber_id in dark:
            owed = partial(
                credits.work_out_outage,
                area_id=area_id,
                outage_id=outage_id,
                subscriber_id=subscriber_id,
                actor=actor,
                now=now,
            )
            await do_due(self._database, seen, owed)
