"""A small town per module, where what is committed stays: each test has its own jobs and phones there."""

from collections.abc import AsyncGenerator

import pytest

from db.ids import new_id
from db.pool import open_database
from dispatch.solver import Solver
from tests.builders import Town, settled_in
from tests.conftest import Server
from tests.worlds import small_town


@pytest.fixture(scope="module")
async def town(server: Server) -> AsyncGenerator[Town]:
    name = f"{server.template}_{new_id().hex[-8:]}"
    await server.create(name, server.template)
    database = await open_database(server.app_url(name))
    yield Town(database, await settled_in(database, small_town))
    await database.close()
    await server.drop(name)


@pytest.fixture(scope="module")
async def solver() -> AsyncGenerator[Solver]:
    """One for all tests here: it always has a process warm."""
    made = Solver()
    made.warm_up()
    yield made
    await made.close()
