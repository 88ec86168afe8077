"""A subscriber with a phone in a real Chromium: from the link in the message to a visit that is confirmed, moved and cancelled."""

import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from api.app import build
from db.pool import Database
from db.queries import jobs, messages
from db.rows import Conn
from dispatch import booking
from dispatch.delivering import Deliverer
from dispatch.flows import slots
from dispatch.horizon import Horizons
from dispatch.visible import visible_jobs
from tests.builders import Town, dispatcher, settled_in, terms
from tests.e2e.chromium import listen, serve, shoot
from tests.e2e.walker import Clock, faults_of
from tests.worlds import World, small_town

SMALL = ViewportSize(width=360, height=740)
WIDE = ViewportSize(width=1280, height=800)
DIGITS = "4567"
SAVED = "Saved. Your technician will see it."
HOLDER = {"name": "Holder", "relation": "holder", "phone": f"+7916123{DIGITS}", "language": "en"}
ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("en", False), ("ru", True)]
NAMED = {"en": "English", "ru": "Русский", "hu": "Magyar"}


class Home:
    """Somebody who waits for a technician, with the message just received."""

    def __init__(self, town: Town, page: Page, url: str, clock: Clock, horizons: Horizons) -> None:
        self.town = town
        self.page = page
        self.url = url
        self.clock = clock
        self.horizons = horizons
        self.complaints = listen(page).complaints

    async def booked(self) -> None:
        """At the API, as a desk does it."""
        world = self.town.world
        job = await self.town.job("wifi_setup", contact=HOLDER, terms=terms())
        actor = dispatcher(world)
        quoted = await booking.quote(
            self.town.database,
            self.horizons,
            job_id=job.job_id,
            asked=booking.Asked(),
            actor=actor,
            now=self.clock(),
        )
        made = await booking.book(
            self.town.database,
            self.horizons,
            slot_quote_id=quoted.quote.slot_quote_id,
            number=2,
            actor=actor,
            now=self.clock(),
        )
        assert isinstance(made, slots.Booked)
        self.job = made.job

    async def link(self) -> str:
        """As the newest message has it."""
        area_id = self.town.world.area_id
        await Deliverer(self.town.database, public_url=self.url).deliver(area_id, self.clock())
        kept = await self.town.do(lambda conn: messages.list_messages(conn, area_id, HOLDER["phone"]))
        return re.findall(r"http\S+", kept[-1].text)[0]

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def on_technicians_phone(self) -> str:
        """How to get in, as whoever has the visit is shown it."""

        async def shown(conn: Conn) -> str:
            job = await jobs.find_job(conn, self.job.area_id, self.job.job_id)
            assert job is not None
            technician = self.town.world.technicians[0].technician_id
            (seen,) = await visible_jobs(conn, job.area_id, technician, [job.job_id], "en", self.clock())
            return seen.place.access_note

        return await self.town.do(shown)

    async def states(self) -> list[str]:
        async with self.town.database.begin([self.town.world.area_id]) as conn:
            rows = await conn.fetch("SELECT state FROM appointment ORDER BY promised_at, appointment_id")
        return [row["state"] for row in rows]


@asynccontextmanager
async def home(
    browser: Browser, database: Database, *, dark: bool = False, size: ViewportSize = SMALL
) -> AsyncGenerator[Home]:
    world: World = await settled_in(database, small_town)
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE subscriber SET holder_name = 'Jane Smith', language = 'en'")
        await conn.execute('UPDATE area SET settings = settings || \'{"support_phone": "+74950000000"}\'')
    clock = Clock()
    app = build(database, clock)
    async with (
        serve(app) as url,
        await browser.new_context(
            viewport=size,
            color_scheme="dark" if dark else "light",
            has_touch=size == SMALL,
            is_mobile=size == SMALL,
            locale="en-GB",
        ) as context,
    ):
        yield Home(Town(database, world), await context.new_page(), url, clock, app.state.horizons)


