"""What an area decides for itself, set up on the board in a real Chromium."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from db.queries import areas
from db.records import AreaSettings, PlanWeights
from tests.e2e.chromium import shoot
from tests.e2e.desk import REFUSED, Desk, desk


def settings_of(at: Desk, database: Database) -> Callable[[], Awaitable[AreaSettings]]:
    async def stored() -> AreaSettings:
        async with database.begin() as conn:
            return (await areas.get_area(conn, at.world.area_id)).settings

    return stored


async def test_a_plan_weighs_as_the_area_says_until_it_goes_back_to_the_default(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        stored = settings_of(at, database)
        await at.sign_in()
        await at.page.get_by_role("link", name="Set-up").click()
        await at.page.get_by_role("link", name="What plans weigh").click()
        outage = at.page.get_by_label("A minute without service, for one subscriber", exact=True)
        await expect(outage).to_have_value("4")
        back = at.page.get_by_role("button", name="Back to default: A minute without service")
        await expect(back).to_have_count(0)
        await outage.fill("601")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        fault = at.page.locator("#field-outagePerMinute-fault")
        await expect(fault).to_have_text("From 0 to 600.")
        # what the server has against it stands at its field, too
        await outage.evaluate("input => input.form.noValidate = true")
        await outage.fill("601")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(fault).to_have_text("This is outside its limits.")
        await expect(at.page.get_by_role("alert")).to_have_count(0)
        await expect(outage).to_have_attribute("aria-invalid", "true")
        await shoot(at.page, "setup-weights-fault")
        await outage.fill("6.5")
        await at.save()
        assert await stored() == AreaSettings(plan_seconds=1, weights=PlanWeights(outage_per_minute=6.5)), (
            "and no other is the area's own"
        )
        await expect(outage).not_to_have_attribute("aria-invalid", "true")
        await back.click()
        await expect(outage).to_have_value("4")
        async with at.page.expect_response(lambda answer: answer.request.method == "PUT"):
            await at.save()
        assert (await stored()).weights == PlanWeights()
        assert at.heard.complaints == [REFUSED]


@pytest.mark.parametrize(
    ("label", "default", "said", "kept"),
    [
        ("A published visit given to somebody else", "15", "20", PlanWeights(churn_shift=1200)),
        ("A published visit moved by an hour", "3", "6", PlanWeights(churn_second=0.1)),
        ("Nine and seven hours of work instead", "0", "100", PlanWeights(unfairness=50.0)),
        ("One more technician on the road", "0", "30", PlanWeights(shift_used=1800)),
    ],
)
async def test_a_weight_is_said_in_minutes_and_kept_in_seconds(
    browser: Browser, database: Database, label: str, default: str, said: str, kept: PlanWeights
) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("weights")
        weight = at.page.get_by_label(label)
        weight = weight.and_(at.page.locator("input"))
        await expect(weight).to_have_value(default)
        await weight.fill(said)
        await at.save()
        assert (await settings_of(at, database)()).weights == kept
        await expect(weight).to_have_value(said)


async def test_drives_take_longer_in_some_hours_and_burdens_weigh_as_the_area_says(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        stored = settings_of(at, database)
        before = await stored()
        assert before.pace_by_hour == []
        await at.sign_in()
        await at.go("traffic")
        for hour, pace in (("07:00–08:00", "1.5"), ("17:00–18:00", "1.8")):
            await at.page.get_by_label(hour).fill(pace)
        await at.page.get_by_label("23:00–00:00").fill("11")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(at.page.locator(".paces .fault")).to_have_text("From 0.1 to 10.")
        await shoot(at.page, "setup-traffic-fault")
        await at.page.get_by_label("23:00–00:00").fill("1")
        await at.save()
        paces = (await stored()).pace_by_hour
        assert (len(paces), paces[7], paces[17], sum(paces)) == (24, 1.5, 1.8, 25.3)
        await at.page.get_by_role("button", name="All hours alike").click()
        await expect(at.page.get_by_label("07:00–08:00")).to_have_value("1")
        async with at.page.expect_response(lambda answer: answer.request.method == "PUT"):
            await at.save()
        assert await stored() == before
        await at.go("fairness")
        far = at.page.get_by_label("A far visit", exact=True)
        await expect(far).to_have_value("15")
        await far.fill("25")
        await at.page.get_by_label("A visit is far after a drive of").fill("40")
        await at.save()
        after = await stored()
        assert (after.fairness, after.far_minutes) == ({"far": 25.0}, 40)
        assert at.heard.complaints == []


async def test_another_area_is_opened_and_one_is_in_it(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("area")
        await at.page.get_by_role("link", name="Another area").click()
        await at.page.get_by_label("Name (needed)").fill("South")
        await at.page.get_by_label("Code (needed)").fill("south")
        await expect(at.page.get_by_label("Time zone (needed)")).to_have_value("Europe/Moscow")
        await at.page.get_by_label("Time zone (needed)").select_option("Europe/Budapest")
        await at.page.get_by_label("Currency (needed)").select_option("HUF")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(at.page.get_by_text("You are in the new area now.")).to_be_visible()
        await expect(at.page.get_by_label("Area", exact=True).locator("option:checked")).to_have_text("South")
        await expect(at.page.locator(".empty")).to_contain_text("No depot yet")
        async with database.begin() as conn:
            made = next(area for area in await areas.list_areas(conn) if area.code == "south")
        assert (made.time_zone, made.currency, made.settings) == ("Europe/Budapest", "HUF", AreaSettings())
        assert at.heard.complaints == []
