"""A worker's turn, by the tests' clock."""

from db.pool import Database
from dispatch.clock import Clock
from dispatch.following import Follower
from dispatch.worker import Worker


async def turn(database: Database, clock: Clock) -> None:
    """What falls due by now, and what follows the end of what has ended."""
    await Worker(database, clock).tick()
    await Follower(database, clock).follow()
