"""Somebody of the support line with a headset, in a real Chromium: what fingers do, counted."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from api.app import build
from api.demo.checks import self_checks
from db.pool import Database
from db.queries import tickets
from db.records import SimulatedTerminal
from db.states import TerminalFault
from tests.builders import settled_in
from tests.e2e.chromium import Heard, listen, serve
from tests.e2e.walker import Clock
from tests.worlds import NOW, PASSWORD, World, small_town

WIDE = ViewportSize(width=1280, height=800)
HOLDER = "Преображенская Александра Константиновна"
SAID = "Александра Преображенская"


class Operator:
    """`interactions`: clicks and keys that answer something; typing a text and ending it with Enter is one."""

    def __init__(
        self, page: Page, url: str, world: World, heard: Heard, database: Database, clock: Clock
    ) -> None:
        self.page = page
        self.url = url
        self.world = world
        self.heard = heard
        self.database = database
        self.clock = clock
        self.interactions = 0

    async def sign_in(self, language: str = "en", login: str = "support") -> None:
        await self.page.add_init_script(f"localStorage.setItem('line3-language', '{language}')")
        await self.page.goto(f"{self.url}/desk/")
        await self.page.locator("input").first.fill(f"{self.world.name}.{login}")
        await self.page.locator("input[type=password]").fill(PASSWORD)
        await self.page.locator("button[type=submit]").click()
        await self.page.locator("nav.pages").wait_for()

    async def find(self, text: str) -> None:
        box = self.page.locator("#search")
        await box.fill(text)
        await box.press("Enter")
        await expect(self.page.locator(".known h1")).to_be_visible()

    async def type(self, field: Locator, text: str) -> None:
        await field.fill(text)
        await field.press("Enter")
        self.interactions += 1

    async def key(self, key: str) -> None:
        await self.page.keyboard.press(key)
        self.interactions += 1

    async def click(self, what: Locator) -> None:
        await what.click()
        self.interactions += 1

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    async def verify(self) -> None:
        await self.type(self.page.locator("#holder"), SAID)
        await expect(self.page.locator(".verified")).to_contain_text(HOLDER)

    async def fault(self, number: int, wrong: TerminalFault) -> None:
        """What the network finds at this subscriber's end."""
        row = SimulatedTerminal(
            area_id=self.world.area_id,
            subscriber_id=self.world.subscribers[number].subscriber_id,
            fault=wrong,
            restarted_at=None,
        )
        async with self.database.begin([self.world.area_id]) as conn:
            await tickets.save_terminals(conn, [row])

    async def rows(self, query: str) -> list[dict[str, Any]]:
        async with self.database.begin([self.world.area_id]) as conn:
            return [dict(row) for row in await conn.fetch(query)]


@asynccontextmanager
async def operator(
    browser: Browser, database: Database, *, dark: bool = False, size: ViewportSize = WIDE
) -> AsyncGenerator[Operator]:
    """At a desk of the small town, whose holders all have one long name."""
    world = await settled_in(database, small_town)
    clock = Clock()
    async with database.begin([world.area_id]) as conn:
        checks = self_checks(world.area_id, NOW - timedelta(days=1))
        await tickets.insert_self_checks(
            conn,
            [
                msgspec.structs.replace(check, skills=[skill for skill in check.skills if skill == "fibre"])
                for check in checks
            ],
        )
        await conn.execute("UPDATE subscriber SET holder_name = $1", HOLDER)
    async with (
        serve(build(database, clock)) as url,
        await browser.new_context(viewport=size, color_scheme="dark" if dark else "light") as context,
    ):
        page = await context.new_page()
        yield Operator(page, url, world, listen(page), database, clock)
