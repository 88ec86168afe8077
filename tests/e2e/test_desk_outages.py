"""A mass outage at the desk in a real Chromium: proposed by itself, accepted by a person, told first to whoever calls."""

import asyncio
import os
from datetime import timedelta

import httpx
import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from db.states import Role, TerminalFault
from dispatch.flows import alarms
from dispatch.weighing import Weigher
from tests.api.conftest import with_role, with_token
from tests.api.test_outages import Calls
from tests.branching import branched, dying
from tests.builders import Town
from tests.e2e.chromium import shoot, shoot_whole
from tests.e2e.operator import Operator, operator
from tests.e2e.walker import faults_of
from tests.worlds import NOW

ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
LINKED = {"en": "linked to an outage", "ru": "связано с аварией", "hu": "üzemzavarhoz kötve"}
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("en", False)]


async def booked(desk: Operator, number: int) -> None:
    """Somebody whose line is dark gets a window, by keys."""
    page = desk.page
    await desk.fault(number, TerminalFault.DARK)
    await desk.find(desk.world.subscribers[number].contract)
    await desk.key("2")
    await expect(page.locator(".aloud").first).to_be_visible()
    await desk.verify()
    await page.locator(".measure").click()
    await page.locator(".ask .button").first.click()
    await page.locator(".offers .button").first.click()
    await page.locator(".offers .button.primary").click()
    await expect(page.locator(".booked")).to_be_visible()


async def burst(desk: Operator) -> None:
    """Fourteen terminals on one branch lose their light, and a worker looks."""
    said = dying(range(14))
    async with desk.database.begin([desk.world.area_id]) as conn:
        await alarms.receive(conn, area_id=desk.world.area_id, said=said, now=desk.clock.now)
    assert await Weigher(desk.database).weigh(desk.world.area_id, desk.clock.now)


async def repeated(desk: Operator) -> None:
    """Five faults in one house within a month."""
    town = Town(desk.database, desk.world)
    for days in (30, 20, 12, 5, 2):
        at = (NOW - timedelta(days=days)).isoformat()
        said = {"contract": desk.world.subscribers[0].contract, "ticketNumber": f"before-{days}"}
        await town.job("cable_break", **said, reportedAt=at)


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_mass_outage_is_proposed_accepted_and_told_first_and_no_visit_is_booked_on_it(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with operator(browser, database, dark=dark) as desk:
        await branched(database, desk.world)
        page, name = desk.page, f"outages-{language}-{'dark' if dark else 'light'}"
        desk.clock.now = NOW
        await desk.sign_in(language)
        await booked(desk, 1)
        await page.locator("nav.pages a").nth(2).click()
        await expect(page.locator(".empty").first).to_be_visible()
        await shoot(page, f"{name}-none")
        await burst(desk)
        proposed = page.locator(".outage.proposed")
        await expect(proposed).to_contain_text("S-left")
        for summary in await proposed.locator("summary").all():
            await summary.click()
        mender, end = proposed.locator("select").first, proposed.locator("select").last
        await expect(mender.locator("option")).to_have_count(2)
        await shoot_whole(page, f"{name}-proposed", "main")
        assert await faults_of(page) == []
        await end.select_option("2")
        await proposed.locator(".deciding .button").first.click()
        accepted = page.locator(".outage.accepted")
        await expect(accepted.locator(".aloud")).to_contain_text("Long Street")
        await expect(accepted.locator(".lines li")).to_have_count(2)
        await expect(accepted.locator(".lines b")).to_have_count(1)
        await shoot_whole(page, f"{name}-accepted", "main")
        assert await faults_of(page) == []
        (job,) = await desk.rows("SELECT state, hold_reason FROM job WHERE hold_reason = 'outage'")
        assert job["state"] == "on_hold"
        assert await desk.rows("SELECT 1 FROM appointment WHERE state = 'confirmed'") == []
        # whoever calls now hears of it before anything else
        await page.locator("nav.pages a").first.click()
        await desk.find(desk.world.subscribers[2].contract)
        await expect(page.locator(".dark .aloud")).to_contain_text("Нет связи")
        await shoot(page, f"{name}-caller")
        assert await faults_of(page) == []
        await desk.key("2")
        await expect(page.locator(".history")).to_contain_text(LINKED[language])
        await shoot_whole(page, f"{name}-linked", ".panel")
        assert await faults_of(page) == []
        # this one says that it is something else, and is worked on
        await page.locator(".dark .button").click()
        await expect(page.locator(".verify")).to_be_visible()
        # until it is over
        await page.locator("nav.pages a").nth(2).click()
        await page.locator(".outage.accepted .deciding .button.primary").click()
        await expect(page.locator(".outage.restored")).to_contain_text("S-left")
        await shoot_whole(page, f"{name}-over", "main")
        assert await desk.rows("SELECT state FROM ticket WHERE state <> 'resolved'") == [
            {"state": "in_progress"}
        ]
        assert desk.heard.complaints == []


async def test_an_outage_is_accepted_in_the_middle_of_thirty_calls_and_no_visit_stays_booked(
    browser: Browser, database: Database
) -> None:
    async with operator(browser, database) as desk, httpx.AsyncClient(base_url=desk.url) as client:
        await branched(database, desk.world)
        page, desk.clock.now = desk.page, NOW
        await repeated(desk)
        await desk.sign_in()
        await burst(desk)
        await page.locator("nav.pages a").nth(2).click()
        # what has kept failing there before is named beneath
        await expect(page.locator(".systemic")).to_contain_text("H-1")
        await shoot(page, "outages-systemic")
        proposed = page.locator(".outage.proposed")
        await expect(proposed).to_contain_text("S-left")
        calls = Calls(
            await with_role(client, database, desk.world, Role.SUPPORT),
            await with_token(client, database, desk.world, ["escalations:write"]),
            desk.world,
        )
        calling = asyncio.ensure_future(calls.all())
        await calls.until(10)
        await proposed.locator(".deciding .button").first.click()
        accepted = page.locator(".outage.accepted")
        await expect(accepted.locator(".aloud")).to_contain_text("Long Street")
        assert {"told", "booked"} <= set(await calling)
        (outage,) = await desk.rows("SELECT job_id FROM outage WHERE state = 'accepted'")
        await calls.left_nothing_booked(database, str(outage["job_id"]))
        (linked,) = await desk.rows("SELECT count(*) AS n FROM ticket WHERE outage_id IS NOT NULL")
        await page.reload()
        await expect(accepted).to_contain_text(str(linked["n"]))
        assert desk.heard.complaints == []
