"""Ways between the places of a plan: kept ones from the database, the others from the best source that answers.

Never in a transaction: a router may take a minute. Whatever goes wrong, there is the straight line.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import numpy as np

from db.pool import Database
from db.queries import travel
from db.records import Area, Place, RunTravel
from dispatch.outside.routers import Router
from dispatch.outside.travel_times import Silent, StraightLines, TravelTimes
from dispatch.roads import network
from dispatch.roads.search import Roads
from dispatch.rules import ways as rules
from dispatch.rules.ways import Known, Points, Ways
from dispatch.settings import RouterAddress

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)
"""Then it is asked for again: a router's roads change without its saying so."""
PATIENCE_SECONDS = 120.0
"""How long a plan waits for its ways."""


class Travelled(NamedTuple):
    """The matrices of a plan, and where they come from."""

    ways: Ways
    said: RunTravel


class Offered(NamedTuple):
    """What may be asked about some places, the best first."""

    sources: Sequence[TravelTimes]
    instead: str | None
    """Why something better is not among them."""


class Remembered(TravelTimes):
    """A source that is not to be had any more: of its ways there is what was kept."""

    def __init__(self, said: RunTravel) -> None:
        self.name = said.source
        self.version = said.version
        self.at_once = 1_000

    def between(self, origins: Points, targets: Points) -> Ways:
        raise Silent("source_gone")


class TravelSources:
    """What one installation has: a folder of road networks (`line3 roads build`), a router. Both may be missing."""

    def __init__(self, folder: Path | None = None, router: RouterAddress | None = None) -> None:
        self._folder = folder
        self._router = None if router is None else Router(router)
        self._roads: dict[Path, tuple[tuple[int, int], Roads]] = {}

    def offer(self, points: Points) -> Offered:
        """The router, then the network on whose ground most of the places lie. Blocks: reads files."""
        asked: list[TravelTimes] = [] if self._router is None else [self._router]
        files = [] if self._folder is None else sorted(self._folder.glob(f"*{network.FILE_ENDS}"))
        inside: dict[Path, int] = {}
        unreadable = None
        for path in files:
            try:
                inside[path] = _inside(network.read_box(path), points)
            except network.BadNetwork:
                unreadable = "roads_unreadable"
        best = max(inside, key=lambda path: inside[path], default=None)
        if best is None or not inside[best]:
            return Offered(asked, unreadable)
        try:
            return Offered([*asked, self._read(best)], None)
        except (network.BadNetwork, OSError):
            return Offered(asked, "roads_unreadable")

    def _read(self, path: Path) -> Roads:
        """Once for each state of the file."""
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self._roads.get(path)
        if known is None or known[0] != stamp:
            known = self._roads[path] = (stamp, Roads(path.stem, network.read(path)))
        return known[1]


def _inside(box: network.Floats, points: Points) -> int:
    south, west, north, east = box.tolist()
    within = (points.latitude >= south) & (points.latitude <= north)
    return int((within & (points.longitude >= west) & (points.longitude <= east)).sum())


def _as_then(offered: Offered, then: RunTravel) -> Offered:
    """The source of those times first, whatever is better by now."""
    same = [source for source in offered.sources if source.version == then.version]
    others = [source for source in offered.sources if source.version != then.version]
    return Offered([*(same or [Remembered(then)]), *others], offered.instead)


def straight_lines(area: Area) -> StraightLines:
    return StraightLines(area.settings.detour, area.settings.speed_kmh / 3.6)


async def travel_between(
    database: Database,
    sources: TravelSources,
    area: Area,
    places: Sequence[Place],
    pace: float,
    now: datetime,
    then: RunTravel | None = None,
) -> Travelled:
    """All ways between these places. Raises nothing of the sources': what they do not know is a straight line.

    `then`: where times came from that these are to agree with, as far as that can still be asked, or was kept.
    """
    points, line = rules.points_of(places), straight_lines(area)
    if then is not None and then.source == line.name:
        offered = Offered((), None)
    else:
        offered = await asyncio.to_thread(sources.offer, points)
        offered = offered if then is None else _as_then(offered, then)
    instead = offered.instead
    if instead is not None:
        _warn(instead, area)
    for source in offered.sources:
        try:
            found = await _kept(database, source, area.area_id, places, now)
        except Silent as silent:
            instead = silent.reason
            _warn(instead, area)
            continue
        said = _said(source, instead, len(places), rules.off_road(found), pace)
        return Travelled(await asyncio.to_thread(_whole, found, line, points, pace), said)
    nothing = np.full((len(places), len(places)), rules.UNKNOWN, np.int32)
    ways = await asyncio.to_thread(_whole, Ways(nothing, nothing), line, points, pace)
    return Travelled(ways, _said(line, instead, len(places), 0, pace))


def _warn(reason: str, area: Area) -> None:
    log.warning("travel.fell_back", extra={"reason": reason, "area": area.area_id})


def _whole(found: Ways, line: StraightLines, points: Points, pace: float) -> Ways:
    """Straight lines where nothing was found, at the pace of the hours that are planned."""
    if (found.seconds == rules.UNKNOWN).any():
        found = rules.over_straight(found, line.between(points, points))
    return rules.at_pace(found, pace)


def _said(source: TravelTimes, instead: str | None, places: int, off_road: int, pace: float) -> RunTravel:
    return RunTravel(
        source=source.name,
        version=source.version,
        instead=instead,
        places=places,
        off_road=off_road,
        pace=pace,
    )


async def _kept(
    database: Database, source: TravelTimes, area_id: UUID, places: Sequence[Place], now: datetime
) -> Ways:
    """Of one source; what has to be asked is kept, part by part: where that takes too long, the next plan goes on from
    there. Raises `Silent`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    keys, which = np.unique(rules.keys_of(places), return_inverse=True)
    async with database.begin([area_id]) as conn:
        rows = await travel.list_travel_rows(conn, area_id, source.version, keys.tolist(), now - KEPT_FOR)
    known = rules.known_of(keys, {row.here: row.ways for row in rows})
    asking = np.array(rules.to_ask(known.asked), np.int64)
    for first in range(0, len(asking), source.at_once):
        if time.monotonic() > deadline:
            raise Silent("too_slow")
        some = asking[first : first + source.at_once]
        others = rules.unasked_of(known, some)
        await asyncio.to_thread(_ask, source, rules.points_at(keys), known, some, others)
        made = rules.rows_of(keys, known, some, others)
        async with database.begin([area_id]) as conn:
            await travel.save_travel_rows(conn, area_id, source.version, made, now)
    both = np.ix_(which, which)
    return Ways(known.seconds[both], known.metres[both])


def _ask(source: TravelTimes, points: Points, known: Known, some: rules.Keys, others: rules.Keys) -> None:
    """Fills in all ways between `some` places and the `others`. Raises `Silent`."""
    here, there = points.of(some), points.of(others)
    if np.isin(some, others).all() and 2 * len(some) > len(others):
        _fill(known, others, others, source.between(there, there))
    else:
        _fill(known, some, others, source.between(here, there))
        _fill(known, others, some, source.between(there, here))
    np.fill_diagonal(known.seconds, 0)
    np.fill_diagonal(known.metres, 0)


def _fill(known: Known, origins: rules.Keys, targets: rules.Keys, ways: Ways) -> None:
    known.seconds[np.ix_(origins, targets)], known.metres[np.ix_(origins, targets)] = ways
