"""What follows a closed visit, at the desk in a real Chromium: it was closed as fixed and was not; a complaint; a credit."""

import os
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from db.queries import jobs
from db.states import TerminalFault
from tests.builders import Town
from tests.dispatch.said import MENDED
from tests.e2e.chromium import shoot, shoot_whole
from tests.e2e.operator import Operator, operator
from tests.e2e.walker import faults_of
from tests.turns import turn

ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("en", False)]
OVER = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
DEBT = {"en": "It goes to the field again", "ru": "Снова уходит мастерам", "hu": "Újra terepre megy"}


async def closed(desk: Operator, number: int) -> str:
    """A visit of this subscriber that the technician closed as mended: the ticket's id."""
    page = desk.page
    await desk.fault(number, TerminalFault.PORT_STUCK)
    await desk.find(desk.world.subscribers[number].contract)
    await desk.key("2")
    await expect(page.locator(".aloud").first).to_be_visible()
    await desk.verify()
    await page.locator(".measure").click()
    await page.locator(".ask .button").first.click()
    await expect(page.locator(".offers .button").first).to_be_visible()
    ticket_id = page.url.rpartition("/")[2]
    (row,) = await desk.rows("SELECT job_id FROM job")
    town = Town(desk.database, desk.world)
    async with desk.database.begin([desk.world.area_id]) as conn:
        job = await jobs.find_job(conn, desk.world.area_id, row["job_id"])
    assert job is not None
    visit = await town.out(job, at=desk.clock.now, assigned_at=desk.clock.now)
    phone = await town.phone()
    said = [phone.say(visit, kind, desk.clock.now) for kind in MENDED]
    await phone.send(desk.database, said, now=desk.clock.now + timedelta(minutes=1))
    desk.clock.now += timedelta(minutes=1)
    await turn(desk.database, desk.clock)
    return ticket_id


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_visit_closed_as_fixed_that_was_not_goes_to_the_field_again(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with operator(browser, database, dark=dark) as desk:
        page, name = desk.page, f"after-{language}-{'dark' if dark else 'light'}"
        await desk.sign_in(language)
        ticket_id = await closed(desk, 1)
        await page.reload()
        await expect(page.locator(".credits")).to_be_visible()
        await page.locator(".panel").first.locator(".actions .button").last.click()
        await page.get_by_role("dialog").locator("textarea").fill("Никто не предупредил, что опоздают.")
        await shoot(page, f"{name}-complaint")
        assert await faults_of(page) == []
        await page.get_by_role("dialog").locator("button[type=submit]").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        # its number is there to be read out
        await expect(page.locator(".told")).to_contain_text("CP-")
        await page.locator(".told .icon-button").click()
        await shoot_whole(page, f"{name}-resolved", ".panel")
        assert await faults_of(page) == []
        # by then the session has ended
        desk.clock.now += timedelta(hours=25)
        await desk.sign_in(language)
        await page.locator("nav.pages a").nth(3).click()
        await expect(page.locator("table tbody tr")).to_have_count(1)
        await page.locator(".queue-head .button").click()
        await expect(page.locator(".calling .aloud")).to_contain_text("Теперь всё работает как надо?")
        await shoot(page, f"{name}-calling")
        assert await faults_of(page) == []
        await page.locator(".calling textarea").fill("По вечерам пропадает")
        await page.locator(".calling h2").click()
        await desk.key("2")
        await expect(page.locator(".told")).to_contain_text(DEBT[language])
        await expect(page.locator(".calling")).to_have_count(0)
        await shoot(page, f"{name}-none")
        (job,) = await desk.rows("SELECT state, reopened FROM job")
        assert (job["state"], job["reopened"]) == ("received", 1)
        (ticket,) = await desk.rows("SELECT ticket_id, state, priority FROM ticket")
        assert (str(ticket["ticket_id"]), ticket["state"], ticket["priority"]) == (ticket_id, "escalated", 2)
        (complaint,) = await desk.rows("SELECT text FROM complaint")
        assert complaint["text"].startswith("Никто")
        assert desk.heard.complaints == [OVER], "of the session"
