"""Who looks at the board: a picture of each view where LINE3_SHOTS asks for them, and what axe and a ruler find wrong with it."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

from playwright.async_api import Browser, ViewportSize, expect

from api.app import build
from db.pool import Database
from tests.e2e.chromium import DESKTOP, serve, shoot
from tests.e2e.storm import LANGUAGES, Clock, Dispatcher, House, dispatcher
from tests.e2e.walker import faults_of
from tests.worlds import World, small_town

TABLET = ViewportSize(width=1024, height=768)
# what scrolls by itself may be as wide as it is
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroller, .panels, .ground"))
    .map((one) => one.getAttribute("class") || one.tagName)"""
Look = tuple[str, bool]
"""A language, and whether it is dark."""


def looks(otherwise: Look) -> list[Look]:
    """Contrast is of the theme, width of the words: one of each is enough, unless somebody looks."""
    every = [(language, dark) for language in LANGUAGES for dark in (False, True)]
    return every if os.environ.get("LINE3_SHOTS") else [otherwise]


class Looker:
    """Goes from view to view and looks at each."""

    def __init__(self, board: Dispatcher, look: Look) -> None:
        self.board = board
        self.page = board.page
        self.name = f"{look[0][:2]}-{'dark' if look[1] else 'light'}"
        self.wrong: list[str] = []

    async def at(self, view: str) -> None:
        """By axe and by the ruler."""
        await self._ruled(view)
        self.wrong += [f"{view}: {fault}" for fault in await faults_of(self.page)]

    async def _ruled(self, view: str) -> None:
        # what still comes in is half there
        await self.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        await shoot(self.page, f"board-{view}-{self.name}")
        self.wrong += [f"{view}: too wide: {one}" for one in await self.page.evaluate(TOO_WIDE)]

    async def small(self, view: str) -> None:
        """On a tablet, by the ruler: what axe minds is no other there. Then back."""
        await self.page.set_viewport_size(TABLET)
        await self._ruled(f"{view}-1024")
        await self.page.set_viewport_size(DESKTOP)

    async def go(self, where: str) -> None:
        await self.page.evaluate("(where) => { location.hash = where }", f"/{where}")
        await expect(self.page.locator(".skeleton")).to_have_count(0)

    def satisfied(self) -> None:
        assert self.wrong == [], "\n".join(self.wrong)


@asynccontextmanager
async def looking(
    browser: Browser,
    database: Database,
    look: Look = ("English", False),
    *,
    now: datetime,
    world: World = small_town,
) -> AsyncGenerator[Looker]:
    """Somebody before the board of a world that is settled in, signed in, at this time. In the end all was well, and the browser had
    nothing to complain about."""
    language, dark = look
    clock = Clock()
    clock.now = now
    async with (
        serve(build(database, clock)) as url,
        dispatcher(
            browser, House(url, database, world, clock), color_scheme="dark" if dark else "light"
        ) as board,
    ):
        await board.sign_in(language=language)
        looker = Looker(board, look)
        yield looker
        looker.satisfied()
        assert board.heard.complaints == []
