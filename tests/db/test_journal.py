"""The journal and the feeds: numbers without gaps, in the order of commits, so that a reader who asks "after n" misses
nothing; while one who asks a plain sequence does, which shows that the test bites."""

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID

from db.ids import new_id
from db.pool import Database
from db.queries import journal
from db.records import JournalEntry
from db.rows import Conn
from db.states import ActorKind, FeedOp
from dispatch.announce import announce
from dispatch.rules.journal import Shown
from tests.builders import settled_in
from tests.conftest import Server
from tests.worlds import small_town

WRITERS = 16
EACH = 25
AT = datetime(2026, 11, 24, tzinfo=UTC)
AREA = small_town.area_id


def entry(subject_id: UUID) -> JournalEntry:
    return JournalEntry(
        area_id=AREA,
        n=0,
        at=AT,
        actor_kind=ActorKind.WORKER,
        actor_id=None,
        action="test.written",
        job_id=None,
        subject_id=subject_id,
        facts={},
    )


def shown(job_id: UUID) -> Shown:
    person = small_town.technicians[0]
    return Shown(
        technician_area_id=AREA,
        technician_id=person.technician_id,
        job_area_id=AREA,
        job_id=job_id,
        op=FeedOp.PUT,
    )


class Reader:
    """Reads on from where it was, all the time; what it has seen, in its order."""

    def __init__(self, database: Database, ask: str) -> None:
        self.database = database
        self.ask = ask
        self.last = 0
        self.seen: list[UUID] = []

    async def read(self) -> None:
        async with self.database.begin([AREA]) as conn:
            found = await conn.fetch(self.ask, self.last)
        self.seen += [row["id"] for row in found]
        self.last = max([self.last, *(row["n"] for row in found)])

    async def until(self, done: asyncio.Event) -> None:
        while not done.is_set():
            await self.read()
        await self.read()


async def write(database: Database, number: int) -> list[UUID]:
    """Transactions of uneven length: the sequence is drawn first, as naive code does, the counters last."""
    chance = random.Random(number)
    written: list[UUID] = []
    for _ in range(EACH):
        made = new_id()

        async def work(conn: Conn, made: UUID = made) -> None:
            await conn.execute("INSERT INTO naive (id) VALUES ($1)", made)
            for _ in range(chance.randint(0, 6)):
                await conn.fetchval("SELECT count(*) FROM subscriber")
            await announce(conn, AREA, [entry(made)], [shown(made)])

        await database.transact([AREA], work)
        written.append(made)
    return written


async def test_nothing_is_missed_by_number_though_a_plain_sequence_misses(
    server: Server, fresh: str, database: Database
) -> None:
    await settled_in(database)
    await allow_a_naive_table(server, fresh)
    done = asyncio.Event()
    by_journal = Reader(database, "SELECT n, subject_id AS id FROM journal WHERE n > $1 ORDER BY n")
    by_feed = Reader(database, "SELECT n, job_id AS id FROM feed_change WHERE n > $1 ORDER BY n")
    naive = Reader(database, "SELECT n, id FROM naive WHERE n > $1 ORDER BY n")
    reading = [asyncio.create_task(reader.until(done)) for reader in (by_journal, by_feed, naive)]
    told = await asyncio.gather(*(write(database, number) for number in range(WRITERS)))
    done.set()
    await asyncio.gather(*reading)
    written = {made for some in told for made in some}
    async with database.begin([AREA]) as conn:
        first = await conn.fetchval("SELECT min(n) FROM journal WHERE action = 'test.written'")
        numbers = [row["n"] for row in await conn.fetch("SELECT n FROM journal ORDER BY n")]
        feed = [row["n"] for row in await conn.fetch("SELECT n FROM feed_change ORDER BY n")]
    assert numbers == list(range(1, first + len(written)))
    assert feed == list(range(1, len(written) + 1))
    assert set(by_feed.seen) == written
    assert len(by_feed.seen) == len(written)
    assert set(by_journal.seen) >= written
    assert by_feed.seen == by_journal.seen[-len(written) :]
    assert set(naive.seen) < written, "the naive reader missed nothing: this test does not bite"


async def allow_a_naive_table(server: Server, name: str) -> None:
    await server.run(
        name,
        "CREATE TABLE naive (n bigserial PRIMARY KEY, id uuid NOT NULL)",
        "GRANT SELECT, INSERT ON naive TO line3_app",
        "GRANT USAGE ON SEQUENCE naive_n_seq TO line3_app",
    )


async def test_a_transaction_that_fails_takes_no_number(database: Database) -> None:
    await settled_in(database)
    for _ in range(2):
        try:
            async with database.begin([AREA]) as conn:
                await journal.append_journal(conn, AREA, [entry(new_id())])
                raise LookupError
        except LookupError:
            pass
    async with database.begin([AREA]) as conn:
        await journal.append_journal(conn, AREA, [entry(new_id()), entry(new_id())])
        assert [row.n for row in await journal.list_journal(conn, AREA, 0, 10)] == [1, 2, 3]


async def test_an_idempotency_key_is_claimed_once(database: Database) -> None:
    await settled_in(database)
    principal = new_id()

    async def claim() -> bool:
        return await database.transact(
            [AREA], lambda conn: journal.claim_key(conn, AREA, principal, "key", b"hash", AT)
        )

    assert sorted(await asyncio.gather(*(claim() for _ in range(8)))) == [False] * 7 + [True]
    async with database.begin([AREA]) as conn:
        await journal.remember_answer(conn, AREA, principal, "key", 201, b"{}")
        found = await journal.find_key(conn, AREA, principal, "key")
        assert found == journal.Remembered(request_hash=b"hash", status=201, response=b"{}")
