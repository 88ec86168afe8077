"""The real application over a real database, spoken to over HTTP without a network between."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from api.app import build
from api.auth import COOKIE
from db.pool import Database
from dispatch.flows import accounts
from tests.builders import settled_in
from tests.worlds import NOW, PASSWORD, World, small_town


class Desk:
    """Somebody who speaks HTTP: signed in by cookie, or a system with a token."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self._send("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        return await self._send("POST", path, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self._send("DELETE", path, **options)

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)


class Clock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):  # noqa: ANN204
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def world(database: Database) -> World:
    return await settled_in(database, small_town)


@pytest.fixture
async def client(database: Database, clock: Clock) -> AsyncGenerator[httpx.AsyncClient]:
    app = build(database, clock)
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://line3.test") as client:
        yield client


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> Desk:
    answer = await client.post("/v1/sign-in", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    secret = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    client.cookies.clear()
    return Desk(client, {"Cookie": f"{COOKIE}={secret}"})


@pytest.fixture
async def dispatcher(client: httpx.AsyncClient, world: World) -> Desk:
    return await sign_in(client, f"{world.name}.dispatcher")


@pytest.fixture
async def technician(client: httpx.AsyncClient, world: World) -> Desk:
    return await sign_in(client, f"{world.name}.technician1")


@pytest.fixture
async def tickets(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    """The ticket system."""
    return await with_token(client, database, world, ["escalations:write", "charges:read"])


async def with_token(
    client: httpx.AsyncClient, database: Database, world: World, scopes: Sequence[str]
) -> Desk:
    async with database.begin() as conn:
        secret = await accounts.create_token(
            conn, name="tickets", scopes=list(scopes), area_ids=[world.area_id], now=NOW
        )
    return Desk(client, {"Authorization": f"Bearer {secret}"})
