"""Each screen of the phone app: clean for axe in both themes, nothing wider than the phone in any language.

With LINE3_SHOTS set, a picture of each in three languages, light and dark, goes to `shots/`.
"""

import os

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from tests.e2e.chromium import shoot
from tests.e2e.walker import Clock, Walker, faults_of, town, walker

TABS = ("", "map", "parts", "me", "waiting")
SHEETS = ("find", "measure", "part", "close", "no-access", "pause", "missing", "help", "note")
ON_MY_WAY = {"English": "I'm on my way", "Русский": "Выезжаю", "Magyar": "Elindultam"}
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".ground"))
    .map((one) => one.className || one.tagName)"""


class Looker:
    """Goes from screen to screen and looks at each."""

    def __init__(self, phone: Walker, name: str) -> None:
        self.phone = phone
        self.name = name
        self.wrong: list[str] = []
        self.seen = 0

    async def at(self, screen: str) -> None:
        self.seen += 1
        await shoot(self.phone.page, f"technician-{screen}-{self.name}")
        self.wrong += [f"{screen}: {fault}" for fault in await faults_of(self.phone.page)]
        self.wrong += [f"{screen}: too wide: {one}" for one in await self.phone.page.evaluate(TOO_WIDE)]

    async def go(self, where: str) -> None:
        await self.phone.page.evaluate("(where) => { location.hash = where }", f"/{where}")
        await self.phone.page.locator("h1").wait_for()

    async def around(self) -> None:
        for tab in TABS:
            await self.go(tab)
            if tab == "map":
                await self.phone.page.locator(".pin").first.wait_for()
            await self.at(tab or "round")

    async def visit(self, number: int, label: str) -> None:
        await self.phone.go_to_visit(number)
        await self.phone.page.evaluate(
            "document.querySelectorAll('details').forEach((one) => (one.open = true))"
        )
        await self.at(label)


# contrast is of the theme, width of the words: each language once is enough, unless somebody looks
ALL = [(language, dark) for language in ("English", "Русский", "Magyar") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("Русский", True)]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_every_screen(browser: Browser, database: Database, language: str, dark: bool) -> None:
    async with town(database, Clock()) as served, walker(browser, served.url, dark=dark) as phone:
        looker = Looker(phone, f"{language[:2]}-{'dark' if dark else 'light'}")
        await phone.open()
        await phone.page.locator("input").first.wait_for()
        await looker.at("enrol")
        await phone.sign_in(served.world, language=language)
        await looker.around()
        await looker.visit(1, "visit")
        await phone.context.set_offline(True)
        await phone.step(ON_MY_WAY[language])
        await phone.page.locator(".step button").click()
        await phone.until_kept(2)
        await phone.page.locator(".step button").click()
        await phone.until_kept(3)
        await looker.visit(1, "visit-working")
        at = f"visit/{served.visits[0][1].visit_id}"
        for sheet in SHEETS:
            await looker.go(f"{at}/{sheet}")
            await looker.at(sheet)
        await looker.go("waiting")
        await looker.at("waiting-offline")
        await the_price(looker, f"visit/{served.visits[1][1].visit_id}")
        assert looker.wrong == [], "\n".join(looker.wrong)
        assert looker.seen >= 19


async def the_price(looker: Looker, at: str) -> None:
    """From the finding to the screen that is handed over, and back."""
    page = looker.phone.page
    await looker.go(at)
    for _ in range(3):
        before = await looker.phone.kept()
        await page.locator(".step button").click()
        await looker.phone.until_kept(before + 1)
    await page.locator(".step button").click()
    await page.locator("input[name=location]").nth(9).check()
    await page.locator("input[name=cause]").nth(0).check()
    await looker.at("find-filled")
    await page.locator("button.primary").click()
    await page.locator("#where").wait_for()
    await looker.go(f"{at}/price")
    await page.locator(".stepper button").nth(1).click()
    await looker.at("price")
    await page.locator("button.primary").click()
    await page.locator(".handed").wait_for()
    await looker.at("consent")
    await page.locator(".answers button").first.click()
    await looker.at("consent-agreed")
    await page.locator("input[name=capacity]").first.check()
    await page.locator(".handed .primary").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await looker.at("consent-unsigned")
