"""How the set-up looks, in a real Chromium: every section and form, with little in it, crowded, with nothing, while it loads and
where that fails.

With LINE3_SHOTS a picture of each as long as it is, at 1440 and 1024, in three languages, light and dark.
"""

import os
from typing import Any

import pytest
from playwright.async_api import Browser, Route, ViewportSize, expect

from db.pool import Database
from tests.e2e.chromium import shoot_whole
from tests.e2e.desk import NARROW, WIDE, Desk, desk
from tests.e2e.walker import faults_of
from tests.worlds import World, build

SECTIONS = {
    **{name: "" for name in ("terms", "agreements", "credits", "tariffs", "imports")},
    **{name: "" for name in ("weights", "traffic", "fairness", "lines", "profiles")},
    "area": "new",
    **{
        name: "new"
        for name in ("depots", "technicians", "patterns", "holidays", "loans", "skills", "parts", "staff")
    },
    **{name: "new" for name in ("stock", "kinds", "network", "subscribers", "checks")},
}
"""Each with a form, where it has one beside its table."""
LONG_NAME = "Константинопольская-Преображенская Александра Вениаминовна"
LONG_ADDRESS = "Приморско-Ахтарская улица, дом 128, корпус 3, подъезд 4, этаж 12, квартира 1288"
CROWDED = {
    "technician": f"display_name = '{LONG_NAME}' ",
    "subscriber": f"holder_name = '{LONG_NAME}'",
    "place": f"address = '{LONG_ADDRESS}'",
    "depot": "name = 'Megyeri úti északi elosztóközpont és raktár'",
    "skill": "name = 'Optikai kötés és mérés szálanként: ' || code",
    "network_element": "name = 'Elosztószekrény, Megyeri út 128, hátsó udvar'",
    "staff": f"display_name = '{LONG_NAME}'",
}
SHOTS = bool(os.environ.get("LINE3_SHOTS"))
ALL: list[tuple[str, bool, ViewportSize]] = [
    (language, dark, size)
    for language in ("en", "ru", "hu")
    for dark in (False, True)
    for size in (WIDE, NARROW)
]
# contrast is of the theme, width of the words: the widest once is enough, unless somebody looks
LOOKS = ALL if SHOTS else [("ru", True, NARROW)]
TOO_WIDE = """() => [...document.querySelectorAll(".setup *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".pin-map, .table-scroll, .visually-hidden"))
    .map((one) => one.className || one.tagName)"""
SCROLLED = """() => {
    const { scrollHeight, scrollWidth } = document.documentElement;
    return scrollHeight > innerHeight || scrollWidth > innerWidth;
}"""
"""The window, beside what scrolls in it."""


STATES = list(SECTIONS) if SHOTS else ["depots", "tariffs", "traffic"]
"""The sections that are looked at with nothing in them, while they load and where that fails."""


class Look:
    """At one page after the other: what is wrong with them, and a picture of each."""

    def __init__(self, at: Desk, language: str, dark: bool, size: ViewportSize) -> None:
        self.at = at
        self.suffix = f"{language}-{'dark' if dark else 'light'}-{size['width']}"
        self.wrong: list[str] = []

    async def take(self, where: str, state: str = "") -> None:
        page = self.at.page
        await expect(page.get_by_role("dialog"), "nothing was changed").to_have_count(0)
        self.wrong += [f"{where} {state}: {fault}" for fault in await faults_of(page)]
        self.wrong += [f"{where} {state}: too wide: {one}" for one in await page.evaluate(TOO_WIDE)]
        self.wrong += [f"{where} {state}: a second scrollbar"] * await page.evaluate(SCROLLED)
        name = "-".join(filter(None, ["setup", where.replace("/", "-")[:40], state, self.suffix]))
        await shoot_whole(page, name, ".thing-list, .thing-form")

    def done(self) -> None:
        assert self.wrong == [], "\n".join(self.wrong)


@pytest.mark.parametrize(("language", "dark", "size"), LOOKS)
async def test_every_section(
    browser: Browser, database: Database, language: str, dark: bool, size: ViewportSize
) -> None:
    """With many of everything, and with the longest names."""
    async with desk(browser, database, build("small_town", 12, 24), dark=dark, size=size) as at:
        async with database.begin([at.world.area_id]) as conn:
            for table, long in CROWDED.items():
                await conn.execute(f"UPDATE {table} SET {long}")
        await at.sign_in(language)
        look = Look(at, language, dark, size)
        for section, form in SECTIONS.items():
            for where in dict.fromkeys(
                [section, f"{section}/{form}".rstrip("/"), *_chosen(section, at.world)]
            ):
                await at.go(where)
                await at.page.locator("#thing-title").wait_for()
                await expect(at.page.locator(".skeleton")).to_have_count(0)
                await expect(at.page.locator(".notice.bad")).to_have_count(0)
                await look.take(where)
        assert at.heard.complaints == []
    look.done()


@pytest.mark.parametrize(("language", "dark", "size"), LOOKS)
async def test_a_section_with_nothing_in_it_while_it_loads_and_where_that_fails(
    browser: Browser, database: Database, language: str, dark: bool, size: ViewportSize
) -> None:
    async with desk(browser, database, dark=dark, size=size) as at:
        page = at.page
        await at.sign_in(language)
        look = Look(at, language, dark, size)
        # a new area has nothing yet
        await at.go("area/new")
        await page.locator("#field-name").fill("South")
        await page.locator("#field-code").fill("south")
        await page.locator("button[type=submit]").click()
        await expect(page.locator("header select").first.locator("option:checked")).to_have_text("South")
        await page.locator(".told .icon-button").click()
        for section in STATES:
            await at.go(section)
            await page.locator("#thing-title").wait_for()
            await expect(page.locator(".skeleton")).to_have_count(0)
            await look.take(section, "empty")
        held: list[Route] = []
        await page.route("**/v1/setup/**", lambda route: held.append(route))
        for section in (one for one in STATES if one != "imports"):
            await at.go(section)
            await page.locator(f'nav.sections a[href="#/setup/{section}"][aria-current]').wait_for()
            await page.locator(".skeleton").first.wait_for()
            await look.take(section, "loading")
            asked, held[:] = list(held), []
            for route in asked:
                await route.abort()
            await page.locator(".notice.bad").first.wait_for()
            await look.take(section, "failed")
    look.done()


def _chosen(section: str, world: World) -> list[str]:
    """Something that is there already, where its form holds more than a new one's."""
    person: Any = world.technicians[1].technician_id
    ids = {
        "technicians": str(person),
        "kinds": "cable_break",
        "subscribers": str(world.subscribers[0].subscriber_id),
    }
    return [f"{section}/{ids[section]}"] if section in ids else []
