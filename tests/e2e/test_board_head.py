"""The head of the day in a real Chromium: one row at any width, filters behind a button, another language without losing the place."""

import re

import pytest
from playwright.async_api import Browser, Route, expect

from db.pool import Database
from tests.e2e.chromium import DESKTOP
from tests.e2e.looker import TABLET
from tests.e2e.mixed_day import mixed_day
from tests.e2e.storm import LANGUAGES, dispatcher

CUT = """async () => {
    const look = () => [...document.querySelectorAll(".head, .head *, .row .name .aside")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).display !== "inline"
            && !one.matches("svg, svg *, input, .word, option"))
        .map((one) => `${one.className || one.tagName}: ${one.textContent}`)
    const end = performance.now() + 10_000
    let cut = look()
    while (cut.length > 0 && performance.now() < end) {
        await new Promise(requestAnimationFrame)
        cut = look()
    }
    return cut
}"""
"""What is narrower than what it says, and stays so: the page forbids `eval`, by which Playwright waits for a function."""


async def test_it_is_one_row_and_nothing_is_cut(browser: Browser, database: Database) -> None:
    async with mixed_day(database, 6, 36) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        for language in LANGUAGES.values():
            await page.locator("select").first.select_option(language)
            await expect(page.locator("html")).to_have_attribute("lang", language)
            for size in (TABLET, DESKTOP):
                await page.set_viewport_size(size)
                head = await page.locator(".head").bounding_box()
                assert head is not None
                assert head["height"] < 52, (language, size)
                # names take the width of the screen a moment after it has it
                await expect(page.locator(".row .name").first).to_have_css(
                    "width", "160px" if size is TABLET else "192px"
                )
                assert await page.evaluate(CUT) == [], (language, size)


async def test_filters_are_counted_and_gone_by_one_click(browser: Browser, database: Database) -> None:
    async with mixed_day(database, 6, 36) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        await expect(page.locator(".row")).to_have_count(6)
        button = page.locator(".filters summary")
        await button.click()
        await page.get_by_label("Skill").select_option("fibre")
        await expect(page.locator(".row")).to_have_count(5)
        await expect(button).to_contain_text("1")
        await page.keyboard.press("Escape")
        await expect(page.get_by_label("Skill")).to_be_hidden()
        await expect(button).to_be_focused()
        await page.get_by_role("button", name=re.compile("at risk$")).click()
        await expect(button).to_contain_text("2")
        await expect(page.locator(".block.dim").first).to_be_visible()
        await expect(page.locator(".block.late.dim")).to_have_count(0)
        await button.click()
        await page.get_by_role("button", name="Show all").click()
        await expect(page.locator(".row")).to_have_count(6)
        await expect(page.locator(".block.dim")).to_have_count(0)


async def test_a_language_chosen_before_the_day_is_there_is_that_of_its_sentences(
    browser: Browser, database: Database
) -> None:
    async with mixed_day(database, 6, 36) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        first = True

        async def slow(route: Route) -> None:
            """What was asked in the old language comes after the new one was chosen."""
            nonlocal first
            answer = await route.fetch()
            if first:
                first = False
                async with page.expect_response("**/v1/me/language"):
                    await page.locator("select").first.select_option("hu")
            await route.fulfill(response=answer)

        await page.route("**/v1/board/days/*", slow)
        await page.reload()
        await expect(page.locator(".alarm").first).to_contain_text(re.compile("várhat|ígértük|hallgat"))


async def test_of_a_day_that_does_not_come_nothing_is_counted_and_it_says_since_when(
    browser: Browser, database: Database
) -> None:
    async with mixed_day(database, 6, 36) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        tallies = page.locator(".head .tally svg")
        await expect(tallies).to_have_count(2)
        for path in ("stream*", "days/*"):
            await page.route(f"**/v1/board/{path}", lambda route: route.abort())
        await page.reload()
        await expect(page.locator(".day-trouble")).to_be_visible()
        await expect(tallies).to_have_count(0)
        # by the house's clock, whatever this machine's says
        await expect(page.locator(".live.stale")).to_contain_text("13:10")
        await page.unroute("**/v1/board/days/*")
        await page.locator(".day-trouble button").click()
        await expect(tallies).to_have_count(2)


@pytest.mark.parametrize("tab", ["Why", "History"])
async def test_another_language_loses_nothing_of_what_one_looks_at(
    browser: Browser, database: Database, tab: str
) -> None:
    async with mixed_day(database, 30, 60) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        await page.locator("#search").fill("Technician")
        await page.keyboard.press("Escape")
        await page.locator(".scroller").evaluate("(sheet) => { sheet.scrollTop = 400 }")
        block = page.locator(".row").nth(12).locator(".block").first
        await block.click()
        chosen = page.locator('.block[aria-pressed="true"]')
        job_id = await chosen.get_attribute("data-job")
        await page.get_by_role("tab", name=tab).click()
        await expect(page.locator(".panel .contact")).to_contain_text("On site")
        top = await page.locator(".scroller").evaluate("(sheet) => sheet.scrollTop")
        assert top > 100
        await page.locator("select").first.select_option("hu")
        await expect(page.locator(".panel .contact")).to_contain_text("A helyszínen")
        await expect(chosen).to_have_attribute("data-job", str(job_id))
        # what the server says in words comes in the new language, too
        await expect(page.locator(".alarm").first).to_contain_text(re.compile("ígértük|várhat|hallgat"))
        if tab == "History":
            await expect(page.locator(".told-subscriber > p")).to_contain_text(
                re.compile("Önhöz|szerelő|látogatás")
            )
            await expect(page.locator(".told-subscriber blockquote")).to_contain_text(re.compile("orosz"))
            await expect(page.locator(".told-subscriber [lang=ru]")).to_contain_text(re.compile("[а-я]"))
        assert await page.locator("#search").input_value() == "Technician"
        assert await page.locator(".scroller").evaluate("(sheet) => sheet.scrollTop") == top
        assert board.heard.complaints == []
