"""Through the day on the dispatcher's board, in a real Chromium: what is wrong, and what can be done about it."""

import re

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from dispatch.actors import worker
from dispatch.flows import alerts
from tests.api.test_absences import who_is_ill
from tests.api.test_relieving import LATE_BY, who_is_late
from tests.builders import Town, settled_in
from tests.e2e.looker import Look, looking, looks
from tests.worlds import NOW, small_town

PHONE = "+79161234567"
LONG = ", корпус 4, строение 2, подъезд 3, этаж 12"
NOON = NOW + LATE_BY
LOOKS = looks(("English", True))


async def late_town(database: Database) -> Town:
    """Somebody is late, and the alerts say so."""
    town = Town(database, await settled_in(database, small_town))
    await who_is_late(town)
    area_id = town.world.area_id
    async with database.begin([area_id]) as conn:
        await conn.execute("UPDATE technician SET phone = $1 WHERE display_name = 'Technician 1'", PHONE)
    await town.do(lambda conn: alerts.refresh(conn, area_id=area_id, now=NOON, actor=worker(area_id)))
    return town


@pytest.mark.parametrize("look", LOOKS)
async def test_who_is_late_is_helped_in_one_step_and_not_before_the_click(
    browser: Browser, database: Database, look: Look
) -> None:
    await late_town(database)
    async with looking(browser, database, look, now=NOON) as looker:
        page = looker.page
        blocks = page.locator(".row").first.locator(".block")
        await expect(blocks).to_have_count(3)
        await expect(page.locator(".answers a")).to_have_attribute("href", f"tel:{PHONE}")
        await page.locator(".answers button").first.click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.locator(".kept")).to_have_count(1)
        await looker.at("late")
        await looker.small("late")
        await expect(blocks).to_have_count(3)
        await dialog.locator(".button.primary").click()
        await expect(dialog).to_have_count(0)
        await expect(blocks).to_have_count(2)
        await looker.at("relieved")


@pytest.mark.parametrize("look", LOOKS)
async def test_who_is_ill_is_called_off_until_then_and_comes_after_all(
    browser: Browser, database: Database, look: Look
) -> None:
    town = Town(database, await settled_in(database, small_town))
    await who_is_ill(town)
    async with database.begin([town.world.area_id]) as conn:
        await conn.execute("UPDATE place SET address = address || $1 WHERE address LIKE '%2%'", LONG)
    async with looking(browser, database, look, now=NOW) as looker:
        page = looker.page
        mine = page.locator(".row").first
        await expect(mine.locator(".block")).to_have_count(3)
        await mine.locator(".name").click()
        await page.keyboard.press("w")
        await page.locator(".what-head button").first.click()
        dialog = page.get_by_role("dialog")
        rows = dialog.locator(".became tbody tr")
        await expect(rows).to_have_count(3)
        await expect(rows.first).to_contain_text("Technician 1")
        await looker.at("away")
        await dialog.locator("input[type=radio]").nth(1).check()
        await dialog.locator(".until select").select_option(label="14:00")
        await expect(rows).to_have_count(2)
        await looker.at("away-hour")
        await dialog.locator("input[type=radio]").nth(2).check()
        await expect(rows).to_have_count(4)
        await looker.small("away-date")
        await dialog.locator("input[type=radio]").first.check()
        await expect(rows).to_have_count(3)
        await dialog.locator(".button.primary").click()
        await expect(mine.locator(".block")).to_have_count(0)
        await dialog.locator(".dialog-head button").click()
        await page.locator(".what-head button").first.click()
        await expect(rows).to_have_count(3)
        await expect(mine.locator(".block")).to_have_count(0)
        await looker.at("comes")
        await dialog.locator(".button.primary").click()
        await expect(mine.locator(".block")).to_have_count(3)


@pytest.mark.parametrize("look", LOOKS)
async def test_a_move_has_one_price_beside_the_reasons_and_while_it_is_carried(
    browser: Browser, database: Database, look: Look
) -> None:
    town = Town(database, await settled_in(database, small_town))
    await who_is_ill(town)
    async with looking(browser, database, look, now=NOW) as looker:
        page = looker.page
        block = page.locator(".row").first.locator(".block").last
        await block.click()
        await page.keyboard.press("w")
        offer = page.locator(".offers button").filter(has_text="Technician 2")
        await expect(offer).to_be_visible()
        listed = await offer.locator("> :last-child > :first-child").inner_text()
        await looker.at("price")
        at = await block.bounding_box()
        assert at is not None
        await page.mouse.move(at["x"] + 5, at["y"] + 10)
        await page.mouse.down()
        await page.mouse.move(at["x"] + 40, at["y"] + 50, steps=4)
        verdict = page.locator(".row").nth(1).locator(".verdict")
        await expect(verdict).to_have_text(listed)
        await expect(verdict).to_have_attribute("title", re.compile("min|мин|p"))
        await looker.at("carried")
        await page.keyboard.press("Escape")
        await page.mouse.up()


@pytest.mark.parametrize("look", LOOKS)
async def test_where_it_is_dark_is_drawn_and_chosen_on_the_map(
    browser: Browser, database: Database, look: Look
) -> None:
    town = await late_town(database)
    job = await town.job("cable_break", subscriber=5, affected=120)
    async with looking(browser, database, look, now=NOON) as looker:
        page = looker.page
        await expect(page.locator(".legend .swatch.dark")).to_be_visible()
        ground = await page.locator(".ground").bounding_box()
        assert ground is not None
        await page.mouse.click(ground["x"] + ground["width"] * 0.7, ground["y"] + ground["height"] * 0.55)
        await expect(page.locator(f'.waiting[data-job="{job.job_id}"]')).to_have_attribute(
            "aria-pressed", "true"
        )
        await looker.at("dark")
        await looker.small("dark")
