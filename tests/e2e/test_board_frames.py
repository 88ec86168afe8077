"""The board at 500 visits beside 50: what the browser works for while it is scrolled must not grow with the day."""

from playwright.async_api import Browser, expect

from db.pool import Database
from tests.e2e.storm import dispatcher, house

# script, style and layout: what the main thread does, by Chromium's own count
WORK = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
SCROLLED = """() => new Promise((done) => {
    const sheet = document.querySelector(".scroller");
    let frames = 0;
    const step = () => {
        sheet.scrollTop = ((frames * 37) % Math.max(1, sheet.scrollHeight - sheet.clientHeight));
        sheet.scrollLeft = (frames * 11) % 400;
        frames += 1;
        if (frames < 240) requestAnimationFrame(step); else done(frames);
    };
    requestAnimationFrame(step);
})"""


async def work_per_frame(browser: Browser, database: Database, url: str, technicians: int, jobs: int) -> float:
    """Seconds of the main thread for each frame of scrolling over a published day, zoomed in."""
    async with house(database, url, technicians, jobs) as at, dispatcher(browser, at) as board:
        await at.escalate(range(1, jobs + 1), promised=0)
        await at.publish()
        await board.sign_in()
        await expect(board.page.locator(".block.published").first).to_be_visible()
        for _ in range(3):
            await board.page.get_by_role("button", name="Wider hours").click()
        session = await board.page.context.new_cdp_session(board.page)
        await session.send("Performance.enable")

        async def worked() -> float:
            found = await session.send("Performance.getMetrics")
            return sum(one["value"] for one in found["metrics"] if one["name"] in WORK)

        await board.page.evaluate(SCROLLED)
        before = await worked()
        frames = await board.page.evaluate(SCROLLED)
        return (await worked() - before) / frames
