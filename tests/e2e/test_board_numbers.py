"""The board's numbers in a browser: a period, the period before, charts and the tables behind them, files, paper."""

import csv
import io
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from api.app import build
from api.sheets import MARK
from db.pool import Database
from dispatch.flows import fairness
from tests.builders import settled_in
from tests.conftest import Server
from tests.e2e.chromium import DESKTOP, listen, serve, shoot
from tests.e2e.walker import faults_of
from tests.past import Chronicler, built, keep
from tests.worlds import NOW, PASSWORD, TODAY, World

TABLET = ViewportSize(width=1024, height=768)
LONG = "Александра Константинопольская-Преображенская"
TOO_WIDE = """() => [...document.querySelectorAll(".numbers *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".behind"))
    .map((one) => one.getAttribute("class") || one.tagName)"""


DAYS = 70


@pytest.fixture
async def told(database: Database, server: Server, fresh: str) -> World:
    """A town of twelve technicians, with what happened in the last weeks and a ledger of it."""
    made = built("small_town", 12, 60).made
    people = [
        msgspec.structs.replace(person, display_name=LONG if number == 2 else person.display_name)
        for number, person in enumerate(made.technicians)
    ]
    world = await settled_in(
        database, World("small_town", msgspec.structs.replace(made, technicians=people), 60)
    )
    past = Chronicler(world, people, 7).tell(TODAY - timedelta(days=DAYS - 1), DAYS, 4)
    async with database.begin([world.area_id]) as conn:
        await keep(conn, past)
        for ago in range(DAYS, -1, -7):
            await fairness.settle(conn, area_id=world.area_id, now=NOW - timedelta(days=ago))
    # rows that came all at once: the server would get to know them by itself within a minute
    await server.run(fresh, "ANALYZE")
    return world


