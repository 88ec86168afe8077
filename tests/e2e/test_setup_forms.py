"""What a form of the set-up keeps and says, on the board in a real Chromium: a session that ends, limits, refusals."""

import re
from datetime import timedelta

from playwright.async_api import Browser, Locator, expect

from db.ids import new_id
from db.pool import Database
from db.queries import areas, setup
from dispatch.sessions import digest
from tests.e2e.chromium import shoot
from tests.e2e.desk import Desk, desk
from tests.e2e.walker import faults_of
from tests.worlds import NOW, PASSWORD

UNKNOWN = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
WAITING = "Failed to load resource: the server responded with a status of 429 (Too Many Requests)"


async def saved_without_session(at: Desk) -> tuple[Locator, Locator]:
    """The session ends while somebody writes: the field, and what asks for signing in."""
    await at.sign_in()
    await at.go("skills/fibre")
    name = at.page.get_by_label("Name (needed)")
    await name.fill("Glass")
    await at.page.context.clear_cookies()
    await at.page.get_by_role("button", name="Save", exact=True).click()
    return name, at.page.get_by_role("dialog", name="Sign in again")


async def test_what_was_written_is_saved_after_signing_in_again(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        name, again = await saved_without_session(at)
        await expect(again).to_contain_text("Dispatcher of small_town, your sign-in has ended.")
        for _ in range(2):  # nothing lies behind it for Escape to go back to
            await at.page.keyboard.press("Escape")
        await shoot(at.page, "sign-in-again")
        assert await faults_of(at.page) == []
        await expect(again.get_by_label("Name")).to_have_value("small_town.dispatcher")
        await again.get_by_label("Password").fill(PASSWORD)
        await again.get_by_role("button", name="Sign in").click()
        await expect(at.page.get_by_text("Saved.", exact=True)).to_be_visible()
        await expect(again).to_have_count(0)
        await expect(name).to_have_value("Glass")
        async with database.begin([at.world.area_id]) as conn:
            skills = await setup.list_skills(conn, at.world.area_id)
        assert "Glass" in [skill.name for skill in skills]
        # once for each request: what the day had asked for just before may still have been under way
        assert {*at.heard.complaints} == {UNKNOWN}


async def test_somebody_else_who_signs_in_finds_nothing_of_it(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        name, again = await saved_without_session(at)
        await again.get_by_label("Name").fill("small_town.supervisor")
        await again.get_by_label("Password").fill(PASSWORD)
        await again.get_by_role("button", name="Sign in").click()
        await expect(at.page.locator("header .who")).to_have_text("Supervisor of small_town")
        await expect(name).to_have_value("fibre")
        await at.page.get_by_role("link", name="Depots").click()
        await expect(at.page.get_by_role("heading", name="Depots")).to_be_visible()


async def test_too_many_wrong_passwords_say_how_long_to_wait(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.page.add_init_script("localStorage.setItem('line3-language', 'en')")
        await at.page.goto(f"{at.url}/board/")
        said = at.page.get_by_role("alert")
        await at.page.get_by_label("Name").fill("small_town.support")
        await at.page.get_by_label("Password").fill("wrong")
        async with database.begin() as conn:
            failed_at = NOW + timedelta(minutes=57)
            for _ in range(7):
                await areas.insert_sign_in_failure(conn, digest("small_town.support"), failed_at, new_id())
        await at.page.get_by_role("button", name="Sign in").click()
        await expect(said).to_have_text("Name or password are not right.")
        await at.page.get_by_role("button", name="Sign in").click()
        await expect(said).to_contain_text("Wait 12 min, then try again.")
        await shoot(at.page, "sign-in-wait")
        assert await faults_of(at.page) == []
        assert at.heard.complaints == [UNKNOWN, WAITING]


async def test_a_limit_is_said_below_its_field_in_the_readers_language(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        await at.sign_in("hu")
        await at.go("patterns/new")
        weeks, name = at.page.locator("#field-weeks"), at.page.locator("#field-name")
        await weeks.fill("60")
        monday = at.page.get_by_label("Hétfő: Kezdés")
        await monday.fill("25:00")
        await at.page.get_by_role("button", name="Mentés").click()
        await expect(at.page.locator("#field-name-fault")).to_have_text("Ez kötelező.")
        await expect(at.page.locator("#field-weeks-fault")).to_have_text("Legalább 1, legfeljebb 8.")
        await expect(at.page.locator(".weekday .fault")).to_have_text("Időpont, például 08:00.")
        for wrong in (weeks, name, monday):
            await expect(wrong).to_have_attribute("aria-invalid", "true")
        await expect(name).to_be_focused()
        await shoot(at.page, "setup-limits")
        assert await faults_of(at.page) == []
        await name.fill("Reggel")
        await weeks.fill("2")
        await monday.fill("7:00")
        for mended in (weeks, name, monday):
            await expect(mended).to_have_attribute("aria-invalid", "false")
        assert at.heard.complaints == []


async def test_who_works_in_another_area_already_is_opened_after_being_added(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("staff/new")
        await expect(at.page.get_by_label("Language (needed)")).to_have_value("ru")  # the area's
        await at.page.get_by_label("Name (needed)", exact=True).fill("Somebody")
        await at.page.get_by_label("Sign-in name (needed)").fill("quiet_street.support")
        await at.save()
        await expect(at.page.get_by_role("heading", name="Support of quiet_street")).to_be_visible()
        await expect(at.page.get_by_text("Works in another area as well")).to_be_visible()
        assert at.heard.complaints == []


async def test_a_first_tariff_begins_with_a_line_and_holds_at_once(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("area/new")
        await at.page.get_by_label("Name (needed)").fill("South")
        await at.page.get_by_label("Code (needed)").fill("south")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(at.page.get_by_text("You are in the new area now.")).to_be_visible()
        await at.go("tariffs")
        await at.page.get_by_role("button", name="First version").click()
        form = at.page.get_by_role("complementary")
        await form.get_by_label("Code", exact=True).fill("visit")
        await form.get_by_label("English").fill("Visit")
        await at.save()
        await expect(at.page.locator(".version-mark")).to_have_text("valid")
        assert at.heard.complaints == []


async def test_all_that_is_written_in_a_wrong_form_is_said_at_once_beside_what_explains_it(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("technicians/new")
        page = at.page
        await page.locator("#field-displayName").fill("Tamás Vörös")
        await page.locator("#field-login").fill("Tamás V")
        await page.locator("#field-phone").fill("06 30")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.locator("#field-login-fault")).to_have_text(
            re.compile("Lower-case letters, digits")
        )
        await expect(page.locator("#field-phone-fault")).to_have_text(re.compile(r"\+ and digits only"))
        await expect(page.locator("#field-login-hint")).to_be_visible()
        await page.locator("#field-login").fill("tamas.v-1@x")
        await page.locator("#field-phone").fill("+36301234567")
        await expect(page.locator(".fault")).to_have_count(0)
        assert await page.evaluate("document.querySelector('#field-login').checkValidity()")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
        await at.go("parts/new")
        await page.locator("#field-code").fill("drop cable")
        await page.locator("#field-name").fill("Cable")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.locator("#field-code-fault")).to_have_text(re.compile("Letters, digits"))
        await expect(page.locator("#field-code-hint")).to_be_visible()
        for code in ("drop_cable", "A.1:2/3#4-5"):
            await page.locator("#field-code").fill(code)
            assert await page.evaluate("document.querySelector('#field-code').checkValidity()"), code
        assert at.heard.complaints == []