async def test_from_the_message_to_a_visit_that_is_confirmed_moved_and_cancelled(
    browser: Browser, database: Database
) -> None:
    async with home(browser, database) as mine:
        page = mine.page
        asked = list[str]()
        page.on(
            "request", lambda request: asked.append(request.url + str(request.headers.get("referer", "")))
        )
        await mine.booked()
        link = await mine.link()
        await page.goto(link)
        await expect(page.locator("h1 .span")).to_be_visible()
        before = await page.locator("h1").inner_text()
        await expect(page.locator(".hello")).to_have_text("Hello Jane")
        await expect(page.locator(".code")).to_have_text(re.compile(r"^\d{6}$"))
        # by keyboard alone: the first thing one can say is the first that is reached after the languages
        for _ in range(4):
            await page.keyboard.press("Tab")
        await expect(mine.button("I will be there")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator(".there")).to_have_text("You have told us that you will be there.")
        await expect(page.locator(".there")).to_be_focused()
        note = page.get_by_label("How to get in")
        await note.fill("Second gate, ring twice")
        await mine.button("Save").click()
        await expect(page.get_by_text(SAVED)).to_be_visible()
        assert await mine.on_technicians_phone() == "Second gate, ring twice"
        # what was said of one thing goes with the next
        await mine.button("Another time").click()
        await expect(page.get_by_text(SAVED)).to_have_count(0)
        await page.locator(".choice input").nth(3).check()
        await page.get_by_label("Last four digits").fill("0000")
        await mine.button("Take this time").click()
        await expect(page.get_by_role("alert")).to_contain_text("Tries left: 4")
        assert await faults_of(page) == []
        await page.get_by_label("Last four digits").fill(DIGITS)
        await mine.button("Take this time").click()
        await expect(page.get_by_text("The visit has been moved to")).to_be_visible()
        assert await page.locator("h1").inner_text() != before
        assert await mine.states() == ["moved", "confirmed"]
        async with page.expect_download() as saved:
            await mine.button("Save a copy").click()
        assert (await saved.value).suggested_filename.startswith("agreement-")
        await mine.button("Cancel the visit").click()
        await page.get_by_role("radio", name="Nobody will be at home").check()
        await page.get_by_label("Last four digits").fill(DIGITS)
        assert await faults_of(page) == []
        await mine.button("Cancel it").click()
        await expect(page.locator("h1")).to_have_text("The visit is cancelled")
        await expect(page.get_by_text("The visit has been moved to")).to_have_count(0)
        await expect(page.locator(".when")).to_contain_text("nobody comes")
        await expect(mine.button("Choose a time")).to_be_visible()
        assert await mine.states() == ["moved", "cancelled"]
        token = link.partition("#")[2]
        assert [one for one in asked if token in one.partition("#")[0]] == []
        assert [one for one in mine.complaints if "403" not in one] == []


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_it_can_be_read_in_each_language_by_day_and_night(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    name = f"subscriber-{language}-{'dark' if dark else 'light'}"
    async with home(browser, database, dark=dark) as mine:
        page = mine.page
        await mine.booked()
        await page.goto(await mine.link())
        await page.get_by_role("button", name=NAMED[language]).click()
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await expect(page.locator("h1 .span")).to_be_visible()
        await looked(page, name)
        await page.locator(".change .button").first.click()
        await expect(page.locator(".choice").first).to_be_visible()
        await looked(page, f"{name}-move")
        await page.locator(".panel .plain").click()
        await page.locator(".change .button").nth(1).click()
        await looked(page, f"{name}-cancel")
        await page.context.set_offline(True)
        await expect(page.locator(".notice.warn")).to_be_visible()
        await looked(page, f"{name}-offline")
        await page.context.set_offline(False)
        await expect(page.locator(".notice.warn")).to_have_count(0)
        await page.locator(".panel .plain").click()
        if LOOKS is ALL or language == "ru":
            await through_all_states(mine, name)
        await page.goto(f"{mine.url}/visit/#nothing")
        await expect(page.locator("h1.closed")).to_be_visible()
        await looked(page, f"{name}-gone")
        if os.environ.get("LINE3_SHOTS"):
            await page.set_viewport_size(WIDE)
            await page.goto(await mine.link())
            await expect(page.locator("h1")).to_be_visible()
            await shoot(page, f"{name}-wide")


async def through_all_states(mine: Home, name: str) -> None:
    """Each action, and what the page says is true then."""
    page = mine.page
    stage = page.locator(".stage")
    await page.locator(".when .button.primary").click()
    await expect(page.locator(".there")).to_be_visible()
    await looked(page, f"{name}-confirmed")
    await cancels(page, 2)
    await expect(stage).to_have_class(re.compile("works_again"))
    await expect(page.locator("textarea")).to_have_count(0)
    await looked(page, f"{name}-works-again")
    await page.locator(".change .button").first.click()
    await page.locator(".choice input").nth(1).check()
    await page.locator(".digits").fill(DIGITS)
    await page.locator(".panel .primary").click()
    await expect(stage).to_have_class(re.compile("agreed"))
    await expect(page.locator(".change .done")).not_to_be_empty()
    await looked(page, f"{name}-moved")
    await cancels(page, 0)
    await expect(stage).to_have_class(re.compile("cancelled"))
    await looked(page, f"{name}-cancelled")
    world = mine.town.world
    async with mine.town.database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE job SET state = 'received', hold_reason = NULL")
        await conn.execute("UPDATE appointment SET state = 'missed' WHERE state = 'cancelled'")
    await page.reload()
    await expect(stage).to_have_class(re.compile("missed"))
    await looked(page, f"{name}-missed")
    async with mine.town.database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE job SET state = 'closed', closed_at = $1", mine.clock())
    await page.reload()
    await expect(stage).to_have_class(re.compile("done"))
    await looked(page, f"{name}-done")


async def cancels(page: Page, reason: int) -> None:
    await page.locator(".change .button").nth(1).click()
    await page.locator(".choice input").nth(reason).check()
    await page.locator(".digits").fill(DIGITS)
    await page.locator(".panel .primary").click()


async def looked(page: Page, name: str) -> None:
    """By axe, and by a ruler: nothing is wider than the phone."""
    await page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    await shoot(page, name)
    assert await faults_of(page) == [], name
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
