"""Who may set what up, on the board in a real Chromium: what somebody may not do has no button."""

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from tests.e2e.chromium import shoot
from tests.e2e.desk import desk
from tests.worlds import TODAY

OF_BOTH = {"depots", "network", "patterns", "holidays", "loans", "stock"}
OF_SUPERVISORS = {"checks", "technicians", "skills", "staff", "parts", "kinds"}
VERSIONS = {"tariffs": "", "terms": "", "agreements": "", "credits": "First version"}
"""What the button says there; where there are some already, that a new one is made from this."""


@pytest.mark.parametrize(
    ("name", "own"), [("dispatcher", OF_BOTH | {"subscribers"}), ("supervisor", OF_BOTH | OF_SUPERVISORS)]
)
async def test_what_somebody_may_not_change_shows_no_button(
    browser: Browser, database: Database, name: str, own: set[str]
) -> None:
    async with desk(browser, database, both=False) as at:
        page = at.page
        await at.sign_in(name=name)
        await at.go("depots")
        links = page.locator("nav.sections a")
        await links.first.wait_for()
        seen = [
            str(one).rpartition("/")[2] for one in await links.evaluate_all("all => all.map(one => one.hash)")
        ]
        assert ("staff" in seen, "subscribers" in seen) == (name == "supervisor", name == "dispatcher")
        offered: set[str] = set()
        for section in seen:
            await at.go(section)
            await page.locator(f'nav.sections a[href="#/setup/{section}"][aria-current]').wait_for()
            await expect(page.locator(".skeleton")).to_have_count(0)
            if await page.locator(".thing-list").get_by_role("link", name="Add").count():
                offered.add(section)
            if section in VERSIONS:
                made = page.get_by_role("button", name=VERSIONS[section] or "New version from this")
                assert bool(await made.count()) == (name == "supervisor"), section
        assert offered == own
        await at.go("area")
        area = page.get_by_role("button", name="Save", exact=True)
        await expect(area).to_have_count(1 if name == "supervisor" else 0)
        await at.go(f"technicians/{at.world.technicians[0].technician_id}")
        await expect(page.get_by_role("button", name="Plan an absence")).to_be_visible()
        await expect(area).to_have_count(1 if name == "supervisor" else 0)
        makes = page.get_by_role("button", name="Make a link")
        await expect(makes, "a phone sees names of subscribers").to_have_count(
            1 if name == "dispatcher" else 0
        )
        # and what is offered is done
        await at.go("holidays/new")
        await expect(page.get_by_text("counts for everybody").first).to_be_visible()
        await page.get_by_label("Day (needed)").fill(TODAY.isoformat())
        await page.get_by_label("Name (needed)").fill("Founders' Day")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("link", name="Tuesday 24 Nov")).to_be_visible()
        assert at.heard.complaints == []


async def test_a_new_technicians_phone_link_is_there_at_once(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        page = at.page
        await at.sign_in()
        await at.go("technicians/new")
        await page.get_by_label("Name (needed)", exact=True).fill("Béla")
        await page.get_by_label("Sign-in name (needed)").fill("bela")
        await at.save()
        link = page.get_by_role("region", name="Phone").get_by_label("Link", exact=True)
        assert "/technician/" in await link.input_value()
        await shoot(page, "setup-phone-link")
        assert at.heard.complaints == []
