"""Before the first quote: what prices it is compiled, and the coming days of all areas are in memory."""

import asyncio
import logging
import time

from db.pool import Database
from dispatch.clock import Clock
from dispatch.flows import areas
from dispatch.horizon import Horizons
from optimizer import standing

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
TOLD_EVERY_SECONDS = 5.0


async def compile_all() -> None:
    """What prices a stop: a minute where nothing is cached, in which others answer and the log says how far it is."""
    told_at = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > TOLD_EVERY_SECONDS:
            told_at = time.monotonic()
            log.info("warming.compiling", extra={"done": done, "of": of})

    await asyncio.to_thread(standing.warm, tell)


class Warmth:
    """Of one process."""

    def __init__(self) -> None:
        self.ready = False


async def warm(database: Database, horizons: Horizons, clock: Clock, warmth: Warmth) -> None:
    """Until it is done: what fails is logged and tried again. Areas set up later are loaded when they are first asked for."""
    pause = FIRST_PAUSE_SECONDS
    while not warmth.ready:
        try:
            await compile_all()
            await _load(database, horizons, clock)
        except Exception as error:  # whatever it is, somebody has to hear of it and it may pass
            log.error("warming.failed", extra={"kind": type(error).__name__}, exc_info=error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        else:
            warmth.ready = True
            log.info("warming.done")


async def _load(database: Database, horizons: Horizons, clock: Clock) -> None:
    async with database.begin() as conn:
        found = await areas.list_areas(conn)
    for area in found:
        async with database.begin([area.area_id], snapshot=True) as conn:
            await horizons.of(area.area_id).refresh(conn, area, clock())
