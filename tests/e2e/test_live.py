"""The phone app in a real Chromium hears of a change by itself, and says so."""

from datetime import timedelta

from playwright.async_api import Page, expect

from api.app import build
from db.pool import Database
from tests.api.test_stream import changed
from tests.builders import Town, settled_in
from tests.e2e.chromium import serve
from tests.worlds import NOW, PASSWORD, World

SOON_MS = 5_000
"""Far below the minute after which the app asks by itself."""


async def signed_in(page: Page, url: str, world: World) -> None:
    # `localhost`, because browsers keep the session cookie there without TLS
    await page.goto(url.replace("127.0.0.1", "localhost") + "/technician/")
    await page.locator("input[autocomplete=username]").fill(f"{world.name}.technician1")
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.locator("button[type=submit]").click()
    await expect(page.locator(".nav")).to_be_visible()


async def test_a_change_by_the_office_is_shown_and_said_within_seconds(
    phone_page: Page, database: Database
) -> None:
    world = await settled_in(database)
    town = Town(database, world)
    visit = await town.out(await town.job())
    await changed(database, world)
    app = build(database, lambda: NOW + timedelta(hours=1))
    async with serve(app) as url:
        async with phone_page.expect_request("**/v1/mobile/stream*"):
            await signed_in(phone_page, url, world)
        news = phone_page.get_by_text("Маршрут изменился")
        await expect(phone_page.locator("a[href*='#/visit/']")).to_have_count(1)
        await expect(news).to_have_count(0)
        await town.reassign(visit, 2)
        await expect(news).to_be_visible(timeout=SOON_MS)
        await expect(phone_page.locator("a[href*='#/visit/']")).to_have_count(0)
        await phone_page.get_by_role("button", name="Закрыть").click()
        await expect(news).to_have_count(0)
        await phone_page.close()
