"""The board at 500 visits beside 50: what the browser works for while the day is scrolled must not grow with it.

Script, style and layout of the main thread for each frame, by Chromium's own count; and how many rows exist at all.
"""

import asyncio
from typing import Any, cast

from playwright.async_api import Page, async_playwright
from rich.console import Console
from rich.table import Table

from tests.benchmarks import city
from tests.benchmarks.quoting import bench
from tests.e2e.chromium import DESKTOP, FLAGS, find_chromium
from tests.serving import serving
from tests.worlds import NOW, PASSWORD

WORK = {"ScriptDuration", "LayoutDuration", "RecalcStyleDuration"}
SIZES = ((60, 50), (60, 500))
FRAMES = 240
SCROLLED = """(frames) => new Promise((done) => {
    const sheet = document.querySelector(".scroller");
    let frame = 0;
    const step = () => {
        const down = Math.max(1, sheet.scrollHeight - sheet.clientHeight);
        sheet.scrollTop = (frame * 37) % down;
        sheet.scrollLeft = (frame * 11) % 400;
        frame += 1;
        if (frame < frames) requestAnimationFrame(step); else done();
    };
    requestAnimationFrame(step);
})"""


async def _worked(page: Page) -> float:
    """Seconds of work for each frame, of the second time over: the first compiles."""
    session = cast("Any", await page.context.new_cdp_session(page))
    await session.send("Performance.enable")

    async def counted() -> float:
        found: dict[str, list[dict[str, Any]]] = await session.send("Performance.getMetrics")
        return sum(float(one["value"]) for one in found["metrics"] if one["name"] in WORK)

    await page.evaluate(SCROLLED, FRAMES)
    before = await counted()
    await page.evaluate(SCROLLED, FRAMES)
    return (await counted() - before) / FRAMES


async def figures() -> list[tuple[int, float, int]]:
    """Visits, seconds a frame, rows in the document."""
    found: list[tuple[int, float, int]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for crew, visits in SIZES:
            async with (
                bench(city.city(crew=crew, visits=visits)) as made,
                serving(made.folder, NOW) as served,
            ):
                page = await browser.new_page(viewport=DESKTOP)
                await page.goto(served.url.replace("127.0.0.1", "localhost") + "/board/")
                await page.locator("input[autocomplete=username]").fill(f"{made.world.name}.dispatcher")
                await page.locator("input[type=password]").fill(PASSWORD)
                await page.locator("button[type=submit]").click()
                await page.locator(".block.published").first.wait_for()
                rows = await page.locator(".row").count()
                found.append((visits, await _worked(page), rows))
                await page.close()
        await browser.close()
    return found


def table() -> Table:
    shown = Table("visits", "work a frame", "beside 50", "rows that exist", title="Scrolling the board")
    if find_chromium() is None:
        shown.add_row("no Chromium", "", "", "")
        return shown
    rows = asyncio.run(figures())
    for visits, seconds, count in rows:
        shown.add_row(str(visits), f"{seconds * 1000:.3g} ms", f"{seconds / rows[0][1]:.3g}", str(count))
    return shown


if __name__ == "__main__":
    Console(width=120).print(table())