class Board:
    """A dispatcher at the numbers."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.heard = listen(page)

    async def open(self, world: World, where: str = "/numbers", language: str = "English") -> None:
        await self.page.goto(f"{self.url}/board/#{where}")
        await self.page.locator("input[autocomplete=username]").fill(f"{world.name}.dispatcher")
        await self.page.locator("input[type=password]").fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.locator(".top select").first.wait_for()
        await self.page.locator(".top select").first.select_option(label=language)
        await expect(self.page.locator(".numbers h1")).to_be_visible()

    async def go(self, where: str) -> None:
        await self.page.evaluate("(where) => { location.hash = where }", where)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def choose(self, name: str, *, within: str = ".numbers") -> None:
        await self.page.locator(within).get_by_role("radio", name=name, exact=True).first.check(force=True)

    def tile(self, name: str):  # noqa: ANN201
        return self.page.locator(".tile").filter(has_text=name)


@asynccontextmanager
async def board(
    browser: Browser, database: Database, *, size: ViewportSize = DESKTOP, dark: bool = False
) -> AsyncGenerator[Board]:
    app = build(database, lambda: NOW + timedelta(hours=12))
    look = await browser.new_context(
        viewport=size, color_scheme="dark" if dark else "light", locale="en-GB", accept_downloads=True
    )
    async with serve(app) as url, look as context:
        context.set_default_timeout(10_000)
        yield Board(await context.new_page(), url)


async def test_a_period_is_counted_compared_and_looked_at_closer(
    browser: Browser, database: Database, told: World, tmp_path: Path
) -> None:
    async with board(browser, database) as desk:
        await desk.open(told, "/numbers/month/2026-11-01")
        await expect(desk.page.locator(".named")).to_have_text("November 2026")
        await expect(desk.page.locator(".tile")).to_have_count(12)
        await expect(desk.tile("First-time fix")).to_contain_text("Field service: 74–75%, the best 85–90%")
        await expect(desk.tile("First-time fix").locator(".against")).to_be_visible()
        # the next measure, by keyboard: its points say themselves
        await desk.tile("Driving share").focus()
        await desk.page.keyboard.press("Enter")
        detail = desk.page.locator(".detail").first
        await expect(detail.locator("h2")).to_have_text("Driving share")
        await expect(detail.locator(".point")).to_have_count(30)
        await detail.locator(".point[tabindex='0']").focus()
        await desk.page.keyboard.press("Home")
        await desk.page.keyboard.press("ArrowRight")
        label = await desk.page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label.startswith("2 Nov: ")
        await expect(detail.locator(".readout")).to_have_text(label)
        # the table behind it says the same
        await desk.choose("Table", within=".detail >> nth=0")
        second = detail.locator("tbody tr").nth(1)
        await expect(second.locator("th")).to_have_text("2 Nov")
        share = await second.locator("td").first.inner_text()
        assert f": {share} " in label
        await desk.choose("Technician", within=".detail >> nth=0")
        await expect(detail.locator("tbody")).to_contain_text(LONG)
        async with desk.page.expect_download() as loading:
            await detail.get_by_role("link", name="As a file (CSV)").click()
        file = await loading.value
        assert file.suggested_filename == "numbers-2026-11-01-2026-11-30-technician.csv"
        await file.save_as(tmp_path / "numbers.csv")
        text = (tmp_path / "numbers.csv").read_bytes().decode()
        rows = list(csv.DictReader(io.StringIO(text.removeprefix(MARK), newline="")))
        assert len(rows) == await detail.locator("tbody tr").count()
        await desk.choose("District", within=".detail >> nth=0")
        await expect(detail).to_contain_text("technician-days, which are not split")
        assert desk.heard.complaints == []
        assert desk.heard.outside(desk.url) == []


async def test_one_goes_from_period_to_period_and_names_an_own_one(
    browser: Browser, database: Database, told: World
) -> None:
    async with board(browser, database) as desk:
        await desk.open(told)
        await expect(desk.page.locator(".named")).to_have_text(re.compile(r"23\s*–\s*29 Nov 2026"))
        await expect(desk.page.get_by_role("button", name="The period after")).to_be_disabled()
        await desk.press("The period before")
        await expect(desk.page.locator(".named")).to_have_text(re.compile(r"16\s*–\s*22 Nov 2026"))
        await desk.page.go_back()
        await expect(desk.page.locator(".named")).to_have_text(re.compile(r"23\s*–\s*29 Nov 2026"))
        await desk.choose("Own period")
        await desk.page.get_by_label("From", exact=True).fill("2026-11-25")
        await desk.page.get_by_label("To", exact=True).fill("2026-11-20")
        await expect(desk.page.get_by_role("alert").filter(has_text="first day comes first")).to_be_visible()
        await expect(desk.page.get_by_role("button", name="Show", exact=True)).to_be_disabled()
        await desk.page.get_by_label("From", exact=True).fill("2026-11-18")
        await desk.press("Show")
        await expect(desk.page.locator(".named")).to_have_text(re.compile(r"18\s*–\s*20 Nov 2026"))
        assert "/numbers/own/2026-11-18/2026-11-20" in desk.page.url
        # the first month of which anything is known
        await desk.go("/numbers/month/2026-09-01")
        alone = desk.page.get_by_text("There is nothing to compare with")
        await expect(alone).to_contain_text("nothing happened in the period before (August 2026)")
        await expect(desk.page.locator(".against")).to_have_count(0)
        await desk.page.get_by_label("Compare with the period before").uncheck()
        await expect(alone).to_have_count(0)
        await desk.go("/numbers/day/2026-01-06")
        await expect(desk.page.locator(".empty")).to_contain_text("Nothing happened in this period")


async def test_the_ledger_says_who_carried_how_much_and_how_it_came_about(
    browser: Browser, database: Database, told: World
) -> None:
    async with board(browser, database) as desk:
        await desk.open(told, "/numbers/quarter/2026-10-01")
        ledger = desk.page.locator(".ledger")
        await expect(ledger.locator(".point[role=button]")).to_have_count(12)
        await ledger.locator(".point[role=button]").nth(1).click()
        await expect(ledger.locator("h3").nth(1)).to_contain_text("balance week by week")
        assert await ledger.locator(".point[role=img]").count() == 9
        await desk.choose("Table", within=".ledger")
        await expect(ledger.locator("tbody tr")).to_have_count(12)
        await expect(ledger.locator("thead")).to_contain_text("Balance now")


async def test_an_answer_that_does_not_come_is_said_and_asked_for_again(
    browser: Browser, database: Database, told: World
) -> None:
    async with board(browser, database) as desk:
        await desk.page.route("**/v1/numbers?**", lambda route: route.abort())
        await desk.open(told)
        await expect(desk.page.get_by_role("alert").first).to_contain_text("cannot be reached")
        await desk.page.unroute("**/v1/numbers?**")
        await desk.page.get_by_role("button", name="Try again").first.click()
        await expect(desk.page.locator(".tile")).to_have_count(12)
        # of the period before alone: this one's numbers stand
        await desk.page.route("**/v1/numbers?**from=2026-11-16**", lambda route: route.abort())
        await desk.page.reload()
        await expect(desk.page.get_by_role("alert")).to_contain_text("cannot be reached")
        await expect(desk.page.locator(".tile")).to_have_count(12)
        await desk.page.unroute("**/v1/numbers?**from=2026-11-16**")
        await desk.page.get_by_role("button", name="Try again").click()
        await expect(desk.page.locator(".against").first).to_be_visible()
        await expect(desk.page.get_by_role("alert")).to_have_count(0)


ALL = [
    (language, dark, size)
    for language in ("English", "Русский", "Magyar")
    for dark in (False, True)
    for size in (DESKTOP, TABLET)
]
# contrast is of the theme, width of the words: the widest once is enough, unless somebody looks
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("Русский", True, TABLET)]


@pytest.mark.parametrize(("language", "dark", "size"), LOOKS)
async def test_the_page_is_clean_and_fits(
    browser: Browser, database: Database, told: World, language: str, dark: bool, size: ViewportSize
) -> None:
    name = f"board-numbers-{language[:2]}-{'dark' if dark else 'light'}-{size['width']}"
    async with board(browser, database, size=size, dark=dark) as desk:
        await desk.open(told, "/numbers/month/2026-11-01", language)
        page, wrong = desk.page, list[str]()
        # the board scrolls its page, a picture shows it whole
        await page.set_viewport_size({"width": size["width"], "height": 2400})

        async def look(at: str, *, is_waiting: bool = False) -> None:
            if not is_waiting:
                await expect(page.locator("[aria-busy=true]")).to_have_count(0)
            await shoot(page, f"{name}-{at}")
            wrong.extend(f"{at}: {fault}" for fault in await faults_of(page))
            wrong.extend(f"{at}: too wide: {one}" for one in await page.evaluate(TOO_WIDE))
            if await page.evaluate("document.documentElement.scrollHeight > innerHeight"):
                wrong.append(f"{at}: the window scrolls beside the page")

        await page.locator(".ledger .point").first.click()
        await look("month")
        detail = page.locator(".detail").first
        await detail.get_by_role("radio").nth(3).check(force=True)
        await look("technicians")
        await detail.get_by_role("radio").nth(7).check(force=True)
        await page.locator(".ledger").get_by_role("radio").nth(1).check(force=True)
        await look("tables")
        await desk.go("/numbers/own/2026-01-01/2026-02-01")
        await expect(page.locator(".empty")).to_be_visible()
        await look("empty")
        held: list[Route] = []
        await page.route("**/v1/numbers?**", lambda route: held.append(route))
        await desk.go("/numbers/month/2026-09-01")
        await page.locator("[aria-busy=true]").first.wait_for()
        await look("loading", is_waiting=True)
        for route in held:
            await route.abort()
        await page.unroute("**/v1/numbers?**")
        await page.get_by_role("alert").first.wait_for()
        await look("failed")
        await page.get_by_role("alert").first.get_by_role("button").click()
        await page.locator(".tile-value").first.wait_for()
        await look("alone")
        assert wrong == []


async def test_on_paper_there_are_numbers_and_no_buttons(
    browser: Browser, database: Database, told: World
) -> None:
    async with board(browser, database, dark=True) as desk:
        await desk.open(told, "/numbers/month/2026-11-01")
        await expect(desk.page.locator(".ledger .point")).to_have_count(12)
        await desk.page.emulate_media(media="print")
        for hidden in (".top", ".picker", ".numbers .button", ".numbers .choice"):
            await expect(desk.page.locator(hidden).first).to_be_hidden()
        await expect(desk.page.locator(".tile").first).to_be_visible()
        ink = "getComputedStyle(document.body).backgroundColor"
        assert await desk.page.evaluate(ink) != "rgb(24, 29, 35)", "paper is light"
        await shoot(desk.page, "board-numbers-print")
        printed = await desk.page.pdf(format="A4", landscape=True)
        pages = printed.count(b"/Type /Page\n")
        assert 1 <= pages <= 3
