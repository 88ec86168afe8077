"""A draft beside what is out, in a real Chromium: what it changes, where that would be, and versions of the day."""

import os

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from tests.e2e.chromium import DESKTOP, shoot
from tests.e2e.looker import TABLET, TOO_WIDE
from tests.e2e.storm import LANGUAGES, dispatcher, house
from tests.e2e.walker import faults_of

ALL = [(language, dark) for language in LANGUAGES for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("English", False)]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_draft_is_read_beside_what_is_out_and_counted_as_long_as_it_changes_something(
    browser: Browser, database: Database, database_url: str, language: str, dark: bool
) -> None:
    scheme = "dark" if dark else "light"
    async with (
        house(database, database_url, 6, 24) as at,
        dispatcher(browser, at, color_scheme=scheme) as board,
    ):
        name = f"{language[:2]}-{scheme}"
        page = board.page
        await at.escalate(range(1, 21))
        await at.publish()
        await board.sign_in(language=language)
        await expect(page.locator(".block.published").first).to_be_visible()
        await at.escalate(range(21, 25), promised=0)
        await page.locator(".plan-button").click()
        await page.locator(".drawer input[type=number]").first.fill("2")
        await page.locator(".drawer button[type=submit]").click()
        changes = page.locator(".changes .change")
        await expect(changes.nth(3)).to_be_visible(timeout=60_000)
        ghosts = page.locator(".planned-ghost")
        await expect(ghosts.first).not_to_have_text("")
        await shoot(page, f"board-difference-{name}")
        assert await faults_of(page) == []
        await page.set_viewport_size(TABLET)
        await shoot(page, f"board-difference-{name}-1024")
        assert await page.evaluate(TOO_WIDE) == []
        await page.set_viewport_size(DESKTOP)
        shown = await ghosts.count()
        await changes.last.get_by_role("checkbox").uncheck()
        await expect(ghosts).to_have_count(shown - 1)
        await page.locator(".drawer-foot .primary").click()
        await expect(changes).to_have_count(0)
        # the rest stands as a draft, and says how much it still changes
        draft = page.locator(".drawer .lines button")
        await expect(draft).to_contain_text("1 ")
        await draft.click()
        await expect(changes).to_have_count(1)
        await page.locator(".drawer-foot .button").first.click()
        await expect(draft).to_have_count(0)
        await page.locator(".drawer").get_by_role("tab").last.click()
        await expect(page.locator(".versions li").first).to_be_visible()
        await shoot(page, f"board-versions-{name}")
        assert await faults_of(page) == []
        assert board.heard.complaints == []
