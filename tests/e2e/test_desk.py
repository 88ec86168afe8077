"""The support desk in a real Chromium: from who calls to a booked visit."""

import os
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from db.states import TerminalFault
from tests.e2e.chromium import shoot, shoot_whole
from tests.e2e.operator import HOLDER, operator
from tests.e2e.walker import faults_of

ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
SEEMS = {"en": "on the line", "ru": "на линии", "hu": "a vonalon"}
WIFE = "Преображенская-Константинопольская Елизавета"
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("en", False)]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_caller_without_a_contract_number_whose_wife_is_at_home_has_a_visit_in_six_interactions(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with operator(browser, database, dark=dark) as desk:
        name = f"desk-{language}-{'dark' if dark else 'light'}"
        page = desk.page
        await desk.fault(1, TerminalFault.DARK)
        await desk.sign_in(language)
        await shoot(page, f"{name}-empty")
        await desk.find("Long Street 2")
        await expect(page.locator(".known h1")).to_contain_text(desk.world.subscribers[1].contract)
        await page.locator(".who-calls input[type=tel]").fill("+79001112200")
        await page.locator(".who-calls .choices").nth(1).locator(".choice").nth(1).click()  # somebody else
        await page.locator(".on-site input").first.fill(WIFE)
        await page.locator(".on-site input[type=tel]").fill("+7 900 111-22-33")
        await shoot(page, f"{name}-who")
        assert await faults_of(page) == []
        await page.locator(".known").click()
        # from an identified caller ...
        await desk.key("2")
        await expect(page.locator(".aloud").first).to_contain_text("Счёт оплачен?")
        await desk.verify()
        await desk.click(page.locator(".measure"))
        await expect(page.locator(".panel").nth(1)).to_contain_text(SEEMS[language])
        await expect(page.locator(".panel").nth(2).locator(".aloud")).to_have_text(
            "Выезд может быть платным."
        )
        await shoot_whole(page, f"{name}-terms", ".panel")
        assert await faults_of(page) == []
        await desk.click(page.locator(".ask .button").first)
        await expect(page.locator(".offers .button").first).to_be_visible()
        await shoot(page, f"{name}-offers")
        await desk.key("1")
        await expect(page.locator(".offers .aloud")).to_contain_text("Наш мастер придёт")
        await shoot_whole(page, f"{name}-chosen", ".panel")
        assert await faults_of(page) == []
        await desk.key("Enter")
        await expect(page.locator(".booked")).to_be_visible()
        # ... to a booked visit
        assert desk.interactions == 6
        await shoot_whole(page, f"{name}-booked", ".panel")
        assert await faults_of(page) == []
        assert desk.heard.complaints == []
        (contact,) = await desk.rows("SELECT contact.* FROM job JOIN contact USING (area_id, contact_id)")
        assert (contact["name"], contact["relation"], contact["phone"]) == (WIFE, "family", "+79001112233")
        (consent,) = await desk.rows("SELECT * FROM consent")
        assert (consent["answer"], consent["person"], consent["capacity"]) == ("accepted", HOLDER, "holder")
        (promise,) = await desk.rows("SELECT * FROM appointment")
        assert promise["state"] == "confirmed"
        # a look at another page leaves the call where it is, and a visit is cancelled by two touches, with a reason
        await page.locator("nav.pages a").nth(1).click()
        await page.locator("nav.pages a").first.click()
        await page.locator(".panel button[aria-expanded]").click()
        await shoot_whole(page, f"{name}-why", ".panel")
        assert await faults_of(page) == []
        await page.locator(".panel [role=group] .actions .button").first.click()
        await expect(page.locator(".booked")).to_have_count(0)
        (promise,) = await desk.rows("SELECT state FROM appointment")
        assert promise["state"] == "cancelled"


async def test_a_tablet_in_flight_mode_becomes_a_paid_visit_refused_and_one_agreed(
    browser: Browser, database: Database
) -> None:
    async with operator(browser, database) as desk:
        page = desk.page
        await desk.sign_in()
        await desk.find(desk.world.subscribers[2].contract)
        asked = page.locator(".aloud").first
        for answer, question in (("4", "самолётик"), ("3", "вилки в розетках"), ("1", "Выньте вилку")):
            await desk.key(answer)
            await expect(asked).to_contain_text(question)
        await desk.verify()
        await desk.key("2")
        await expect(page.get_by_text("Everything was asked.")).to_be_visible()
        await desk.click(page.locator(".measure"))
        await expect(page.locator(".readings .bad")).to_have_count(0)
        # nothing is wrong with the line: what it goes out as is chosen by a person
        await page.get_by_label("Kind of fault").select_option("wifi_setup")
        await desk.key("2")
        await expect(page.locator(".notice.warn")).to_contain_text("Without an agreement nobody comes")
        await shoot_whole(page, "desk-refused", ".panel")
        assert await faults_of(page) == []
        await expect(page.get_by_role("button", name="free of charge")).to_have_count(0)
        await desk.click(desk.button("No visit"))
        await expect(page.locator(".state")).to_contain_text("resolved")
        assert await desk.rows("SELECT 1 FROM job") == []
        (refusal,) = await desk.rows(
            "SELECT facts -> 'terms' ->> 'answer' AS answer FROM contact_entry WHERE kind = 'agreed'"
        )
        assert refusal["answer"] == "declined"
        await desk.click(desk.button("Not mended: reopen"))
        await desk.click(desk.button("Take it"))
        # it is another call: who speaks is asked again
        await expect(page.get_by_text("in another call: ask again")).to_be_visible()
        await desk.verify()
        await page.get_by_label("Kind of fault").select_option("wifi_setup")
        await desk.click(desk.button("Agrees after all"))
        await expect(page.locator(".offers .button").first).to_be_visible()
        await desk.key("1")
        await expect(page.locator(".offers .aloud")).to_be_visible()
        await desk.key("Enter")
        await expect(page.locator(".booked")).to_be_visible()
        (consent,) = await desk.rows("SELECT * FROM consent")
        assert consent["answer"] == "accepted"
        assert desk.heard.complaints == []


async def test_line_two_sees_its_clock_run_out_and_somebody_is_sent(
    browser: Browser, database: Database
) -> None:
    async with operator(browser, database) as desk:
        page = desk.page
        await desk.fault(3, TerminalFault.WEAK)
        await desk.sign_in()
        await desk.find(desk.world.subscribers[3].contract)
        await desk.key("2")
        await desk.click(page.get_by_role("button", name="Hand over to line 2"))
        await expect(page.locator(".state")).to_contain_text("waits")
        await page.get_by_role("link", name="Queue").click()
        await expect(page.locator(".waiting tbody tr")).to_contain_text("Совсем нет интернета")
        await shoot(page, "desk-queue")
        assert await faults_of(page) == []
        await page.get_by_role("button", name="Take the next one").click()
        clock = page.locator(".line-clock")
        await expect(clock).to_contain_text("of 15:00")
        desk.clock.now += timedelta(minutes=13)
        await page.reload()
        await expect(clock).to_contain_text("Soon over")
        await shoot(page, "desk-near")
        await clock.locator("select").select_option("device_restarts")
        await expect(clock).to_contain_text("stands still")
        desk.clock.now += timedelta(minutes=20)
        await clock.get_by_role("button", name="Go on").click()
        await expect(clock.get_by_role("combobox")).to_be_visible()
        await expect(clock).to_contain_text("Soon over")
        desk.clock.now += timedelta(minutes=2)
        await page.reload()
        await expect(clock).to_contain_text("Over: send a technician.")
        await shoot_whole(page, "desk-over", ".panel")
        assert await faults_of(page) == []
        assert desk.heard.complaints == []


async def test_what_is_the_subscribers_is_asked_for_before_it_is_done(
    browser: Browser, database: Database
) -> None:
    async with operator(browser, database) as desk:
        page = desk.page
        await desk.fault(4, TerminalFault.WIFI_OFF)
        await desk.sign_in()
        await desk.find(desk.world.subscribers[4].contract)
        await desk.key("4")
        await desk.verify()
        await page.get_by_label("With consent …").select_option("wifi_password")
        await expect(page.locator(".ask .aloud").first).to_contain_text("сменил пароль")
        await page.locator(".panel").nth(1).get_by_role("button", name="Agrees", exact=True).click()
        await page.get_by_label("New password").fill("correct horse battery")
        await shoot_whole(page, "desk-password", ".panel")
        assert await faults_of(page) == []
        await page.get_by_role("button", name="Change the Wi-Fi's password").click()
        await expect(page.locator(".history")).to_contain_text("done remotely: Change the Wi-Fi's password")
        await expect(page.locator(".history")).to_contain_text(
            f"agreed to ({HOLDER}): Change the Wi-Fi's password"
        )
        assert await desk.rows("SELECT 1 FROM contact_entry WHERE facts::text LIKE '%horse%'") == []
        assert desk.heard.complaints == []
