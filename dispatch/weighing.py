"""When the signs of an area are weighed: at most once a second, and only where there are others, or some are to settle.

What is kept here is a memory of what was looked at last; proposals are rows, so a worker that starts anew goes on with them.
"""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import setup, signs
from db.queries.signs import NetworkMark, SignMark
from db.rows import Conn
from dispatch.actors import worker
from dispatch.bounded import EARLIEST
from dispatch.flows import outages
from dispatch.rules.bursts import PROPOSING, Hour, learnt
from dispatch.rules.networks import Network, network_of
from dispatch.rules.scanning import Background

AT_MOST_EVERY = timedelta(seconds=1)
SETTLING = timedelta(seconds=15)
"""So often without another sign: what nobody adds to becomes sure, or ages."""
LEARNT_OVER, LEARNT_EVERY = timedelta(days=14), timedelta(hours=1)
"""What usually comes in an area."""


class Seen(msgspec.Struct, frozen=True):
    """Of an area, when it was looked at last."""

    at: datetime
    mark: SignMark


class Weigher:
    """Of one worker. Any number of them may weigh the same area: one does so at a time, on what the one before has left."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[UUID, Seen] = {}
        self._looked_at: dict[UUID, datetime] = {}
        self._networks: dict[UUID, tuple[NetworkMark, Network]] = {}
        self._usual: dict[UUID, tuple[datetime, Background]] = {}

    async def weigh(self, area_id: UUID, now: datetime) -> bool:
        """Whether there was something to weigh."""
        if timedelta() <= now - self._looked_at.get(area_id, EARLIEST) < AT_MOST_EVERY:
            return False
        self._looked_at[area_id] = now
        seen = self._seen.get(area_id)
        async with self._database.begin([area_id], snapshot=True) as conn:
            mark = await signs.find_sign_mark(conn, area_id, now - outages.LOOK_BACK)
            if not _is_due(seen, mark, now):
                return False
            network = await self._network(conn, area_id)
            usual = await self._background(conn, area_id, network, now)
        await self._database.transact(
            [area_id],
            partial(
                outages.weigh,
                area_id=area_id,
                network=network,
                background=usual,
                actor=worker(area_id),
                now=now,
            ),
        )
        self._seen[area_id] = Seen(now, mark)
        return True

    async def _network(self, conn: Conn, area_id: UUID) -> Network:
        """As it is; made anew where something of it has changed."""
        mark = await signs.find_network_mark(conn, area_id)
        known = self._networks.get(area_id)
        if known is not None and known[0] == mark:
            return known[1]
        homes = {row.subscriber_id: row.network_element_id for row in await signs.list_hanging(conn, area_id)}
        network = network_of(await setup.list_network_elements(conn, area_id), homes)
        self._networks[area_id] = mark, network
        return network

    async def _background(self, conn: Conn, area_id: UUID, network: Network, now: datetime) -> Background:
        """Up to the last whole hour before what is weighed, which may be an outage."""
        end = (now - outages.LOOK_BACK).replace(minute=0, second=0, microsecond=0)
        known = self._usual.get(area_id)
        if known is not None and timedelta() <= end - known[0] < LEARNT_EVERY:
            return known[1]
        counted = await signs.count_signs_by_hour(conn, area_id, end - LEARNT_OVER, end)
        usual = learnt(
            network,
            [
                Hour(tickets=one.tickets, alarms=one.alarms, element_alarms=one.element_alarms)
                for one in counted
            ],
        )
        self._usual[area_id] = end, usual
        return usual


def _is_due(seen: Seen | None, mark: SignMark, now: datetime) -> bool:
    said = mark.tickets + mark.alarms
    if seen is None:
        return said + mark.decided > 0
    if mark != seen.mark:
        return True
    return said >= PROPOSING.fewest and not timedelta() <= now - seen.at < SETTLING
