"""What a phone reported and a person decides, on the board: both versions side by side, a reason, and it is in force."""

from datetime import timedelta

from playwright.async_api import Browser, expect

from api.app import build
from db.pool import Database
from db.states import ReviewState
from tests.builders import Town, settled_in
from tests.dispatch.said import MENDED, out, walk
from tests.e2e.chromium import DESKTOP, listen, serve, shoot
from tests.e2e.walker import faults_of
from tests.worlds import NOW, PASSWORD


async def test_a_second_closure_is_looked_at_and_accepted(browser: Browser, database: Database) -> None:
    town = Town(database, await settled_in(database))
    phone, job, visit = await out(town)
    said = [*walk(phone, visit, *MENDED), phone.say(visit, "closure", confirmedBy="Neighbour")]
    await phone.send(database, said)
    async with serve(build(database, lambda: NOW + timedelta(hours=4))) as url:
        context = await browser.new_context(viewport=DESKTOP)
        page = await context.new_page()
        heard = listen(page)
        await page.goto(url.replace("127.0.0.1", "localhost") + "/board/#/review")
        await page.locator("input[autocomplete=username]").fill(f"{town.world.name}.dispatcher")
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.locator("button[type=submit]").click()
        await page.locator(".top select").first.select_option("en")
        decide = page.locator(".decide")
        await expect(decide.get_by_text(job.number)).to_be_visible()
        row = decide.locator("tr.differs").filter(has_text="Neighbour")
        await expect(row).to_contain_text("Holder")
        await shoot(page, "board-review")
        assert await faults_of(page) == []
        await decide.get_by_label("Why you decide so").fill("the neighbour signed, the holder called")
        await decide.get_by_role("button", name="Accept").click()
        # the other way round now: the first closure is asked about
        await expect(decide.locator("tr.differs").filter(has_text="Neighbour")).to_contain_text("Holder")
        await expect(decide.get_by_label("Why you decide so")).to_have_value("")
        await decide.get_by_label("Why you decide so").fill("it was the holder's neighbour")
        await decide.get_by_role("button", name="Dismiss").click()
        await expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()
        assert heard.complaints == []
        await context.close()
    decided = (await town.whole(job)).reviews
    assert {review.decided_by for review in decided} == {town.world.staff_id("dispatcher")}
    assert {review.state for review in decided} == {ReviewState.ACCEPTED, ReviewState.DISMISSED}
    assert len(decided) == 2
