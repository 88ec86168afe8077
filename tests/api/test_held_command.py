"""`line3 held`."""

import asyncio

import pytest

from api.cli import main
from db import queue
from db.pool import Database
from tests.conftest import Server


async def test_what_was_held_is_listed_and_done_again(
    database: Database,
    server: Server,
    fresh: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LINE3_DATABASE_URL", server.owner_url(fresh))
    monkeypatch.setenv("LINE3_APP_DATABASE_URL", server.app_url(fresh))
    async with database.begin() as conn:
        await queue.enqueue(conn, "follow", b"{}")
        await conn.execute("UPDATE line3_queue.pgqueuer SET status = 'failed'")
    # in a thread: the command has a loop of its own
    assert await asyncio.to_thread(main, ["held"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "  follow  1 times  -" in line
    assert await asyncio.to_thread(main, ["held", "--again"]) == 0
    assert capsys.readouterr().out == "To be done again: 1.\n"
    assert await asyncio.to_thread(main, ["held"]) == 0
    assert capsys.readouterr().out == ""
