"""The pull never misses: a phone that keeps only what it was sent holds what the server says it should."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.pool import Database
from db.queries import journal
from dispatch.flows import rounds
from dispatch.rules import phone as rules
from dispatch.rules.lifecycle import JobStep
from tests.builders import LATE, Phone, Town, received, settled_in
from tests.worlds import NOW

MENDED = ("on-my-way", "arrived", "working", "part-used", "measurement", "closure")


class Model:
    """The smallest phone: rows, cursor, and the comparison of digests after each complete pull."""

    def __init__(self, town: Town, phone: Phone) -> None:
        self.town = town
        self.phone = phone
        self.rows: dict[str, int] = {}
        self.resets = 0

    async def pull(self, *events: bytes) -> None:
        while True:
            answer = (await self.phone.send(self.town.database, events, now=LATE)).pull
            assert answer is not None
            if answer.reset:
                self.resets += 1
                self.rows = {}
            for change in answer.changes:
                if change.op == "put":
                    assert change.job is not None
                    assert change.job.version == change.version
                    self.rows[str(change.job_id)] = change.version
                else:
                    self.rows.pop(str(change.job_id), None)
            events = ()
            if not answer.more:
                break
        held = msgspec.convert(list(self.rows.items()), list[tuple[UUID, int]], strict=False)
        assert answer.digest == rules.digest_of(held)


@pytest.fixture
async def alone(database: Database) -> Town:
    """A town of this test's own: what others publish there would be pulled too."""
    return Town(database, await settled_in(database))


async def test_a_phone_model_agrees_with_the_servers_digest_after_everything_that_can_happen(
    alone: Town,
) -> None:
    town = alone
    one, two = Model(town, await town.phone(1)), Model(town, await town.phone(2))
    models = (one, two)
    await both(models)
    assert [model.resets for model in models] == [1, 1]
    jobs = [await town.job(affected=number) for number in range(1, 6)]
    visits = [await town.out(job, 1, shown_at=None) for job in jobs]
    await both(models)
    assert one.rows == {}
    await show(town)
    await both(models)
    assert len(one.rows) == 5
    await town.reassign(visits[0], 2)
    await both(models)
    assert (len(one.rows), len(two.rows)) == (4, 1)
    await one.pull(*(one.phone.say(visits[1], kind) for kind in MENDED))
    await town.change(jobs[2], JobStep.CANCEL)
    await both(models)
    again: dict[str, Any] = {"ticketNumber": "N-4", "sequence": 2, "affected": 30}
    await town.do(lambda conn: received(conn, town.world, **again))
    await both(models)
    await one.pull(*(one.phone.say(visits[0], kind) for kind in MENDED))
    await both(models)
    assert [model.resets for model in models] == [1, 1]


async def both(models: tuple[Model, Model]) -> None:
    for model in models:
        await model.pull()


async def show(town: Town) -> None:
    from_now = NOW + timedelta(minutes=1)
    await town.do(lambda conn: rounds.show_and_hide(conn, area_id=town.world.area_id, now=from_now))


async def test_a_forged_a_foreign_and_an_absurd_cursor_are_a_reset_and_the_push_counts(town: Town) -> None:
    phone, other = await town.phone(1), await town.phone(2)
    visit = await town.out(await town.job())
    await phone.send(town.database, [])
    await other.send(town.database, [])
    assert phone.cursor is not None
    number, _, seal = phone.cursor.partition(".")
    wrong = [
        f"{int(number) + 1}.{seal}",
        other.cursor,
        "",
        ".",
        "x.y",
        "9" * 30 + "." + seal,
        "٣." + seal,
        "\x00",
    ]
    for cursor in wrong:
        phone.cursor = cursor
        answer = await phone.send(town.database, [phone.say(visit, "note")])
        assert [result.status for result in answer.results] == ["applied"]
        assert answer.pull is not None
        assert answer.pull.reset, cursor
        assert visit.job_id in {change.job_id for change in answer.pull.changes}


async def test_a_good_cursor_brings_only_what_changed(town: Town) -> None:
    phone = await town.phone(3)
    first = await town.out(await town.job(), 3)
    await phone.send(town.database, [])
    second = await town.out(await town.job(), 3)
    answer = await phone.send(town.database, [phone.say(second, "on-my-way")])
    assert answer.pull is not None
    assert not answer.pull.reset
    assert [change.job_id for change in answer.pull.changes] == [second.job_id]
    quiet = await phone.send(town.database, [])
    assert quiet.pull is not None
    assert quiet.pull.changes == []
    assert first.job_id != second.job_id


async def test_a_cursor_of_before_a_restore_is_a_reset(town: Town) -> None:
    phone = await town.phone(1)
    await town.out(await town.job())
    person = phone.technician
    installation = (await phone.send(town.database, [])).epoch
    assert phone.cursor is not None
    n = int(phone.cursor.partition(".")[0])
    key = await town.do(lambda conn: conn.fetchval("SELECT cursor_key FROM installation"))
    phone.cursor = rules.sign_cursor(key, person.area_id, person.technician_id, installation, n + 1000)
    answer = await phone.send(town.database, [])
    assert answer.pull is not None
    assert answer.pull.reset


async def test_eight_phones_of_one_technician_leave_no_gap_in_the_feed(town: Town) -> None:
    visits = [await town.out(await town.job(), 2) for _ in range(8)]
    phones = [await town.phone(2) for _ in range(8)]
    said = [
        phone.send(town.database, [phone.say(visit, kind) for kind in MENDED])
        for phone, visit in zip(phones, visits, strict=True)
    ]
    answers = await asyncio.gather(*said)
    assert {result.status for answer in answers for result in answer.results} == {"applied"}
    person = phones[0].technician
    found = await town.do(
        lambda conn: journal.list_feed(conn, person.area_id, person.technician_id, 0, 10_000)
    )
    assert [change.n for change in found] == list(range(1, len(found) + 1))
    assert len(found) >= 8 * len(MENDED)
    entries = await town.do(lambda conn: journal.list_journal(conn, person.area_id, 0, 10_000))
    assert [entry.n for entry in entries] == list(range(1, len(entries) + 1))


async def test_the_same_batch_from_many_connections_at_once_counts_once(town: Town) -> None:
    phone = await town.phone(1)
    visit = await town.out(await town.job())
    said = [phone.say(visit, kind) for kind in MENDED]
    answers = await asyncio.gather(*(phone.send(town.database, said) for _ in range(6)))
    assert {result.outcome for answer in answers for result in answer.results} == {"applied"}
    whole = await town.whole_of(visit)
    assert len(whole.reports) == len(MENDED)
    assert whole.job.state == "closed"
    assert [entry.action for entry in whole.journal].count("report.received") == len(MENDED)
