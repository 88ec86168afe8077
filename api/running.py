"""From settings to a connected process: the embedded server where no database URL is given."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec

from db import embedded
from db.migrate import app_url, migrate
from db.pool import Database, open_database
from dispatch.clock import Clock, clock_from_environment
from dispatch.flows import installations
from dispatch.outside.photo_bucket import PhotoBucket
from dispatch.outside.photo_store import PhotoFolder
from dispatch.settings import Settings
from dispatch.uploads import Uploads


class Addresses(msgspec.Struct, frozen=True):
    """Where the database is: as its owner, and as the application."""

    owner: str
    app: str


class Running(msgspec.Struct, frozen=True):
    """What a process works with."""

    database: Database
    clock: Clock
    app_url: str


@asynccontextmanager
async def addresses(settings: Settings) -> AsyncGenerator[tuple[Addresses, embedded.Server | None]]:
    """The database's addresses; an embedded server lives at least as long as the block."""
    if settings.database_url is not None:
        app = settings.app_database_url or app_url(settings.database_url)
        yield Addresses(settings.database_url, app), None
        return
    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        yield Addresses(server.owner_url, server.app_url), server
    finally:
        server.close()


@asynccontextmanager
async def running(settings: Settings, *, migrated: bool = False) -> AsyncGenerator[Running]:
    """Connected as `line3_app`. An embedded database is migrated on the way (nobody else would); another one only if
    asked to. Raises `EmbeddedUnavailable`, `Unavailable`, `NotForSuperusers`, `ClockRefused`."""
    async with addresses(settings) as (where, server):
        if migrated or server is not None:
            await migrate(where.owner)
        database = await open_database(where.app, revive=None if server is None else server.ensure)
        try:
            async with database.begin() as conn:
                demo = await installations.is_demo(conn)
            yield Running(database, clock_from_environment(demo=demo), where.app)
        finally:
            await database.close()


def uploads_into(settings: Settings) -> Uploads:
    """Photos go where the settings say; what is on its way stays on this machine."""
    bucket = settings.photos_bucket
    store = PhotoFolder(settings.photos) if bucket is None else PhotoBucket(bucket)
    return Uploads(store, settings.photos)
