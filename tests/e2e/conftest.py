"""The fixtures of the end-to-end tests: a page on a desk, a page on a phone; a served town and the phone of its technician."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from db.pool import Database
from tests.e2e.chromium import DESKTOP, FLAGS, PHONE, find_chromium
from tests.e2e.walker import Clock, Town, Walker, town, walker

# machines are shared: what comes in a second on a quiet one may take ten
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of this process."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium: `apt-get install chromium`, or set LINE3_CHROMIUM to where it is")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page on a desk: 1440 x 900, light, no cookies."""
    async with await browser.new_context(viewport=DESKTOP, color_scheme="light") as context:
        yield await context.new_page()


@pytest.fixture
async def phone_page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page on a phone: 390 x 844, touch, two device pixels a pixel, light, no cookies."""
    phone = await browser.new_context(
        viewport=PHONE, color_scheme="light", has_touch=True, is_mobile=True, device_scale_factor=2
    )
    async with phone as context:
        yield await context.new_page()


@pytest.fixture
def clock() -> Clock:
    """The served town's."""
    return Clock()


@pytest.fixture
async def served(database: Database, clock: Clock) -> AsyncIterator[Town]:
    """A town whose technician1 has one visit of each fault."""
    async with town(database, clock) as made:
        yield made


@pytest.fixture
async def new_phone(browser: Browser, served: Town) -> AsyncIterator[Walker]:
    """Nobody's yet, in front of that town."""
    async with walker(browser, served.url) as made:
        yield made


@pytest.fixture
async def phone(new_phone: Walker, served: Town) -> Walker:
    """Technician1's, signed in, in English."""
    await new_phone.sign_in(served.world)
    return new_phone
