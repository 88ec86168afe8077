"""The map of the day in a real Chromium: what it draws has room, does not lie on each other, and stands in the legend."""

import asyncio

from playwright.async_api import Browser, Page, expect

from db.pool import Database
from tests.e2e.mixed_day import mixed_day
from tests.e2e.storm import dispatcher
from tests.worlds import TODAY

SECONDS = 30
NEAR_THE_EDGE = """(within) => {
    const ground = document.querySelector(".ground").getBoundingClientRect();
    const canvas = document.querySelector(".ground canvas");
    const box = canvas.getBoundingClientRect();
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const scale = canvas.width / box.width;
    let found = 0;
    let all = 0;
    for (let y = 0; y < canvas.height; y++) for (let x = 0; x < canvas.width; x++) {
        if (data[4 * (y * canvas.width + x) + 3] === 0) continue;
        all += 1;
        const [left, top] = [box.left + x / scale - ground.left, box.top + y / scale - ground.top];
        if (left < within || top < within || left > ground.width - within || top > ground.height - within) found += 1;
    }
    return [found, all];
}"""
"""How many points are painted nearer to the edge of the ground than this, or beyond it; and how many at all."""
OVERLAPS = """(labels) => {
    const boxes = labels.map((one) => one.getBoundingClientRect());
    return boxes.flatMap((a, n) => boxes.slice(n + 1).filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
}"""


async def numbers(page: Page) -> list[str]:
    return sorted(await page.locator(".map-number").all_inner_texts())


async def test_of_a_day_with_one_visit_all_of_the_way_is_seen(browser: Browser, database: Database) -> None:
    async with mixed_day(database, 2, 1) as at, dispatcher(browser, at) as board:
        # whoever lives beyond all that is to do
        async with database.begin([at.world.area_id]) as conn:
            await conn.execute(
                "UPDATE place SET latitude = latitude + 0.2, longitude = longitude - 0.1 "
                "WHERE area_id = $1 AND place_id = (SELECT start_place_id FROM technician LIMIT 1)",
                at.world.area_id,
            )
        await board.sign_in()
        await expect(board.page.locator(".map-depot").last).to_be_visible()
        near, painted = await board.page.evaluate(NEAR_THE_EDGE, 16)
        assert painted > 100
        assert near == 0


async def test_numbers_of_the_chosen_round_stand_together_where_they_would_lie_on_each_other(
    browser: Browser, database: Database
) -> None:
    async with mixed_day(database, 6, 36) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        await page.locator(".row").first.locator(".name").click()
        labels = page.locator(".map-number")
        await expect(labels.first).to_be_visible()
        # while the map still moves it takes no click
        async with asyncio.timeout(SECONDS):
            while await labels.count() > 1:
                await page.locator(".leaflet-control-zoom-out").click()
        assert await numbers(page) == ["1–6"]
        async with asyncio.timeout(SECONDS):
            while await labels.count() < 6:
                await page.locator(".leaflet-control-zoom-in").click()
        assert await numbers(page) == ["1", "2", "3", "4", "5", "6"]
        assert await labels.evaluate_all(OVERLAPS) == 0


async def test_the_legend_says_what_there_is_and_nothing_else(browser: Browser, database: Database) -> None:
    async with mixed_day(database, 6, 36) as at, dispatcher(browser, at) as board:
        page = board.page
        await board.sign_in()
        legend = page.locator(".legend li")
        await expect(legend.filter(has_text="at work")).to_have_count(1)
        stops = [stop for one in (await board.day())["technicians"] for stop in one["stops"]]
        said = " ".join(await legend.all_inner_texts())
        assert ("breaks its promise" in said) == any(
            stop["risk"] == "late" and not stop["review"] for stop in stops
        )
        assert ("in review" in said) == any(stop["review"] for stop in stops)
        await page.evaluate(f"location.hash = '/day/{TODAY.replace(day=TODAY.day + 3)}'")
        await expect(legend.filter(has_text="at work")).to_have_count(0)
        await expect(legend.filter(has_text="depot")).to_have_count(1)
