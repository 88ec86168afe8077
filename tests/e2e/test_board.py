"""A storm day on the dispatcher's board, in a real Chromium: planned, published, moved by hand, mended, taken back.

With LINE3_STORM=1 sixty technicians and 400 jobs, else a smaller storm. With LINE3_SHOTS a picture of each view.
"""

import os
from typing import Any

from playwright.async_api import Browser, expect

from db.pool import Database
from tests.e2e.chromium import shoot
from tests.e2e.storm import Dispatcher, dispatcher, house
from tests.rounds_oracle import broken

TECHNICIANS, JOBS = (60, 400) if os.environ.get("LINE3_STORM") else (8, 40)
PLANNED_MS = 90_000


def visits(day: Any) -> list[dict[str, Any]]:
    return [{**stop, "technician": one} for one in day["technicians"] for stop in one["stops"]]


async def plan_and_publish(board: Dispatcher, seconds: int = 3) -> None:
    """As the dispatcher does it: run, watch, look at the difference, publish."""
    page = board.page
    await page.get_by_role("button", name="Plan", exact=True).click()
    drawer = page.get_by_role("complementary", name="Plan")
    await drawer.get_by_label("Seconds to search").fill(str(seconds))
    await drawer.get_by_role("button", name="Plan", exact=True).click()
    await expect(drawer.get_by_role("button", name="Good enough")).to_be_visible()
    draft = drawer.get_by_role("button", name="Look at draft")
    await expect(draft.first).to_be_visible(timeout=PLANNED_MS)
    await draft.first.click()
    await expect(drawer.get_by_role("heading", name="New")).to_be_visible()
    await shoot(page, "board-difference")
    await drawer.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("Published. The phones have it.")).to_be_visible(timeout=PLANNED_MS)
    await drawer.get_by_role("button", name="Close").click()


async def test_a_storm_day(browser: Browser, database: Database, database_url: str) -> None:
    async with house(database, database_url, TECHNICIANS, JOBS) as at, dispatcher(browser, at) as board:
        await at.escalate(range(1, JOBS + 1))
        await board.sign_in()
        # what was promised has a place from the first moment
        await expect(board.page.get_by_text(f"{JOBS - at.promised} without a place")).to_be_visible()
        await plan_and_publish(board)
        await expect(board.page.locator(".block.published").first).to_be_visible()
        await shoot(board.page, "board-day")

        # by the keyboard: the next visit, why it is there, held by hand
        await board.page.keyboard.press("j")
        await board.page.keyboard.press("w")
        await expect(board.page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
        await expect(board.page.locator(".offers li").first).to_be_visible()
        await shoot(board.page, "board-why")
        await board.page.keyboard.press("p")
        await expect(board.page.get_by_text("No plan moves it now.")).to_be_visible()
        pinned = [stop for stop in visits(await board.day()) if stop["pinned"]]
        assert len(pinned) == 1

        # another plan leaves what was held where it is
        await at.escalate(range(1, 3), ticketNumber="again", sequence=1)
        async with database.begin([at.world.area_id]) as conn:
            assert await broken(conn, at.clock.now) == []
        assert board.heard.complaints == []
