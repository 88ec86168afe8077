"""What whoever supervises support does at the desk, in a real Chromium: credits to the penny, exported once; terms of credit with an
example before they are saved; a complaint answered; the team in numbers, of which each of its people sees their own."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from api.app import build
from db.pool import Database
from tests.api.conftest import Clock, sign_in
from tests.api.places import SCHEMES, Place, moved
from tests.api.test_support_numbers import a_day
from tests.api.test_tickets import done, opened
from tests.builders import settled_in
from tests.e2e.chromium import Heard, listen, serve, shoot, shoot_whole
from tests.e2e.walker import faults_of
from tests.worlds import PASSWORD

WIDE = ViewportSize(width=1280, height=800)
ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("en", False)]
OVER = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
TWICE = "Failed to load resource: the server responded with a status of 409 (Conflict)"
TOO_WIDE = """() => [...document.querySelectorAll("main *, .top *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".behind"))
    .map((one) => one.getAttribute("class") || one.tagName)"""
CLAIM = """(ticket) => fetch(`/v1/tickets/${ticket}/credit-claims`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: "{}",
}).then(async (answer) => [answer.status, (await answer.json()).type])"""


class Boss:
    """At the desk, in London, under the UK's terms of credit."""

    def __init__(self, page: Page, url: str, place: Place, heard: Heard, name: str) -> None:
        self.page, self.url, self.place, self.heard, self.name = page, url, place, heard, name

    async def enter(self, login: str, face: str = "desk") -> None:
        await self.page.context.clear_cookies()
        await self.page.goto(f"{self.url}/{face}/#/")
        await self.page.reload()
        await self.page.locator("input").first.fill(f"{self.place.world.name}.{login}")
        await self.page.locator("input[type=password]").fill(PASSWORD)
        await self.page.locator("button[type=submit]").click()
        await self.page.locator("nav.pages").wait_for()

    async def go(self, where: str) -> None:
        await self.page.evaluate("(where) => { location.hash = where }", where)

    async def look(self, name: str, scrolled: str = "main") -> None:
        await expect(self.page.locator(".skeleton")).to_have_count(0)
        await shoot_whole(self.page, f"boss-{name}-{self.name}", scrolled)
        assert await faults_of(self.page) == []
        assert await self.page.evaluate(TOO_WIDE) == []

    async def quiet(self) -> None:
        await self.page.evaluate("document.querySelector('.told .icon-button')?.click()")
        await expect(self.page.locator(".told")).to_have_count(0)


@asynccontextmanager
async def boss(
    browser: Browser, database: Database, language: str = "en", dark: bool = False
) -> AsyncGenerator[Boss]:
    world, clock = await settled_in(database, moved(*SCHEMES["uk"])), Clock()
    async with (
        serve(build(database, clock)) as url,
        httpx.AsyncClient(base_url=url) as client,
        await browser.new_context(
            viewport=WIDE, color_scheme="dark" if dark else "light", accept_downloads=True
        ) as context,
    ):
        page = await context.new_page()
        await page.add_init_script(f"localStorage.setItem('line3-language', '{language}')")
        place = Place(client, database, clock, world)
        async with database.begin([world.area_id]) as conn:
            await conn.execute("UPDATE staff SET language = $1", language)
        await place.agree("uk")
        await place.by_file()
        yield Boss(page, url, place, listen(page), f"{language}-{'dark' if dark else 'light'}")


async def credited(place: Place) -> str:
    """The worked example: reported Monday at nine, nobody came on Tuesday, restored on Sunday. Its subscriber called once more in
    between: the id of that ticket."""
    window = {"earliest": place.local(12, 1, 10), "latest": place.local(12, 1, 12)}
    job = await place.escalated(place.local(11, 30, 9), promisedWindow=window)
    place.clock.now = place.local(12, 3, 10)
    again = await opened(await place.desk(), place.world, 0)
    await place.there(job, place.local(12, 6, 17))
    place.clock.now = place.local(12, 6, 17, 30)
    path = f"/v1/tickets/{again['ticketId']}/resolution"
    await done(await (await place.desk()).post(path, json={"resolution": "restarted"}))
    await place.tick(place.local(12, 6, 18))
    return str(again["ticketId"])


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_credits_are_told_to_the_penny_leave_once_and_are_worked_out_before_terms_are_saved(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with boss(browser, database, language, dark) as at:
        page, place = at.page, at.place
        await at.enter("supervisor")
        await at.go("/credits/month/2026-12-01")
        await expect(page.locator(".empty b")).to_be_visible()
        ticket = await credited(place)
        await at.enter("supervisor")
        await at.go("/credits/month/2026-12-01")
        row = page.locator(".credits-listed tbody tr")
        await expect(row).to_have_count(1)
        await expect(row.locator(".lines li")).to_have_count(5)
        if language == "en":
            await expect(row.locator("b")).to_have_text("£73.67")
            await expect(row.locator(".state")).to_have_text("not exported yet")
            await expect(page.locator(".totals .tile-value")).to_have_text("£73.67")
        await at.look("credits-owed")
        async with page.expect_download() as taken:
            await page.locator(".bar-of-choices .button.primary").click()
        held = (await (await taken.value).path()).read_text("utf-8-sig")
        assert [line.split(",")[7] for line in held.splitlines()[1:]] == ["32.31", *["10.34"] * 4]
        await expect(row.locator(".state.good")).to_be_visible()
        await expect(page.locator(".bar-of-choices .button.primary")).to_be_disabled()
        await expect(page.locator(".detail a[download]")).to_have_count(1)
        await at.quiet()
        await at.look("credits-exported")
        await row.locator("a.button").click()
        await expect(page.locator(".letter li")).to_have_count(5)
        await at.look("credit-letter")

        # whoever claims the same outage again gets nothing
        await at.enter("support")
        await at.go(f"/call/{ticket}")
        await page.reload()
        await expect(page.locator(".credits .lines").first).to_be_visible()
        await expect(page.locator(".credits .button")).to_have_count(0)
        assert await page.evaluate(CLAIM, ticket) == [409, "/problems/credited-before"]
        await at.go("/credits/month/2026-12-01")
        await expect(row).to_have_count(1)
        await expect(page.locator(".bar-of-choices")).to_have_count(0)

        await at.enter("supervisor", "board")
        await at.go("/setup/credits")
        await expect(page.locator(".version-list > li")).to_have_count(1)
        await page.locator(".version-list .button").click()
        worked = page.locator(".worked")
        await worked.locator("input").fill("30")
        if language == "en":
            await expect(worked.locator("b")).to_have_text("£73.67")
        await page.locator(".item input").nth(1).fill("20")
        await expect(worked.locator("b")).to_contain_text(
            {"en": "£112.31", "ru": "112,31", "hu": "112,31"}[language]
        )
        await at.look("terms-of-credit", ".thing-list, .thing-form")
        await page.locator(".thing-form button[type=submit]").click()
        await expect(page.locator(".version-list > li")).to_have_count(2)
        await at.look("terms-saved", ".thing-list, .thing-form")
        assert set(at.heard.complaints) <= {OVER, TWICE}


LATE = "Der Techniker kam zwei Stunden zu spät, und niemand hat angerufen."
SORRY = "We are sorry. The technician was held up at a cable break, and we should have called you."


async def worked(at: Boss, database: Database) -> None:
    """A day at both lines, and two complaints, of which one should have been answered."""
    place = at.place
    one, two = [
        await sign_in(place.client, f"{place.world.name}.{name}") for name in ("support", "dispatcher")
    ]
    await _also_support(database, place)
    await a_day(one, two, database, place.world, place.clock)
    ticket = await opened(one, place.world, 4)
    for days, number in ((40, 4), (3, 1)):
        said: dict[str, Any] = {
            "subscriberId": str(place.world.subscribers[number].subscriber_id),
            "text": LATE,
            "about": "Technician 2",
            "complainedAt": (place.clock.now - timedelta(days=days)).isoformat(),
            **({"ticketId": ticket["ticketId"]} if number == 4 else {}),
        }
        await done(await one.post("/v1/complaints", json=said))


async def answer_the_overdue(at: Boss) -> None:
    page = at.page
    rows = page.locator(".complaints tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first.locator(".complaint-state.bad svg")).to_be_visible()
    await at.look("complaints")
    await page.locator(".complaints .choice").nth(1).click()
    await expect(rows).to_have_count(1)
    await rows.locator("a").click()
    await expect(page.locator(".complaint .history li").first).to_be_visible()
    await page.locator(".complaint textarea").fill(SORRY)
    await at.look("complaint-opened")
    await page.locator(".complaint button[type=submit]").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await shoot(page, f"boss-complaint-sure-{at.name}")
    await page.get_by_role("dialog").locator(".button.primary").click()
    await expect(page.locator(".complaint textarea")).to_have_count(0)
    await expect(page.locator(".complaint .description").last).to_have_text(SORRY)
    await expect(rows).to_have_count(0)
    await at.quiet()
    await page.locator(".complaints .choice").nth(2).click()
    await expect(rows).to_have_count(1)
    await at.look("complaint-answered")
    await read_and_print(at)


async def read_and_print(at: Boss) -> None:
    """The ticket opens, also to who takes no calls; the answer is a letter, and nothing else is on its paper."""
    page = at.page
    await page.locator(".complaints tbody tr a").first.click()
    number = await page.locator(".complaint .facts a").inner_text()
    await page.locator(".complaint .facts a").click()
    await expect(page.locator(".ticket-read h1")).to_contain_text(number)
    await expect(page.locator(".history li").first).to_be_visible()
    await at.look("ticket")
    await page.go_back()
    await page.locator(".complaint a.button").click()
    letter = page.locator(".letter")
    await expect(letter).to_contain_text(SORRY)
    await expect(letter.locator("address")).to_contain_text("Long Street")
    await at.look("letter")
    await page.emulate_media(media="print")
    for gone in (".top", ".bar-of-choices"):
        await expect(page.locator(gone)).to_be_hidden()
    await expect(letter).to_be_visible()
    await shoot(page, f"boss-letter-printed-{at.name}")
    await page.emulate_media(media="screen")


async def look_at_the_team(at: Boss, line: str) -> None:
    page = at.page
    await expect(page.locator(".people tbody tr")).to_have_count(3)
    await expect(page.locator(".tile")).to_have_count(19)
    await at.look("numbers-team")
    await page.locator(".detail .choice", has_text=line).last.click()
    await page.locator(".detail .choice").last.click()
    await expect(page.locator(".detail").last.locator("tbody tr")).to_have_count(2)
    await at.look("numbers-by-line")


async def look_at_oneself(at: Boss, waiting: str) -> None:
    rows = at.page.locator(".people tbody tr")
    await expect(rows).to_have_count(19)
    mine = rows.filter(has_text=waiting).locator("td").first
    await expect(mine).to_contain_text("60")
    await expect(mine.locator(".aside")).to_contain_text(["1", "60"])
    await at.look("numbers-own")


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_complaint_is_answered_and_the_team_is_seen_in_numbers_and_oneself_by_oneself(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with boss(browser, database, language, dark) as at:
        page = at.page
        await worked(at, database)
        await at.enter("supervisor")
        await at.go("/complaints")
        await answer_the_overdue(at)
        await at.go("/numbers/day/2026-11-24")
        await look_at_the_team(at, {"en": "Line", "ru": "Линия", "hu": "Vonal"}[language])

        await at.enter("support")
        await at.go("/numbers/day/2026-11-24")
        waiting = {"en": "Average waiting", "ru": "Среднее время ожидания", "hu": "Átlagos várakozási"}
        await look_at_oneself(at, waiting[language])
        await at.go("/numbers/day/2026-11-20")
        await expect(page.locator(".empty")).to_be_visible()
        await at.go("/complaints/answered")
        await page.locator(".complaints tbody a").click()
        await expect(page.locator(".complaint .description").last).to_have_text(SORRY)
        await expect(page.locator(".complaint textarea")).to_have_count(0)
        assert set(at.heard.complaints) <= {OVER}


async def _also_support(database: Database, place: Place) -> None:
    """The dispatcher helps out at line 2."""
    async with database.begin([place.world.area_id]) as conn:
        await conn.execute(
            "INSERT INTO staff_area_role (staff_id, area_id, role) VALUES ($1, $2, 'support')",
            place.world.staff_id("dispatcher"),
            place.world.area_id,
        )
