"""What an area decides for itself, set up on the board in a real Chromium."""

from playwright.async_api import Browser, expect

from db.pool import Database
from db.queries import areas
from db.records import PlanWeights
from tests.e2e.chromium import shoot
from tests.e2e.desk import REFUSED, desk


async def test_a_plan_weighs_as_the_area_says_until_it_goes_back_to_the_default(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:

        async def stored() -> PlanWeights:
            async with database.begin() as conn:
                return (await areas.get_area(conn, at.world.area_id)).settings.weights

        await at.sign_in()
        await at.go("area")
        outage = at.page.get_by_label("Outage", exact=True)
        await expect(outage).to_have_value("4")
        back = at.page.get_by_role("button", name="Back to default: Outage")
        await expect(back).to_have_count(0)
        # the browser lets it pass: what the server has against it stands at its field
        await outage.evaluate("input => input.form.noValidate = true")
        await outage.fill("601")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(at.page.locator("#field-outagePerMinute-fault")).to_have_text(
            "This is outside its limits."
        )
        await expect(outage).to_have_attribute("aria-invalid", "true")
        await shoot(at.page, "setup-area-weights")
        await outage.fill("6.5")
        await at.save()
        assert await stored() == PlanWeights(outage_per_minute=6.5), "and no other is the area's own"
        await expect(outage).not_to_have_attribute("aria-invalid", "true")
        await back.click()
        await expect(outage).to_have_value("4")
        async with at.page.expect_response(lambda answer: answer.request.method == "PUT"):
            await at.save()
        assert await stored() == PlanWeights()
        assert at.heard.complaints == [REFUSED]
