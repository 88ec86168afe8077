"""The timeline of the board in a real Chromium: what it tells of a visit, how wide an hour is, whom one may call at night."""

import re

from playwright.async_api import Browser, Page, expect

from db.pool import Database
from tests.e2e.mixed_day import mixed_day
from tests.e2e.storm import dispatcher

LENGTH = "(block) => block.getBoundingClientRect().width"
MIDDLE = """() => {
    const sheet = document.querySelector(".scroller").getBoundingClientRect();
    const middle = (sheet.left + 192 + sheet.right) / 2;
    return Math.min(...[...document.querySelectorAll(".block")].map((one) => Math.abs(one.getBoundingClientRect().left - middle)));
}"""
"""How far from the middle of the hours the nearest block begins."""


async def width(page: Page) -> float:
    return float(await page.locator(".block").first.evaluate(LENGTH))


async def test_hours_are_as_wide_as_one_likes_and_stay_so(browser: Browser, database: Database) -> None:
    async with mixed_day(database, 6, 30) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        await expect(page.locator(".block").first).to_be_visible()
        fitting = await width(page)
        nearest = await page.evaluate(MIDDLE)
        # the working day from edge to edge: no night on call, though somebody is
        sheet = await page.locator(".scroller").bounding_box()
        shift = await page.locator(".row").nth(2).locator(".shift").bounding_box()
        assert sheet is not None
        assert shift is not None
        assert abs(shift["x"] - sheet["x"] - 192) < 2
        assert shift["width"] > 0.8 * (sheet["width"] - 192)
        await page.keyboard.press("+")
        await page.keyboard.press("+")
        assert 2.2 < await width(page) / fitting < 2.3
        assert abs(await page.evaluate(MIDDLE) - 2.25 * nearest) < 3, "the middle stays in the middle"
        await page.reload()
        await expect(page.locator(".block").first).to_be_visible()
        assert 2.2 < await width(page) / fitting < 2.3
        await page.locator(".scroller").hover(position={"x": 400, "y": 200})
        await page.keyboard.down("Control")
        await page.mouse.wheel(0, 300)
        await page.keyboard.up("Control")
        await expect(page.locator(".block").first).to_be_visible()
        assert 1.4 < await width(page) / fitting < 1.6
        await page.keyboard.press("0")
        assert abs(await width(page) - fitting) < 1
        assert board.heard.complaints == []


async def test_a_block_says_where_and_a_tip_all_of_it(browser: Browser, database: Database) -> None:
    async with mixed_day(database, 6, 30) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        block = page.locator(".block").filter(has_text="Ленина").first
        await expect(block).to_contain_text(re.compile(r"^Ленина \d+"))
        await expect(block).not_to_contain_text("Москва")
        await block.hover()
        await expect(page.locator(".tip")).to_contain_text("улица Ленина")
        await expect(page.locator(".tip")).to_contain_text("Москва")
        await page.mouse.move(5, 5)
        await expect(page.locator(".tip")).to_have_count(0)
        # by keyboard as well, and read out whole
        await page.keyboard.press("j")
        chosen = page.locator('.block[aria-pressed="true"]')
        await page.locator(".scroller").focus()
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await chosen.evaluate("(block) => block === document.activeElement"):
                break
        await expect(page.locator(".tip")).to_contain_text("Москва")
        await expect(chosen).to_have_attribute("aria-label", re.compile("Москва"))


async def test_who_may_be_called_at_night_is_drawn_beyond_the_shift(
    browser: Browser, database: Database
) -> None:
    async with mixed_day(database, 6, 30) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        night = page.locator(".call")
        await expect(night).to_have_count(1)
        row = page.locator(".row").filter(has=night)
        await expect(row.locator(".name")).to_have_attribute("title", re.compile("on call"))
        for _ in range(4):
            await page.keyboard.press("-")
        # all of it has room then: twelve hours beside a shift of nine
        shift, call = await row.locator(".shift").bounding_box(), await night.bounding_box()
        assert shift is not None
        assert call is not None
        assert 1.2 < call["width"] / shift["width"] < 1.4
        assert abs(shift["x"] + shift["width"] - call["x"]) < 2
