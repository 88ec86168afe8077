"""`line3 held`: work that failed too often, at the command line."""

import argparse
import asyncio
from collections.abc import Sequence

from api.running import running
from db.held import Held, list_held, retry_held
from dispatch.settings import Settings


def add(command: argparse.ArgumentParser) -> None:
    """`held`, `held --again`."""
    command.add_argument("--again", action="store_true", help="once its cause is mended: have all of it done")


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """A line for each piece of work, the oldest first; or how many are done again."""
    if asked.again:
        print(f"To be done again: {asyncio.run(_retry(settings))}.")
        return 0
    for one in asyncio.run(_list(settings)):
        print(
            f"{one.work_id}  {one.held_at:%Y-%m-%d %H:%M}  {one.kind}  {one.failures} times  {one.reason or '-'}"
        )
    return 0


async def _list(settings: Settings) -> Sequence[Held]:
    async with running(settings) as process, process.database.begin() as conn:
        return await list_held(conn)


async def _retry(settings: Settings) -> int:
    async with running(settings) as process, process.database.begin() as conn:
        return await retry_held(conn)
