"""Through the day on the dispatcher's board, in a real Chromium: what is wrong, and what can be done about it."""

import os

import pytest
from playwright.async_api import Browser, Page, expect

from api.app import build
from db.pool import Database
from dispatch.actors import worker
from dispatch.flows import alerts
from tests.api.test_relieving import LATE_BY, who_is_late
from tests.builders import Town, settled_in
from tests.e2e.chromium import DESKTOP, listen, serve, shoot
from tests.e2e.storm import LANGUAGES
from tests.e2e.test_board_looks import TABLET
from tests.e2e.walker import faults_of
from tests.worlds import NOW, PASSWORD, small_town

PHONE = "+79161234567"
NOON = NOW + LATE_BY
ALL = [(language, dark) for language in LANGUAGES for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("English", True)]


async def sign_in(page: Page, url: str, language: str = "English") -> None:
    await page.goto(f"{url}/board/")
    await page.locator("input[autocomplete=username]").fill(f"{small_town.name}.dispatcher")
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("select").first.select_option(LANGUAGES[language])
    await expect(page.locator(".row").first).to_be_visible()


async def late_town(database: Database) -> Town:
    """Somebody is late, and the alerts say so."""
    town = Town(database, await settled_in(database, small_town))
    await who_is_late(town)
    area_id = town.world.area_id
    async with database.begin([area_id]) as conn:
        await conn.execute("UPDATE technician SET phone = $1 WHERE display_name = 'Technician 1'", PHONE)
    await town.do(lambda conn: alerts.refresh(conn, area_id=area_id, now=NOON, actor=worker(area_id)))
    return town


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_who_is_late_is_helped_in_one_step_and_not_before_the_click(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    await late_town(database)
    looks = await browser.new_context(viewport=DESKTOP, color_scheme="dark" if dark else "light")
    async with serve(build(database, lambda: NOON)) as url, looks as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        heard = listen(page)
        await sign_in(page, url.replace("127.0.0.1", "localhost"), language)
        name = f"{LANGUAGES[language]}-{'dark' if dark else 'light'}"
        blocks = page.locator(".row").first.locator(".block")
        await expect(blocks).to_have_count(3)
        await expect(page.locator(".answers a")).to_have_attribute("href", f"tel:{PHONE}")
        await page.locator(".answers button").first.click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.locator(".kept")).to_have_count(1)
        await shoot(page, f"board-late-{name}")
        assert await faults_of(page) == []
        await page.set_viewport_size(TABLET)
        await shoot(page, f"board-late-{name}-1024")
        await page.set_viewport_size(DESKTOP)
        await expect(blocks).to_have_count(3)
        await dialog.locator(".button.primary").click()
        await expect(dialog).to_have_count(0)
        await expect(blocks).to_have_count(2)
        await shoot(page, f"board-relieved-{name}")
        assert heard.complaints == []


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_where_it_is_dark_is_drawn_and_chosen_on_the_map(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    town = await late_town(database)
    job = await town.job("cable_break", subscriber=5, affected=120)
    looks = await browser.new_context(viewport=DESKTOP, color_scheme="dark" if dark else "light")
    async with serve(build(database, lambda: NOON)) as url, looks as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        heard = listen(page)
        await sign_in(page, url.replace("127.0.0.1", "localhost"), language)
        await expect(page.locator(".legend .swatch.dark")).to_be_visible()
        ground = await page.locator(".ground").bounding_box()
        assert ground is not None
        await page.locator(".ground canvas").click(
            position={"x": ground["width"] * 0.45, "y": ground["height"] * 0.45}
        )
        await expect(page.locator(f'.waiting[data-job="{job.job_id}"]')).to_have_attribute(
            "aria-pressed", "true"
        )
        name = f"{LANGUAGES[language]}-{'dark' if dark else 'light'}"
        await shoot(page, f"board-dark-{name}")
        assert await faults_of(page) == []
        await page.set_viewport_size(TABLET)
        await shoot(page, f"board-dark-{name}-1024")
        assert heard.complaints == []
