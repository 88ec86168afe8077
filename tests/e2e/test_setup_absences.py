"""A technician's absences on the board, in a real Chromium."""

from datetime import timedelta

from playwright.async_api import Browser, expect

from db.pool import Database
from tests.builders import Town
from tests.e2e.chromium import shoot
from tests.e2e.desk import desk
from tests.e2e.walker import faults_of
from tests.worlds import NOW, TODAY


async def test_an_absence_says_what_is_planned_in_it_and_is_taken_back(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        town, page = Town(database, at.world), at.page
        job = await town.job()
        await town.out(job, at=NOW + timedelta(days=2, hours=5))
        await at.sign_in()
        await at.go(f"technicians/{at.world.technicians[0].technician_id}")
        part = page.get_by_role("region", name="Absences: Technician 1")
        await expect(part.get_by_text("None planned.")).to_be_visible()
        await part.get_by_role("button", name="Plan an absence").click()
        await part.get_by_label("From").fill((TODAY + timedelta(days=1)).isoformat())
        await expect(part.get_by_text("Nothing is planned in this time.")).to_be_visible()
        await part.get_by_label("Until, this day included").fill((TODAY + timedelta(days=9)).isoformat())
        await expect(part.get_by_text("These visits are planned in this time")).to_be_visible()
        await expect(part.get_by_text(job.number)).to_be_visible()
        await part.get_by_label("Only some hours of each day").check()
        await part.get_by_label("Absences: Ends").fill("9:30")
        await page.keyboard.press("Tab")
        await expect(part.get_by_text("Nothing is planned in this time.")).to_be_visible()
        await part.get_by_label("Only some hours of each day").uncheck()
        await expect(part.get_by_text(job.number)).to_be_visible()
        await shoot(page, "setup-absence-foreseen")
        assert await faults_of(page) == []
        # neither the row nor the page is left without a question
        await page.get_by_role("link", name="Depots").click()
        await page.get_by_role("button", name="Keep editing").click()
        await part.get_by_role("button", name="Save the absence").click()
        await expect(part.get_by_text("Some days stay as they are for now")).to_be_visible()
        await expect(part.locator(".absence")).to_contain_text("Holiday")
        times = page.get_by_role("region", name="Working times")
        await times.get_by_text("The coming three weeks").click()
        await expect(times.locator(".coming li").nth(1)).to_contain_text("Holiday")
        await shoot(page, "setup-absence")
        await part.get_by_role("button", name="Drop").click()
        await expect(part.get_by_text("None planned.")).to_be_visible()
        await expect(times.locator(".coming li").nth(1)).not_to_contain_text("Holiday")
        assert at.heard.complaints == []
