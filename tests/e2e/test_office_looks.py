"""How the office's other pages look, in a real Chromium: review, the round on paper, signing in; crowded, with nothing, while they
load and where that fails.

With LINE3_SHOTS a picture of each, at 1440 and 1024, in three languages, light and dark.
"""

import os
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from api.app import build
from db.pool import Database
from tests.builders import Town, settled_in
from tests.dispatch.said import MENDED, out, walk
from tests.e2e.chromium import serve, shoot
from tests.e2e.desk import NARROW, WIDE
from tests.e2e.test_board_print import with_round
from tests.e2e.walker import faults_of
from tests.worlds import NOW, PASSWORD, TODAY

ALL = [
    (language, dark, size)
    for language in ("en", "ru", "hu")
    for dark in (False, True)
    for size in (WIDE, NARROW)
]
# contrast is of the theme, width of the words: the widest once is enough, unless somebody looks
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("ru", True, NARROW)]
LONG_NAME = "Константинопольская-Преображенская Александра Вениаминовна"
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".visually-hidden"))
    .map((one) => one.className || one.tagName)"""


class Look:
    """A page in one look: what is wrong with what it shows, and a picture of each."""

    def __init__(self, page: Page, suffix: str) -> None:
        self.page = page
        self.suffix = suffix
        self.wrong: list[str] = []

    async def take(self, name: str) -> None:
        self.wrong += [f"{name}: {fault}" for fault in await faults_of(self.page)]
        self.wrong += [f"{name}: too wide: {one}" for one in await self.page.evaluate(TOO_WIDE)]
        await shoot(self.page, f"office-{name}-{self.suffix}")

    async def sign_in(self, url: str, where: str, login: str) -> None:
        await self.page.goto(f"{url}/board/#/{where}")
        await self.page.locator("input[autocomplete=username]").fill(login)
        await self.page.locator("input[type=password]").fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.locator("nav.pages").wait_for()

    async def while_it_loads_and_fails(self, name: str, asked: str) -> None:
        held: list[Route] = []
        await self.page.route(asked, lambda route: held.append(route))
        await self.page.reload()
        await self.page.locator("[aria-busy=true] .skeleton").first.wait_for()
        await self.take(f"{name}-loading")
        for route in held:
            await route.abort()
        await self.page.get_by_role("alert").first.wait_for()
        await self.take(f"{name}-failed")
        await self.page.unroute(asked)
        await self.page.get_by_role("alert").first.get_by_role("button").click()


@pytest.mark.parametrize(("language", "dark", "size"), LOOKS)
async def test_review_signing_in_and_the_round_on_paper(
    browser: Browser, database: Database, language: str, dark: bool, size: ViewportSize
) -> None:
    town = Town(database, await settled_in(database))
    phone, _, visit = await out(town)
    await phone.send(
        database, [*walk(phone, visit, *MENDED), phone.say(visit, "closure", confirmedBy=LONG_NAME)]
    )
    printed = await with_round(database, 14, name="long_round")
    async with database.begin([town.world.area_id, printed.area_id]) as conn:
        await conn.execute("UPDATE technician SET display_name = $1", LONG_NAME)
    context = await browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    async with serve(build(database, lambda: NOW + timedelta(hours=4))) as url, context:
        page = await context.new_page()
        await page.add_init_script(f"localStorage.setItem('line3-language', '{language}')")
        look = Look(page, f"{language}-{'dark' if dark else 'light'}-{size['width']}")
        await page.goto(f"{url}/board/#/review")
        await page.locator("input[autocomplete=username]").fill("nobody")
        await page.locator("input[type=password]").fill("wrong")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").wait_for()
        await look.take("sign-in")
        await page.goto(f"{url}/board/#/password/nothing")
        await page.locator("input").first.wait_for()
        await look.take("password")
        await look.sign_in(url, "review", f"{town.world.name}.dispatcher")
        await page.locator(".decide").wait_for()
        await look.take("review")
        await look.while_it_loads_and_fails("review", "**/v1/reviews?**")
        await page.locator(".decide textarea").fill("the neighbour signed")
        # what was written is not lost in silence
        await page.locator("nav.pages a").first.click()
        await page.get_by_role("dialog").get_by_role("button").last.click()
        await page.locator(".decide button[value=dismiss]").click()
        await page.locator(".review-page .empty").wait_for()
        await page.locator(".told .icon-button").click()
        await look.take("review-empty")
        await context.clear_cookies()
        await page.reload()
        who = printed.technicians[0].technician_id
        await look.sign_in(url, f"print/{TODAY}/{who}", f"{printed.name}.dispatcher")
        await expect(page.locator(".paper li")).to_have_count(14)
        await look.take("print")
        await look.while_it_loads_and_fails("print", "**/v1/board/days/**")
        await expect(page.locator(".paper li")).to_have_count(14)
        await page.evaluate("(who) => { location.hash = `/print/2026-11-24/${who}` }", str(visit.visit_id))
        await page.locator(".print .empty").wait_for()
        await look.take("print-empty")
    assert look.wrong == [], "\n".join(look.wrong)
