"""One PostgreSQL for all tests: the embedded one, or LINE3_TEST_DATABASE_URL (an owner's URL of a server of your own).

`conn` is rolled back; `database` commits, in a database of its own; `database_url` is where that one lives. Workers of
pytest-xdist share the server: each holds a lease on the folder that the first process made.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from db import embedded, migrate
from db.ids import new_id
from db.pool import Database, open_database
from db.rows import Conn, prepare_connection
from dispatch.solver import Solver
from tests import worlds

FOLDER = "LINE3_TEST_FOLDER"
OWN_SERVER = "LINE3_TEST_DATABASE_URL"

T = TypeVar("T")


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder; the workers it starts find it in their environment."""
    if FOLDER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="line3-test-", dir="/tmp"))
        folder.chmod(0o711)
        os.environ[FOLDER] = str(folder)
        config.add_cleanup(lambda: remove(folder))


def remove(folder: Path) -> None:
    """The folder goes when the server has gone, which it does when nobody holds a lease; of yours, our template goes."""
    del os.environ[FOLDER]
    if (url := os.environ.get(OWN_SERVER)) and (folder / "template.made").exists():
        made = Server(url, folder.name.rpartition("-")[2])
        aside(made.drop(made.template))
    pid_file = folder / "data" / "postgres" / "data" / "postmaster.pid"
    with contextlib.suppress(TimeoutError):
        until(lambda: not pid_file.exists(), 15)
    shutil.rmtree(folder, ignore_errors=True)


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition, not for a time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


def aside(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end where no loop of the tests is running yet."""
    with asyncio.Runner() as runner:
        return runner.run(work)


EMPTIED = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE
    full_table regclass;
BEGIN
    FOR full_table IN
        SELECT c.oid FROM pg_class AS c
        WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN ('public', 'line3_queue')
            AND c.relname NOT IN ('schema_migration', 'installation')
    LOOP
        EXECUTE format('DELETE FROM %s', full_table);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


class Server:
    """Databases on the tests' server; each is a copy of the template, which is migrated once."""

    def __init__(self, owner_url: str, run: str) -> None:
        self._owner_url = owner_url
        self.template = f"line3_test_{run}"
        self._idle: list[str] = []
        self._altered: set[str] = set()

    def owner_url(self, database: str = "") -> str:
        parts = urlsplit(self._owner_url)
        return urlunsplit(parts._replace(path=f"/{database}")) if database else self._owner_url

    def app_url(self, database: str) -> str:
        """The password of the role comes from the URL that was migrated: the template's."""
        parts = urlsplit(migrate.app_url(self.owner_url(self.template)))
        return urlunsplit(parts._replace(path=f"/{database}"))

    async def create(self, database: str, template: str = "template0") -> None:
        """Both names are of our own making."""
        await self._as_owner(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    async def drop(self, database: str) -> None:
        await self._as_owner(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    async def take(self) -> str:
        """The name of a database as migrations leave it, for one test or module alone."""
        if self._idle:
            return self._idle.pop()
        name = f"{self.template}_{new_id().hex[-8:]}"
        await self.create(name, self.template)
        return name

    async def give_back(self, database: str) -> None:
        """Emptied for the next one, which is a tenth of the work of a new one; what its owner altered is dropped."""
        if database in self._altered:
            await self.drop(database)
        else:
            await self.run(database, EMPTIED)
            self._altered.remove(database)
            self._idle.append(database)

    async def run(self, database: str, *statements: str) -> None:
        """As the owner: what the application may not do."""
        self._altered.add(database)
        conn = await asyncpg.connect(self.owner_url(database))
        try:
            for statement in statements:
                await conn.execute(statement)
        finally:
            await conn.close()

    async def _as_owner(self, statement: str) -> None:
        await self.run("", statement)

    async def make_template(self) -> None:
        await self.create(self.template)
        await migrate.migrate(self.owner_url(self.template))
        # acknowledged rows need not survive the end of the tests
        await self._as_owner("ALTER ROLE line3_app SET synchronous_commit = off")


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    folder = Path(os.environ[FOLDER])
    with contextlib.ExitStack() as stack:
        url = os.environ.get(OWN_SERVER)
        if url is None:
            url = stack.enter_context(embedded.start(folder / "data")).owner_url
        made = Server(url, folder.name.rpartition("-")[2])
        with (folder / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "template.made").exists():
                aside(made.make_template())
                (folder / "template.made").touch()
        yield made


@pytest.fixture(scope="session")
async def scratch(server: Server) -> AsyncGenerator[str]:
    """The URL of a database of this process that nothing is ever committed to."""
    name = f"{server.template}_{new_id().hex[-8:]}"
    await server.create(name, server.template)
    yield server.app_url(name)
    await server.drop(name)


@pytest.fixture
async def conn(scratch: str) -> AsyncGenerator[Conn]:
    """As `line3_app`, in a transaction that sees the worlds' areas and is rolled back."""
    found = await asyncpg.connect(scratch, server_settings={"timezone": "UTC"})
    try:
        await prepare_connection(found)
        transaction = found.transaction()
        await transaction.start()
        await see(found, *(world.area_id for world in worlds.ALL))
        yield found
        await transaction.rollback()
    finally:
        await found.close()


async def see(conn: Conn, *areas: object) -> None:
    """These areas and no others, for the rest of the transaction."""
    await conn.execute("SELECT set_config('line3.area_ids', $1, true)", ",".join(map(str, areas)))


@pytest.fixture
async def fresh(server: Server) -> AsyncGenerator[str]:
    """The name of a database of this test's own while it runs."""
    name = await server.take()
    yield name
    await server.give_back(name)


@pytest.fixture
def database_url(server: Server, fresh: str) -> str:
    """The application's URL of the test's own database."""
    return server.app_url(fresh)


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """The test's own database, where what is committed stays until the test ends."""
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def solver() -> AsyncGenerator[Solver]:
    """Loads once, at its first solve."""
    made = Solver()
    yield made
    await made.close()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Names at once what failed: a run that is ended later must not hide it."""
    if report.failed:
        print(f"\nFAILED {report.nodeid}", flush=True)
