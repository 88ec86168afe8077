"""Whose photos are whose, and who is shown them."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from db.pool import Database
from db.records import Visit
from tests.api.conftest import Clock, Desk, sign_in
from tests.api.pocket import CHUNK, PHOTO, Pocket, Sender, kept, link, redeem, report
from tests.builders import hand_out, received, settled_in
from tests.dispatch.test_loans import lend
from tests.worlds import TODAY, World, quiet_street


@pytest.fixture
async def phone(client: httpx.AsyncClient, dispatcher: Desk, world: World) -> Pocket:
    return Pocket(client, await redeem(client, await link(dispatcher, world)))


@pytest.fixture
async def visit(database: Database, world: World) -> Visit:
    """Of the first technician."""
    async with database.begin([world.area_id]) as conn:
        job = await received(conn, world)
        return await hand_out(conn, job, world.technicians[0])


async def test_a_photo_goes_up_in_pieces_and_is_shown_to_the_dispatcher(
    phone: Pocket, dispatcher: Desk, visit: Visit, tmp_path: Path
) -> None:
    photo = Sender(phone)
    await report(phone, visit, photo)
    (listed,) = (await dispatcher.get(f"/v1/jobs/{visit.job_id}/photos")).json()["items"]
    assert (listed["state"], listed["purpose"], listed["storedAt"]) == ("missing", "splice", None)
    assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).status_code == 404
    created = await photo.create()
    assert (created.status_code, created.headers["location"]) == (201, photo.path)
    assert created.headers["upload-offset"] == "0"
    for offset in range(0, len(PHOTO), CHUNK):
        assert await photo.offset() == offset
        answer = await photo.send(offset)
        assert answer.status_code == 204, answer.text
        assert answer.headers["upload-offset"] == str(min(offset + CHUNK, len(PHOTO)))
    assert await photo.offset() == len(PHOTO)
    (listed,) = (await dispatcher.get(f"/v1/jobs/{visit.job_id}/photos")).json()["items"]
    assert (listed["state"], listed["mediaType"], listed["bytes"]) == ("stored", "image/jpeg", len(PHOTO))
    assert listed["sha256"] == photo.sha256
    shown = await dispatcher.get(f"/v1/photos/{photo.photo_id}")
    assert (shown.status_code, shown.content) == (200, PHOTO)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["content-disposition"] == f'inline; filename="{photo.photo_id}.jpg"'
    assert [path.name for path in kept(tmp_path)] == [photo.sha256]
    assert not list((tmp_path / "parts").iterdir())


async def test_bytes_that_come_before_their_report_are_linked_when_it_comes(
    phone: Pocket, dispatcher: Desk, visit: Visit
) -> None:
    photo = Sender(phone)
    await photo.create()
    assert (await photo.finish()).status_code == 204
    assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).status_code == 404
    await report(phone, visit, photo)
    assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).content == PHOTO


async def test_bytes_of_another_content_than_the_report_names_are_not_its_photo(
    phone: Pocket, dispatcher: Desk, visit: Visit
) -> None:
    photo = Sender(phone)
    await photo.create()
    await photo.finish()
    await report(phone, visit, photo, sha256="0" * 64)
    (listed,) = (await dispatcher.get(f"/v1/jobs/{visit.job_id}/photos")).json()["items"]
    assert listed["state"] == "missing"
    assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).status_code == 404


async def test_with_an_ended_session_the_key_brings_photos_in_and_shows_none(
    phone: Pocket, clock: Clock, visit: Visit
) -> None:
    photo = Sender(phone)
    await report(phone, visit, photo)
    clock.forward(timedelta(hours=15))
    assert (await photo.create()).status_code == 401
    phone.headers = phone.proof
    assert (await photo.create()).status_code == 201
    assert (await photo.finish()).status_code == 204
    for path in (f"/v1/photos/{photo.photo_id}", f"/v1/jobs/{visit.job_id}/photos"):
        assert (await phone.get(path)).status_code == 401


async def test_photos_are_shown_to_whom_the_job_is_shown(
    client: httpx.AsyncClient, database: Database, world: World, phone: Pocket, visit: Visit
) -> None:
    photo = Sender(phone)
    await report(phone, visit, photo)
    await photo.create()
    await photo.finish()
    await settled_in(database, quiet_street)
    paths = (f"/v1/photos/{photo.photo_id}", f"/v1/jobs/{visit.job_id}/photos")
    expected = {
        f"{world.name}.technician1": 200,
        f"{world.name}.technician2": 404,
        f"{world.name}.dispatcher": 200,
        f"{world.name}.support": 403,
        f"{quiet_street.name}.dispatcher": 404,
        f"{quiet_street.name}.technician1": 404,
    }
    for login, status in expected.items():
        person = await sign_in(client, login)
        assert [(await person.get(path)).status_code for path in paths] == [status, status], login


async def test_a_technician_sees_no_photos_of_a_job_that_is_not_shown_any_more(
    database: Database, world: World, phone: Pocket, visit: Visit
) -> None:
    photo = Sender(phone)
    await report(phone, visit, photo)
    await photo.create()
    await photo.finish()
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE visit SET hidden_at = now()")
    assert (await phone.get(f"/v1/photos/{photo.photo_id}")).status_code == 404


async def test_the_same_content_twice_is_two_photos_and_one_file(
    phone: Pocket, dispatcher: Desk, visit: Visit, tmp_path: Path
) -> None:
    for seq in (1, 2):
        photo = Sender(phone)
        await report(phone, visit, photo, seq)
        await photo.create()
        assert (await photo.finish()).status_code == 204
    listed = (await dispatcher.get(f"/v1/jobs/{visit.job_id}/photos")).json()["items"]
    assert [one["state"] for one in listed] == ["stored", "stored"]
    assert len(kept(tmp_path)) == 1


async def test_photos_of_who_is_lent_are_shown_where_the_job_is(
    client: httpx.AsyncClient, database: Database, world: World, phone: Pocket
) -> None:
    await settled_in(database, quiet_street)
    await lend(database, TODAY)
    async with database.begin([quiet_street.area_id, world.area_id]) as conn:
        away = await hand_out(conn, await received(conn, quiet_street), world.technicians[0])
    photo = Sender(phone)
    await photo.create()
    await photo.finish()
    await report(phone, away, photo)
    expected = {
        f"{quiet_street.name}.dispatcher": 200,
        f"{world.name}.technician1": 200,
        f"{world.name}.dispatcher": 404,
        f"{quiet_street.name}.technician1": 404,
    }
    for login, status in expected.items():
        person = await sign_in(client, login)
        assert (await person.get(f"/v1/photos/{photo.photo_id}")).status_code == status, login
