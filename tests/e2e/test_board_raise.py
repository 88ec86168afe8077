"""A dispatcher raises a job that no support line handed over, in a real Chromium, by keyboard alone."""

import os
import re
from collections.abc import Sequence

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from tests.e2e.chromium import shoot
from tests.e2e.storm import LANGUAGES, Dispatcher, dispatcher, house
from tests.e2e.walker import faults_of

ALL = [(language, dark) for language in LANGUAGES for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("English", False)]


async def find(board: Dispatcher, text: str) -> None:
    """Asks for a new job and looks for who it is for."""
    await board.page.keyboard.press("n")
    await board.page.get_by_role("dialog").get_by_role("searchbox").fill(text)


def parts_add_up(offers: Sequence[str]) -> None:
    """Each amount has a sign: the price comes first, then its parts. What breaks a rule has no price."""
    told = [
        [
            (1 if sign == "+" else -1) * (60 * int(hours or 0) + int(minutes or 0))
            for sign, hours, minutes in re.findall(
                r"([+−])(?:(\d+) (?:h|ч|óra))?(?: ?(\d+) (?:min|мин|perc))?", text
            )
        ]
        for text in offers
    ]
    prices = [amounts for amounts in told if len(amounts) > 1]
    assert prices
    assert [sum(parts) for _, *parts in prices] == [cost for cost, *_ in prices]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_job_is_raised_served_by_nobody_and_given_away_by_keyboard(
    browser: Browser, database: Database, database_url: str, language: str, dark: bool
) -> None:
    scheme = "dark" if dark else "light"
    async with (
        house(database, database_url, 4, 12) as at,
        dispatcher(browser, at, color_scheme=scheme) as board,
    ):
        name = f"{language[:2]}-{scheme}"
        page, dialog = board.page, board.page.get_by_role("dialog")
        await at.escalate(range(1, 9))
        await at.publish()
        await board.sign_in(language=language)
        await expect(page.locator(".block").first).to_be_visible()
        before = {one["jobId"] for one in (await board.day())["waiting"]}
        await find(board, "nobody is called so")
        await expect(dialog.locator(".empty")).to_be_visible()
        subscriber = at.world.subscribers[9]
        await dialog.get_by_role("searchbox").fill(subscriber.contract)
        await expect(dialog.get_by_role("searchbox")).to_be_focused()
        await dialog.locator(".offer").first.press("Enter")
        await expect(dialog.locator(".found")).to_contain_text(subscriber.contract)
        await dialog.locator("select").select_option("cable_break")
        await dialog.locator("textarea").fill("A tree lies across the line.")
        # put aside and taken up again, it is as it was typed
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await page.keyboard.press("n")
        await expect(dialog.locator("textarea")).to_have_value("A tree lies across the line.")
        await dialog.locator("input[type=checkbox]").check()
        await shoot(page, f"board-raise-{name}")
        assert await faults_of(page) == []
        await dialog.locator("button[type=submit]").click()
        await expect(dialog).to_have_count(0)
        # what cannot wait is shown with who could serve it; leaving that serves nothing
        await expect(page.locator(".options > li").first).to_be_visible()
        await shoot(page, f"board-raised-{name}")
        await page.locator(".what-head .stack > .button").click()
        await expect(page.locator(".options")).to_have_count(0)
        waiting = (await board.day())["waiting"]
        (raised,) = [one for one in waiting if one["jobId"] not in before]
        await page.locator(f'.waiting[data-job="{raised["jobId"]}"]').click()
        await page.keyboard.press("g")
        await expect(page.locator(".offers button").first).to_be_focused()
        parts_add_up(await page.locator(".offers button").all_inner_texts())
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(".offers button").nth(1)).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("Enter")
        await expect(page.locator(".offers .primary")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(board.block(raised["jobId"])).to_be_visible()
        await expect(
            page.locator(f'.block[data-job="{raised["jobId"]}"][aria-pressed="true"]')
        ).to_be_visible()
        # who calls again about the same place is found out before a second job is made
        await find(board, subscriber.contract)
        await dialog.locator(".offer").first.press("Enter")
        await expect(dialog.locator(".notice.warn")).to_contain_text(raised["jobNumber"])
        assert board.heard.complaints == []


async def test_who_only_looks_is_offered_nothing_that_would_be_refused(
    browser: Browser, database: Database, database_url: str
) -> None:
    async with house(database, database_url, 4, 12) as at, dispatcher(browser, at) as board:
        await at.escalate(range(1, 9))
        await at.publish()
        await board.sign_in("supervisor")
        await board.page.locator(".block").first.click()
        await board.page.keyboard.press("w")
        await expect(board.page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
        for key in ("n", "g", "x", "p"):
            await board.page.keyboard.press(key)
        await expect(board.page.get_by_role("dialog")).to_have_count(0)
        await expect(
            board.page.locator(".plan-button, .offers button, .what-head .line-form button")
        ).to_have_count(0)
        assert board.heard.complaints == [], "nothing was asked that is refused"
