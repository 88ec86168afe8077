"""Through the day on the dispatcher's board, in a real Chromium: what is wrong, and what can be done about it."""

import os
import re

import pytest
from playwright.async_api import Browser, Page, expect

from api.app import build
from db.pool import Database
from dispatch.actors import worker
from dispatch.flows import alerts
from tests.api.test_absences import who_is_ill
from tests.api.test_relieving import LATE_BY, who_is_late
from tests.builders import Town, settled_in
from tests.e2e.chromium import DESKTOP, listen, serve, shoot
from tests.e2e.storm import LANGUAGES
from tests.e2e.test_board_looks import TABLET
from tests.e2e.walker import faults_of
from tests.worlds import NOW, PASSWORD, small_town

PHONE = "+79161234567"
LONG = ", корпус 4, строение 2, подъезд 3, этаж 12"
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
async def test_who_is_ill_is_called_off_until_then_and_comes_after_all(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    town = Town(database, await settled_in(database, small_town))
    await who_is_ill(town)
    async with database.begin([town.world.area_id]) as conn:
        await conn.execute("UPDATE place SET address = address || $1 WHERE address LIKE '%2%'", LONG)
    looks = await browser.new_context(viewport=DESKTOP, color_scheme="dark" if dark else "light")
    async with serve(build(database, lambda: NOW)) as url, looks as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        heard = listen(page)
        await sign_in(page, url.replace("127.0.0.1", "localhost"), language)
        name = f"{LANGUAGES[language]}-{'dark' if dark else 'light'}"
        mine = page.locator(".row").first
        await expect(mine.locator(".block")).to_have_count(3)
        await mine.locator(".name").click()
        await page.keyboard.press("w")
        await page.locator(".what-head button").first.click()
        dialog = page.get_by_role("dialog")
        rows = dialog.locator(".became tbody tr")
        await expect(rows).to_have_count(3)
        await expect(rows.first).to_contain_text("Technician 1")
        await shoot(page, f"board-away-{name}")
        assert await faults_of(page) == []
        await dialog.locator("input[type=radio]").nth(1).check()
        await dialog.locator(".until select").select_option(label="14:00")
        await expect(rows).to_have_count(2)
        await shoot(page, f"board-away-hour-{name}")
        await dialog.locator("input[type=radio]").nth(2).check()
        await expect(rows).to_have_count(4)
        await page.set_viewport_size(TABLET)
        await shoot(page, f"board-away-date-{name}-1024")
        assert await faults_of(page) == []
        await page.set_viewport_size(DESKTOP)
        await dialog.locator("input[type=radio]").first.check()
        await expect(rows).to_have_count(3)
        await dialog.locator(".button.primary").click()
        await expect(mine.locator(".block")).to_have_count(0)
        await dialog.locator(".dialog-head button").click()
        await page.locator(".what-head button").first.click()
        await expect(rows).to_have_count(3)
        await expect(mine.locator(".block")).to_have_count(0)
        await shoot(page, f"board-comes-{name}")
        await dialog.locator(".button.primary").click()
        await expect(mine.locator(".block")).to_have_count(3)
        assert heard.complaints == []


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_move_has_one_price_beside_the_reasons_and_while_it_is_carried(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    town = Town(database, await settled_in(database, small_town))
    await who_is_ill(town)
    looks = await browser.new_context(viewport=DESKTOP, color_scheme="dark" if dark else "light")
    async with serve(build(database, lambda: NOW)) as url, looks as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        heard = listen(page)
        await sign_in(page, url.replace("127.0.0.1", "localhost"), language)
        name = f"{LANGUAGES[language]}-{'dark' if dark else 'light'}"
        block = page.locator(".row").first.locator(".block").last
        await block.click()
        await page.keyboard.press("w")
        offer = page.locator(".offers button").filter(has_text="Technician 2")
        await expect(offer).to_be_visible()
        listed = await offer.locator("> :last-child > :first-child").inner_text()
        await shoot(page, f"board-price-{name}")
        assert await faults_of(page) == []
        at = await block.bounding_box()
        assert at is not None
        await page.mouse.move(at["x"] + 5, at["y"] + 10)
        await page.mouse.down()
        await page.mouse.move(at["x"] + 40, at["y"] + 50, steps=4)
        verdict = page.locator(".row").nth(1).locator(".verdict")
        await expect(verdict).to_have_text(listed)
        await expect(verdict).to_have_attribute("title", re.compile("min|мин|p"))
        await shoot(page, f"board-carried-{name}")
        await page.keyboard.press("Escape")
        await page.mouse.up()
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
        await page.mouse.click(ground["x"] + ground["width"] * 0.7, ground["y"] + ground["height"] * 0.55)
        await expect(page.locator(f'.waiting[data-job="{job.job_id}"]')).to_have_attribute(
            "aria-pressed", "true"
        )
        name = f"{LANGUAGES[language]}-{'dark' if dark else 'light'}"
        await shoot(page, f"board-dark-{name}")
        assert await faults_of(page) == []
        await page.set_viewport_size(TABLET)
        await shoot(page, f"board-dark-{name}-1024")
        assert heard.complaints == []
