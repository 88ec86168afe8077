"""Somebody of the office who sets an area up, in a real Chromium, of a served town."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, ViewportSize, expect

from api.app import build
from db.pool import Database
from db.queries import areas
from db.records import StaffAreaRole
from db.states import Role
from dispatch.outside.geocoder import Locator, NominatimGeocoder
from tests.builders import settled_in
from tests.dispatch.nominatim import geocoding
from tests.e2e.chromium import Heard, listen, serve
from tests.e2e.walker import Clock
from tests.worlds import PASSWORD, World, quiet_street, small_town

WIDE, NARROW = ViewportSize(width=1440, height=900), ViewportSize(width=1024, height=768)
REFUSED = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
# days are made of a pattern before it is answered, and the machine may be busy
expect.set_options(timeout=20_000)


class Desk:
    """Somebody in front of the board who may set up everything."""

    def __init__(self, page: Page, url: str, world: World, heard: Heard) -> None:
        self.page = page
        self.url = url
        self.world = world
        self.heard = heard

    async def sign_in(self, language: str = "en", name: str = "dispatcher") -> None:
        await self.page.add_init_script(f"localStorage.setItem('line3-language', '{language}')")
        await self.page.goto(f"{self.url}/board/")
        await self.page.locator("input").first.fill(f"{self.world.name}.{name}")
        await self.page.locator("input[type=password]").fill(PASSWORD)
        await self.page.locator("button[type=submit]").click()
        await self.page.locator("nav.pages").wait_for()

    async def go(self, where: str) -> None:
        await self.page.evaluate("(where) => { location.hash = where }", f"/setup/{where}")

    async def save(self) -> None:
        await self.page.get_by_role("button", name="Save", exact=True).click()
        await expect(self.page.get_by_text("Saved.", exact=True)).to_be_visible()


@asynccontextmanager
async def desk(
    browser: Browser,
    database: Database,
    made: World = small_town,
    *,
    dark: bool = False,
    size: ViewportSize = WIDE,
    one_at_a_time: bool = False,
    both: bool = True,
) -> AsyncGenerator[Desk]:
    """`both`: the dispatcher supervises as well."""
    world = await settled_in(database, made)
    await settled_in(database, quiet_street)
    if both:
        supervisor = StaffAreaRole(
            staff_id=world.staff_id("dispatcher"), area_id=world.area_id, role=Role.SUPERVISOR
        )
        async with database.begin() as conn:
            await areas.insert_roles(conn, [supervisor])
    with geocoding() as nominatim:
        geocoder = NominatimGeocoder(nominatim.url)
        app = build(database, Clock(), None, geocoder)
        if one_at_a_time:
            app.state.locator = Locator(geocoder, seconds=0)
        async with (
            serve(app) as url,
            await browser.new_context(
                viewport=size,
                color_scheme="dark" if dark else "light",
                permissions=["clipboard-read", "clipboard-write"],
            ) as context,
        ):
            page = await context.new_page()
            yield Desk(page, url, world, listen(page))
