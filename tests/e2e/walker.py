"""A technician with a phone in a real Chromium: what a thumb does, in words of the app."""

import re
import struct
import tempfile
import zlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from litestar import Litestar
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from api.app import build
from db.pool import Database
from db.records import Job, Visit
from dispatch.outside.photo_store import PhotoFolder
from dispatch.uploads import Uploads
from tests.builders import hand_out, received, settled_in, terms
from tests.e2e.chromium import PHONE, Heard, listen, serve
from tests.worlds import NOW, PASSWORD, World, small_town

AXE = Path(__file__).parents[2] / "api/web/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = ("equipment_failure", "wifi_setup", "cable_break")
LANGUAGES = {"English": "en", "Русский": "ru", "Magyar": "hu"}
RUSSIAN_CONTACT = {
    "name": "Константинопольская-Преображенская Александра",
    "phone": "+79000000001",
    "language": "ru",
    "relation": "family",
}


def picture(side: int = 64, shade: int = 120) -> bytes:
    """A PNG of one colour."""
    rows = b"".join(b"\0" + bytes([shade, 80, 60]) * side for _ in range(side))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


class Clock:
    """The server's: stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = NOW + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


class Town:
    """A served town with a round for its first technician."""

    def __init__(
        self, app: Litestar, url: str, database: Database, world: World, visits: Sequence[tuple[Job, Visit]]
    ) -> None:
        self.app = app
        self.url = url
        self.database = database
        self.world = world
        self.visits = visits


@asynccontextmanager
async def town(database: Database, clock: Clock, faults: Sequence[str] = FAULTS) -> AsyncGenerator[Town]:
    """Its technician1 has one visit of each fault, in this order."""
    world = await settled_in(database, small_town)
    visits: list[tuple[Job, Visit]] = []
    async with database.begin([world.area_id]) as conn:
        for number, fault in enumerate(faults, 1):
            asked: dict[str, Any] = {"terms": terms()} if fault == "wifi_setup" else {}
            job = await received(conn, world, number, faultClass=fault, contact=RUSSIAN_CONTACT, **asked)
            at = NOW + timedelta(hours=1 + number)
            visits.append((job, await hand_out(conn, job, world.technicians[0], at, sequence=number)))
    with tempfile.TemporaryDirectory(prefix="line3-photos-") as folder:
        app = build(database, clock, Uploads(PhotoFolder(Path(folder)), Path(folder)))
        async with serve(app) as url:
            yield Town(app, url, database, world, visits)


class Walker:
    """One phone in somebody's hand."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.heard: Heard = listen(page)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    async def open(self) -> None:
        await self.page.goto(f"{self.url}/technician/")

    async def sign_in(self, world: World, number: int = 1, language: str = "English") -> None:
        """And the language chosen; the town's technicians have Russian."""
        await self.open()
        await self.page.get_by_label("Name", exact=True).fill(f"{world.name}.technician{number}")
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.press("Sign in")
        await expect(self.page.locator(".stop").first).to_be_visible()
        await self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await self.page.goto(f"{self.url}/technician/#/me")
        await self.choose(language)
        # a choice shows at once, and is made when it is kept
        await expect(self.page.locator("html")).to_have_attribute("lang", LANGUAGES[language])
        await self.page.goto(f"{self.url}/technician/#/")

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def choose(self, name: str) -> None:
        # a click, because some choices show only once they are kept
        await self.page.get_by_role("radio", name=name, exact=True).click()

    async def step(self, name: str) -> None:
        """The one next step, which must be this one; done when it is saved."""
        before = await self.kept()
        await expect(self.page.locator(".step button")).to_have_text(name)
        await self.page.locator(".step button").click()
        await self.until_kept(before + 1)

    async def kept(self) -> int:
        """How many records this phone holds."""
        return int(await self.page.locator("[data-events]").get_attribute("data-events") or 0)

    async def until_kept(self, count: int) -> None:
        await expect(self.page.locator("[data-events]")).to_have_attribute("data-events", str(count))

    async def until_sent(self) -> None:
        await expect(self.page.locator(".count")).to_have_text("all sent", timeout=20_000)

    async def save(self, name: str) -> None:
        """The button of a sheet, and back at the visit."""
        before = await self.kept()
        await self.press(name)
        await self.until_kept(before + 1)

    def section(self, title: str) -> Locator:
        return self.page.locator("details.section").filter(
            has=self.page.get_by_role("heading", name=title, exact=True)
        )

    async def unfold(self, title: str) -> Locator:
        found = self.section(title)
        # the app opens what comes next by itself: a click at that moment folds it again
        while await found.get_attribute("open") is None:
            await found.locator("summary").click()
        return found

    async def go_to_visit(self, number: int) -> None:
        await self.page.goto(f"{self.url}/technician/#/")
        await (
            self.page.locator("a.stop")
            .filter(has=self.page.locator(".number", has_text=re.compile(f"^{number}$")))
            .click()
        )
        await expect(self.page.locator("#where")).to_be_visible()

    async def walk_in(self) -> None:
        await self.step("I'm on my way")
        await self.step("I have arrived")
        await self.step("Start work")

    async def find(self, location: str, cause: str) -> None:
        await self.page.locator(".step button").click()
        await self.choose(location)
        await self.choose(cause)
        await self.save("Save")

    async def measure(self, moment: str, value: str) -> None:
        await (await self.unfold("Measured")).get_by_role("link", name="Measurement").click()
        await self.choose(moment)
        await self.page.get_by_label("Value").fill(value)
        await self.save("Save")

    async def photograph(self, label: str) -> None:
        before = await self.kept()
        shot = (await self.unfold("Photos")).get_by_label(f"Take photo: {label}")
        await shot.set_input_files({"name": "IMG_1.png", "mimeType": "image/png", "buffer": picture()})
        await self.until_kept(before + 1)

    async def use_part(self, serial: str, removed: str) -> None:
        await (await self.unfold("Parts")).get_by_role("link", name="Part used").click()
        await self.page.get_by_label("Serial number in").fill(serial)
        await self.page.get_by_label("Serial number out").fill(removed)
        await self.save("Save")

    async def tick(self, text: str | re.Pattern[str]) -> None:
        before = await self.kept()
        await (await self.unfold("Checklist")).get_by_label(text).check()
        await self.until_kept(before + 1)

    async def close(self, action: str) -> None:
        await expect(self.page.locator(".step button")).to_have_text("Close the visit")
        await self.page.locator(".step button").click()
        await self.choose(action)
        await self.page.get_by_label("Confirmed working by").fill("Holder")
        await expect(self.page.get_by_text("Nothing is missing.")).to_be_visible()
        await self.save("Close the visit")

    async def price(self, line: str, times: int = 1) -> None:
        await self.page.locator(".step button").click()
        for _ in range(times):
            await self.page.get_by_label(f"{line} +").click()
        await self.page.get_by_role("button", name="Show to the subscriber").click()
        await expect(self.page.locator(".handed")).to_be_visible()

    async def sign(self) -> None:
        """A drawn signature."""
        pad = self.page.locator("canvas.pad")
        await pad.scroll_into_view_if_needed()
        box = await pad.bounding_box()
        assert box is not None, "the pad is shown"
        mouse = self.page.mouse
        await mouse.move(box["x"] + 20, box["y"] + 90)
        await mouse.down()
        for step in range(1, 12):
            await mouse.move(box["x"] + 20 + 18 * step, box["y"] + 90 + (30 if step % 2 else -30))
        await mouse.up()


async def faults_of(page: Page) -> list[str]:
    """What axe finds: rule and place."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{one['id']}: {node['html'][:120]} {node['any'][0]['message'] if node['any'] else ''}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@asynccontextmanager
async def walker(browser: Browser, url: str, *, dark: bool = False) -> AsyncGenerator[Walker]:
    """With an empty phone."""
    phone = await browser.new_context(
        viewport=PHONE,
        color_scheme="dark" if dark else "light",
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
        locale="en-GB",
    )
    async with phone as context:
        context.set_default_timeout(10_000)
        yield Walker(await context.new_page(), url)
