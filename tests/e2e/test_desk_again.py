"""A subscriber who calls again, at the desk in a real Chromium: nothing is asked twice but who speaks, and nothing half done is lost."""

import os

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from db.states import TerminalFault
from tests.e2e.chromium import shoot, shoot_whole
from tests.e2e.operator import HOLDER, Operator, operator
from tests.e2e.walker import faults_of

ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("en", False)]
NOTE = "Кот лежал на роутере"
AGAIN = {"en": "ask again", "ru": "спросите снова", "hu": "kérdezze meg újra"}
NOT_DONE = {"en": "not done yet", "ru": "ещё не сделано", "hu": "még nincs elvégezve"}


async def handed_over(desk: Operator, contract: str, name: str) -> None:
    """The first call at line 1: an answer put right, a consent asked for, a note half typed, and over to line 2."""
    page = desk.page
    caller, line = page.locator(".panel").first, page.locator(".panel").nth(1)
    await desk.find(contract)
    await desk.key("2")
    await expect(page.locator(".aloud").first).to_be_visible()
    await desk.key("1")
    await expect(page.locator(".checked li")).to_have_count(1)
    await page.locator(".checked select").select_option(index=1)
    await expect(page.locator(".history li").first).to_contain_text("Счёт оплачен?")
    await desk.verify()
    await line.locator(".actions select").select_option("wifi_password")
    await caller.locator("textarea").fill(NOTE)
    await page.locator("nav.pages a").nth(1).click()
    await expect(page.locator(".mine li")).to_contain_text(HOLDER)
    await expect(page.locator(".queue-head .primary")).to_have_count(0)
    await shoot(page, f"{name}-mine")
    await page.locator("nav.pages a").first.click()
    await expect(caller.locator("textarea")).to_have_value(NOTE)
    await shoot_whole(page, f"{name}-before", ".panel")
    assert await faults_of(page) == []
    await caller.locator(".actions .button").first.click()
    await expect(page.locator(".state .button")).to_be_visible()
    await page.locator("nav.pages a").nth(1).click()
    await expect(page.locator(".waiting tbody tr")).to_contain_text(contract)
    await shoot(page, f"{name}-queue")
    assert await faults_of(page) == []


async def booked(desk: Operator, name: str, not_done: str) -> None:
    """Line 2 goes on with the same caller: what was agreed to is not done by that."""
    page = desk.page
    line, visit = page.locator(".panel").nth(1), page.locator(".panel").nth(2)
    await page.locator(".queue-head .primary").click()
    await expect(page.locator(".verified")).to_contain_text(HOLDER)
    await expect(page.locator(".history")).to_contain_text(NOTE)
    await page.locator(".ask .two .button").first.click()
    await expect(page.locator(".asked-for")).to_contain_text(not_done)
    await expect(page.locator(".history")).to_contain_text(not_done)
    await line.locator(".actions .button").first.click()
    await expect(page.locator(".asked-for .done")).to_be_visible()
    await line.locator(".measure").click()
    await visit.locator(".ask .button").first.click()
    await expect(page.locator(".offers .button").first).to_be_visible()
    await visit.locator("input[type=date]").fill("2026-11-26")
    await expect(page.locator(".offers .button").first).to_contain_text("26")
    await shoot_whole(page, f"{name}-offers", ".panel")
    await desk.key("1")
    await desk.key("Enter")
    await expect(page.locator(".booked")).to_be_visible()
    await page.locator(".whose > .button").click()


async def called_off(desk: Operator, contract: str, name: str, again: str) -> str:
    """The next call: whoever it is says the holder's name, and that nobody is needed. The ticket's number."""
    page, visit = desk.page, desk.page.locator(".panel").nth(2)
    await desk.find(contract)
    await page.locator(".known .button").first.click()
    await expect(page.get_by_text(again)).to_be_visible()
    await visit.locator(".no-visit > .button").click()
    await expect(visit.locator(".no-visit .actions .button").first).to_be_disabled()
    await shoot_whole(page, f"{name}-asked-again", ".panel")
    assert await faults_of(page) == []
    await desk.verify()
    await visit.locator(".no-visit .actions .button").first.click()
    await expect(visit.locator(".no-visit")).to_have_count(0)
    (job,) = await desk.rows("SELECT state FROM job")
    (ticket,) = await desk.rows("SELECT state, ticket_number FROM ticket")
    assert (job["state"], ticket["state"]) == ("cancelled", "resolved")
    await page.locator(".whose > .button").click()
    return str(ticket["ticket_number"])


async def followed(desk: Operator, contract: str, number: str, name: str) -> None:
    """And the one after it: what was just resolved is followed by a new ticket, or opened again."""
    page = desk.page
    await desk.find(contract)
    await page.locator(".recent .button").last.click()
    await shoot(page, f"{name}-recent")
    assert await faults_of(page) == []
    await page.locator(".known h1").click()
    await desk.key("2")
    await expect(page.locator(".history li").first).to_contain_text(number)
    await page.locator(".whose > .button").click()
    await desk.find(contract)
    await page.locator(".recent .button").first.click()
    await expect(page.locator(".state")).to_contain_text(number)
    await expect(page.locator(".panel .measure")).to_be_visible()


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_whoever_calls_again_is_asked_who_they_are_and_nothing_else_twice(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with operator(browser, database, dark=dark) as desk:
        page, name = desk.page, f"again-{language}-{'dark' if dark else 'light'}"
        contract = desk.world.subscribers[1].contract
        await desk.fault(1, TerminalFault.WEAK)
        await desk.sign_in(language)
        await expect(page.locator(".top .who")).to_be_visible()
        await handed_over(desk, contract, name)
        await booked(desk, name, NOT_DONE[language])
        number = await called_off(desk, contract, name, AGAIN[language])
        await followed(desk, contract, number, name)
        assert desk.heard.complaints == []
        # what went wrong on one page is nothing to whoever has opened another
        await page.route("**/v1/callers", lambda route: route.abort())
        await page.locator("#search").fill(contract)
        await page.locator("#search").press("Enter")
        await expect(page.locator(".told.bad")).to_be_visible()
        await page.locator("nav.pages a").nth(1).click()
        await expect(page.locator(".queue-head")).to_be_visible()
        await expect(page.locator(".told")).to_have_count(0)


async def test_whoever_supervises_looks_at_what_waits_and_takes_nothing(
    browser: Browser, database: Database
) -> None:
    async with operator(browser, database) as desk:
        page = desk.page
        await desk.sign_in()
        await desk.find(desk.world.subscribers[1].contract)
        await desk.key("2")
        await expect(page.locator(".aloud").first).to_be_visible()
        await page.locator(".panel").first.locator(".actions .button").first.click()
        await expect(page.locator(".state .button")).to_be_visible()
        await page.locator(".top .icon-button").last.click()
        await page.locator("input[type=password]").wait_for()
        await desk.sign_in(login="supervisor")
        await page.get_by_role("link", name="Queue").click()
        await expect(page.locator(".waiting tbody tr")).to_contain_text(desk.world.subscribers[1].contract)
        await expect(page.locator(".queue-head .button")).to_have_count(0)
        await shoot(page, "desk-queue-supervisor")
        assert await faults_of(page) == []
        assert desk.heard.complaints == []
