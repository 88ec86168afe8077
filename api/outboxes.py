"""`line3 outbox import`: what a phone exported as the last resort, read in at the machine."""

import argparse
import asyncio
from uuid import UUID

from api.running import running, uploads_into
from db.states import ActorKind
from dispatch import outboxes
from dispatch.actors import Actor
from dispatch.errors import NotAnOutbox, TooManyOutboxCodes, UnknownDevice, WrongOutboxCode
from dispatch.flows import areas
from dispatch.settings import Settings

REFUSALS = (OSError, NotAnOutbox, WrongOutboxCode, TooManyOutboxCodes, UnknownDevice)
OPERATOR = UUID(int=0)
"""Whoever may start a command on this machine: the journal knows them as `set_up`."""


def import_file(asked: argparse.Namespace, settings: Settings) -> int:
    """Prints what became of each record."""
    taken = asyncio.run(_take_in(asked.file.read_bytes(), asked.code, settings))
    for result in taken.results:
        print(f"{result.event_id}  {result.status:<9} {result.outcome:<8} {result.reason or ''}".rstrip())
    for photo_id in taken.photos_left:
        print(f"{photo_id}  the photo was not taken")
    print(f"{len(taken.results)} records of technician {taken.technician_id}, phone {taken.device_id}")
    return 0


async def _take_in(file: bytes, code: str, settings: Settings) -> outboxes.TakenIn:
    async with running(settings) as process:
        async with process.database.begin() as conn:
            seen = tuple(area.area_id for area in await areas.list_areas(conn))
        actor = Actor(kind=ActorKind.SET_UP, actor_id=OPERATOR, areas=seen)
        return await outboxes.import_outbox(
            process.database,
            uploads_into(settings),
            file=file,
            code=code,
            actor=actor,
            now=process.clock(),
        )
