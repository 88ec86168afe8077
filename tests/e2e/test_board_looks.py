"""Each view of the board: clean for axe, nothing wider than the screen, at desktop and tablet width.

With LINE3_SHOTS set, a picture of each in three languages, light and dark, goes to `shots/`.
"""

import os
from datetime import timedelta

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from db.pool import Database
from tests.e2e.chromium import DESKTOP, shoot
from tests.e2e.storm import Dispatcher, dispatcher, house
from tests.e2e.walker import faults_of
from tests.worlds import TODAY

TABLET = ViewportSize(width=1024, height=768)
# what scrolls by itself may be as wide as it is
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroller, .panels, .ground"))
    .map((one) => one.getAttribute("class") || one.tagName)"""


class Looker:
    """Goes from view to view and looks at each."""

    def __init__(self, board: Dispatcher, name: str) -> None:
        self.board = board
        self.name = name
        self.wrong: list[str] = []

    async def at(self, view: str) -> None:
        page = self.board.page
        await shoot(page, f"board-{view}-{self.name}")
        self.wrong += [f"{view}: {fault}" for fault in await faults_of(page)]
        self.wrong += [f"{view}: too wide: {one}" for one in await page.evaluate(TOO_WIDE)]

    async def go(self, where: str) -> None:
        await self.board.page.evaluate("(where) => { location.hash = where }", f"/{where}")
        await expect(self.board.page.locator(".skeleton")).to_have_count(0)

    async def around(self) -> None:
        """All views of a day that is out."""
        page = self.board.page
        await self.at("day")
        for key in ("j", "w"):
            await page.keyboard.press(key)
        await expect(page.locator(".offers li").first).to_be_visible()
        await self.at("why")
        await page.keyboard.press("h")
        await expect(page.locator(".story li").first).to_be_visible()
        await self.at("history")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await self.at("keys")
        await page.keyboard.press("Escape")
        await page.locator(".head .button.primary").click()
        await self.at("plan")
        await page.get_by_role("tab").nth(4).click()
        await expect(page.locator(".versions li").first).to_be_visible()
        await self.at("versions")
        await page.locator(".drawer .dialog-head button").click()
        await self.go(f"day/{(TODAY + timedelta(days=40)).isoformat()}")
        await self.at("day-empty")
        await self.go("review")
        await self.at("review-empty")


# contrast is of the theme, width of the words: one of each is enough, unless somebody looks
ALL = [(language, dark) for language in ("English", "Русский", "Magyar") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("Русский", True)]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_every_view(
    browser: Browser, database: Database, database_url: str, language: str, dark: bool
) -> None:
    scheme = "dark" if dark else "light"
    async with (
        house(database, database_url, 6, 24) as at,
        dispatcher(browser, at, color_scheme=scheme) as board,
    ):
        await at.escalate(range(1, 25))
        await at.publish()
        looker = Looker(board, f"{language[:2]}-{scheme}")
        await board.page.goto(f"{at.url}/board/")
        await expect(board.page.locator("input[type=password]")).to_be_visible()
        await looker.at("sign-in")
        await board.sign_in(language=language)
        await looker.around()
        await board.page.set_viewport_size(TABLET)
        looker.name += "-1024"
        await looker.go("day")
        await looker.at("day")
        await board.page.set_viewport_size(DESKTOP)
        assert looker.wrong == [], "\n".join(looker.wrong)
