"""A small town per module, where what is committed stays: each test has its own jobs and phones there."""

from collections.abc import AsyncGenerator

import pytest

from db.pool import open_database
from tests.builders import Town, settled_in
from tests.conftest import Server
from tests.worlds import small_town


@pytest.fixture(scope="module")
async def town(server: Server) -> AsyncGenerator[Town]:
    name = await server.take()
    database = await open_database(server.app_url(name))
    yield Town(database, await settled_in(database, small_town))
    await database.close()
    await server.give_back(name)
