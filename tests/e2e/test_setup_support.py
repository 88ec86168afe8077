"""Support is set up on the board and asked by the desk, in a real Chromium."""

from playwright.async_api import Browser, expect

from db.pool import Database
from tests.e2e.chromium import shoot_whole
from tests.e2e.desk import desk
from tests.e2e.walker import faults_of


async def test_a_supervisor_sets_up_a_self_check_a_line_and_who_takes_what(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        page = at.page
        await at.sign_in()
        await at.go("checks/new")
        await page.get_by_label("Symptom (code)").fill("no_internet")
        await (
            page.get_by_role("group", name="What the caller says").get_by_label("English").fill("No internet")
        )
        step = page.locator(".items > .item").first
        await step.get_by_label("Code", exact=True).first.fill("plug")
        await (
            step.get_by_role("group", name="What is read out")
            .get_by_label("English")
            .fill("Is it plugged in?")
        )
        answers = step.locator(".items > .item")
        for answer, (code, text, outcome) in enumerate(
            (("yes", "Yes", "hand-over"), ("no", "It was not", "resolved"))
        ):
            row = answers.nth(answer)
            await row.get_by_label("Code", exact=True).fill(code)
            await row.get_by_label("Then").select_option(outcome)
            await row.get_by_role("group", name="What is answered").get_by_label("English").fill(text)
        assert await faults_of(page) == []
        await shoot_whole(page, "setup-check", ".thing-form")
        await at.save()
        await expect(page.locator("table")).to_contain_text("No internet")
        await at.go("lines")
        await page.get_by_role("button", name="Another line").click()
        await expect(page.locator(".items > .item")).to_have_count(3)
        await page.locator(".items > .item").nth(2).get_by_label("Works at most, minutes").fill("30")
        assert await faults_of(page) == []
        await at.save()
        await at.go("profiles")
        await page.get_by_role("link", name="Support of small_town").click()
        await page.get_by_label("3", exact=True).uncheck()
        await page.get_by_role("group", name="Skills").get_by_label("fibre").check()
        assert await faults_of(page) == []
        await shoot_whole(page, "setup-profile", ".thing-form")
        await at.save()
        await expect(page.locator("table tbody tr")).to_contain_text(["1, 2"])
        async with database.begin([at.world.area_id]) as conn:
            check = await conn.fetchrow("SELECT symptom, self_check_version FROM self_check_version")
            profile = await conn.fetchrow("SELECT lines, skills FROM support_profile")
        assert check is not None
        assert (check["symptom"], check["self_check_version"]) == ("no_internet", 1)
        assert profile is not None
        assert (list(profile["lines"]), list(profile["skills"])) == ([1, 2], ["fibre"])
        assert at.heard.complaints == []
