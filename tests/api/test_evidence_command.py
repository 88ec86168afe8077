"""`line3 evidence` and the address that gives the same."""

import asyncio
from pathlib import Path

import pytest

from api.cli import main
from db.pool import Database
from tests.api.conftest import Desk
from tests.builders import Town
from tests.conftest import Server
from tests.dispatch.said import Paid, out
from tests.worlds import World


@pytest.fixture
def own_environment(server: Server, fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE3_DATABASE_URL", server.owner_url(fresh))
    monkeypatch.setenv("LINE3_APP_DATABASE_URL", server.app_url(fresh))


@pytest.fixture
def town(database: Database, world: World) -> Town:
    return Town(database, world)


@pytest.mark.usefixtures("own_environment")
async def test_a_bundle_is_written_verified_and_what_was_altered_is_named(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, Paid(town, phone, visit).all)
    file = tmp_path / "evidence.json"
    assert await line3("evidence", job.number, "-o", str(file)) == 0
    assert await line3("evidence", "verify", str(file)) == 0
    assert "its seal was not asked" in capsys.readouterr().out
    assert await line3("evidence", "verify", str(file), "--seal") == 0
    assert "its seal is this installation's" in capsys.readouterr().out
    file.write_text(file.read_text("utf-8").replace('"person": "Holder"', '"person": "Nobody"'), "utf-8")
    assert await line3("evidence", "verify", str(file)) == 1
    own, named = capsys.readouterr().out.splitlines()
    assert own.endswith("/content_hash")
    assert named.startswith("altered: /consents/")
    assert named.endswith("/person")


@pytest.mark.usefixtures("own_environment", "town")
async def test_what_is_not_there_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no.json").write_text("{", "utf-8")
    for words in (["NOSUCH1"], ["verify"], ["verify", str(tmp_path / "no.json")], ["verify", "nowhere.json"]):
        assert await line3("evidence", *words) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


async def line3(*words: str) -> int:
    """In a thread: the command has a loop of its own."""
    return await asyncio.to_thread(main, list(words))


async def test_strokes_are_in_the_evidence_and_nowhere_else(
    town: Town, dispatcher: Desk, support: Desk
) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, Paid(town, phone, visit).all)
    whole = await dispatcher.get(f"/v1/jobs/{job.job_id}")
    bundle = await dispatcher.get(f"/v1/jobs/{job.job_id}/evidence")
    assert "strokes" in bundle.text
    assert "strokes" not in whole.text
    assert (await support.get(f"/v1/jobs/{job.job_id}/evidence")).status_code == 403
