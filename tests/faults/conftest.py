"""The ground that schedules of one process share, on the tests' server."""

from collections.abc import AsyncGenerator

import pytest

from tests.conftest import Server
from tests.faults.ground import Ground, ground


@pytest.fixture(scope="module")
async def shared_ground(server: Server) -> AsyncGenerator[Ground]:
    """A database of this module's own, with what is copied in it."""
    name = await server.take()
    async with ground(server.app_url(name), server.owner_url(name)) as made:
        yield made
    await server.give_back(name)
