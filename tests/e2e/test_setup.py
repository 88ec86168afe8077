"""Setting an area up on the board, in a real Chromium: depots with a pin, people and their weeks, money, tables."""

import re
from datetime import timedelta
from pathlib import Path

import msgspec
from playwright.async_api import Browser, expect

from db.ids import new_id
from db.pool import Database
from db.queries import areas, journal, kinds
from tests.builders import Town
from tests.e2e.chromium import listen, shoot
from tests.e2e.desk import REFUSED, desk
from tests.e2e.walker import faults_of
from tests.worlds import NOW

KEEP_PROGRESS = """() => {
    window.said = []
    new MutationObserver(() => {
        const text = document.querySelector("label:has(progress) span")?.textContent
        if (text && window.said.at(-1) !== text) window.said.push(text)
    }).observe(document.body, {subtree: true, childList: true, characterData: true})
}"""
"""It is there for moments only."""
LONG_NAME = "Константинопольская-Преображенская Александра Вениаминовна"


async def test_a_depot_gets_its_pin_by_its_address_and_by_hand(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.page.get_by_role("link", name="Set-up").click()
        await at.page.get_by_role("link", name="Depots").click()
        await at.page.get_by_role("link", name="Add").click()
        await at.page.get_by_label("Name").fill("North")
        await at.page.get_by_label("Address (needed)").fill("Mill Lane 12, Budapest")
        await at.page.get_by_role("button", name="Look the address up").click()
        await expect(at.page.get_by_label("Latitude (needed)")).to_have_value("47.4701")
        # by hand: a click on the ground puts the pin there
        await at.page.locator(".pin-map .map-pin").wait_for()
        await at.page.locator(".pin-map").click(position={"x": 60, "y": 60})
        await expect(at.page.get_by_label("Latitude (needed)")).not_to_have_value("47.4701")
        await at.save()
        await at.page.get_by_role("link", name="North").click()
        await expect(at.page.get_by_text("put by hand")).to_be_visible()
        async with database.begin([at.world.area_id]) as conn:
            entries = await journal.list_journal(conn, at.world.area_id, 0, 100)
        assert [entry.action for entry in entries][-2:] == ["place.set_up", "depot.set_up"]
        assert at.heard.complaints == []
        assert at.heard.outside(at.url) == []


async def test_a_maps_scale_is_said_in_the_readers_language(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in("ru")
        await at.go("depots/new")
        scale = at.page.locator(".leaflet-control-scale-line")
        await expect(scale).to_have_text(re.compile(r"^[0-9]+\s(м|км)$"))


async def test_a_week_pattern_makes_a_technicians_days_and_names_visits_in_its_way(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        town = Town(database, at.world)
        job = await town.job()
        await town.out(job, at=NOW + timedelta(days=1, hours=8))
        await at.sign_in()
        await at.go("patterns/new")
        await at.page.get_by_label("Name").fill("Mornings")
        await at.page.get_by_label("Monday: Ends").fill("12:00")
        await at.page.get_by_label("Monday: Break, minutes").fill("0")
        await at.page.get_by_role("button", name="As Monday, until Friday").click()
        await at.page.get_by_label("Friday", exact=True).uncheck()
        await at.save()
        await at.go("technicians")
        await at.page.get_by_role("link", name="Technician 1").click()
        times = at.page.get_by_role("region", name="Working times")
        await times.get_by_label("Pattern").select_option(label="Mornings")
        await at.page.get_by_role("link", name="Technician 2").click()
        await at.page.get_by_role("button", name="Keep editing").click()
        await times.get_by_role("button", name="Let work by it").click()
        await expect(times.get_by_text("Some days stay as they are for now")).to_be_visible()
        await expect(times.get_by_text(job.number)).to_be_visible()
        await times.get_by_text("The coming three weeks").click()
        days = times.locator(".coming li")
        await expect(days).to_have_count(12)  # four days a week
        await expect(days.nth(0)).to_contain_text("08:00–12:00")
        await expect(days.nth(1)).to_contain_text("09:00–18:00")
        # what was picked is saved: nothing is asked
        await at.page.get_by_role("link", name="Technician 2").click()
        await expect(at.page.get_by_role("region", name="Working times: Technician 2")).to_be_visible()
        await expect(at.page.get_by_role("dialog")).to_have_count(0)
        assert at.heard.complaints == []


async def test_an_area_decides_for_itself(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("area")
        await at.page.get_by_label("Days that a plan covers").fill("3")
        await at.save()
        async with database.begin() as conn:
            area = await areas.get_area(conn, at.world.area_id)
        before = msgspec.structs.replace(at.world.area.settings, plan_days=3)
        assert area.settings == before, "and nothing else"
        assert at.heard.complaints == []


async def test_somebody_else_was_faster(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("skills/fibre")
        name = at.page.get_by_label("Name (needed)")
        await expect(name).to_have_value("fibre")
        async with database.begin([at.world.area_id]) as conn:
            await conn.execute("UPDATE skill SET name = 'Glass', version = 2 WHERE code = 'fibre'")
        await name.fill("Fibre")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(at.page.get_by_text("Somebody changed this meanwhile.")).to_be_visible()
        await at.page.get_by_role("button", name="Show it as it is now").click()
        await expect(name).to_have_value("Glass")
        await name.fill("Fibre")
        await at.save()


async def test_whoever_leaves_what_is_not_saved_is_asked_first(browser: Browser, database: Database) -> None:
    """By a row, a section, a page, the back button, Escape, another language; the keyboard keeps what is written."""
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("skills")
        await at.page.get_by_role("link", name="fibre").click()
        name, asked = at.page.get_by_label("Name (needed)"), at.page.get_by_role("dialog")
        await expect(name).to_have_value("fibre")
        await at.page.get_by_role("link", name="Depots").click()
        await expect(at.page.get_by_role("heading", name="Depots")).to_be_visible()
        await at.page.go_back()
        await name.fill("Glass")
        for leave in (
            at.page.get_by_role("link", name="wifi").click,
            at.page.get_by_role("link", name="Depots").click,
            at.page.get_by_role("link", name="Day", exact=True).click,
            at.page.get_by_role("button", name="Cancel").last.click,
            at.page.go_back,
            lambda: name.press("Escape"),
            lambda: at.page.get_by_label("Language").select_option("hu"),
        ):
            await leave()
            await expect(asked.get_by_role("heading", name="Discard changes?")).to_be_visible()
            await at.page.keyboard.press("Enter")
            await expect(asked).to_have_count(0)
            await expect(name).to_have_value("Glass")
            assert at.page.url.endswith("#/setup/skills/fibre")
        await expect(at.page.get_by_label("Language")).to_have_value("en")
        await at.page.get_by_role("link", name="Depots").click()
        await shoot(at.page, "setup-discard")
        assert await faults_of(at.page) == []
        await asked.get_by_role("button", name="Discard").click()
        await expect(at.page.get_by_role("heading", name="Depots")).to_be_visible()
        # asked once: "Cancel" and a yes are enough
        await at.go("skills/fibre")
        await expect(name).to_have_value("fibre")
        await name.fill("Glass")
        await at.page.get_by_role("button", name="Cancel").last.click()
        await asked.get_by_role("button", name="Discard").click()
        await expect(name).to_have_count(0)
        await expect(asked).to_have_count(0)
        await at.go("skills/fibre")
        await expect(name).to_have_value("fibre")
        await name.fill("Glass")
        await at.save()
        await at.page.get_by_role("link", name="Depots").click()
        await expect(at.page.get_by_role("heading", name="Depots")).to_be_visible()
        assert at.heard.complaints == []


async def test_a_tab_with_what_is_not_saved_is_not_closed_in_silence(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("skills/fibre")
        name = at.page.get_by_label("Name (needed)")
        await name.fill("Glass")
        async with at.page.expect_event("dialog") as asked:
            await at.page.close(run_before_unload=True)
        dialog = await asked.value
        assert dialog.type == "beforeunload"
        await dialog.dismiss()
        await expect(name).to_have_value("Glass")


async def test_somebody_of_the_office_sets_a_password_by_a_link_and_signs_in(
    browser: Browser, database: Database
) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("staff/new")
        await at.page.get_by_label("Name (needed)", exact=True).fill("Anna")
        await at.page.get_by_label("Sign-in name (needed)").fill("anna")
        await at.page.get_by_label("Language (needed)").select_option("en")
        await at.page.get_by_label("Support, line 1 and 2").check()
        await at.save()
        # at once and in the same place
        await expect(at.page.get_by_text("Has no password yet.")).to_be_visible()
        await at.page.get_by_role("button", name="Copy").click()
        await expect(at.page.get_by_text("Copied.")).to_be_visible()
        link = await at.page.get_by_label("Link", exact=True).input_value()
        await shoot(at.page, "setup-staff-link")
        assert await faults_of(at.page) == []
        # one's own roles: the server says no, beside them
        await at.page.get_by_role("link", name="Dispatcher of small_town").click()
        await at.page.get_by_role("group", name="Does").get_by_label("Supervisor").uncheck()
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(at.page.get_by_text("This cannot be changed any more.").first).to_be_visible()
        assert at.heard.complaints == [REFUSED]
        await at.page.get_by_role("link", name="Anna").click()
        await expect(at.page.get_by_role("button", name="Make a link")).to_be_visible()
        await expect(at.page.get_by_label("Link", exact=True), "it is shown once").to_have_count(0)
        async with await browser.new_context() as context:
            hers = await context.new_page()
            heard = listen(hers)
            await hers.goto(link)
            await hers.get_by_label("Password").fill("eleven blue ducks swim")
            await hers.get_by_label("Once more").fill("eleven blue ducks swam")
            await hers.get_by_role("button", name="Set it").click()
            await expect(hers.get_by_role("alert")).to_have_text("They are not the same.")
            await shoot(hers, "setup-password")
            await hers.get_by_label("Once more").fill("eleven blue ducks swim")
            await hers.get_by_role("button", name="Set it").click()
            await expect(hers.get_by_text("The password is set.")).to_be_visible()
            await expect(hers.get_by_label("Name")).to_have_value("anna")
            assert await faults_of(hers) == []
            await hers.get_by_label("Password").fill("eleven blue ducks swim")
            await hers.get_by_role("button", name="Sign in").click()
            await expect(hers.locator("header .who")).to_have_text("Anna")
            assert heard.complaints == []
            await hers.goto(link)
            await hers.get_by_label("Password").fill("eleven blue ducks swim")
            await hers.get_by_label("Once more").fill("eleven blue ducks swim")
            await hers.get_by_role("button", name="Set it").click()
            await expect(hers.get_by_role("alert")).to_contain_text("wrong, used or expired")


async def test_a_search_that_finds_others_takes_no_form_away(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go(f"subscribers/{at.world.subscribers[0].subscriber_id}")
        holder = at.page.get_by_label("Holder (needed)")
        await holder.fill(LONG_NAME)
        await at.page.get_by_placeholder("Search").fill("nobody is called that")
        await expect(at.page.get_by_text("Nothing is found by this.")).to_be_visible()
        await expect(holder).to_have_value(LONG_NAME)
        await at.save()


async def test_a_refusal_stands_beside_the_field_it_is_about(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("technicians/new")
        await at.page.get_by_label("Name (needed)", exact=True).fill(LONG_NAME)
        await at.page.get_by_label("Sign-in name (needed)").fill("small_town.support")
        await at.page.get_by_role("button", name="Save", exact=True).click()
        await expect(at.page.locator("#field-login-fault")).to_have_text("This is taken already.")
        await expect(at.page.get_by_role("alert")).to_have_count(0)
        await expect(at.page.get_by_label("Sign-in name (needed)")).to_have_attribute("aria-invalid", "true")
        await at.page.get_by_label("Sign-in name (needed)").fill("alexandra")
        await at.save()
        await expect(at.page.get_by_role("link", name=LONG_NAME)).to_be_visible()


async def test_a_tariff_is_a_new_version_from_the_one_before(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("tariffs")
        await at.page.get_by_role("button", name="New version from this").first.click()
        form = at.page.get_by_role("complementary")
        await form.get_by_label("Amount").first.fill("1999.50")
        await form.get_by_role("button", name="Another line").click()
        await form.get_by_label("Code", exact=True).nth(2).fill("visit")
        await form.get_by_label("English").nth(2).fill("A visit")
        await at.save()
        await expect(at.page.get_by_role("heading", name="Version 2")).to_be_visible()
        async with database.begin([at.world.area_id]) as conn:
            tariffs = await kinds.list_tariffs(conn, at.world.area_id)
            lines = await kinds.list_tariff_lines(conn, at.world.area_id)
        newest = {line.code: line.amount_minor for line in lines if line.tariff_id == tariffs[-1].tariff_id}
        assert sorted(newest) == ["cable", "visit", "wifi"]
        assert 199_950 in newest.values()


async def test_a_checklist_is_changed_as_a_new_version(browser: Browser, database: Database) -> None:
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("kinds/wifi_setup")
        form = at.page.get_by_role("complementary")
        await form.get_by_role("button", name="Down: speed").click()
        await form.get_by_role("button", name="Another point").click()
        await form.locator(".item").nth(2).get_by_label("Code", exact=True).fill("shown")
        await form.locator(".item").nth(2).get_by_label("English").fill("Shown how it works")
        await at.save()
        async with database.begin([at.world.area_id]) as conn:
            newest = (await kinds.list_current_kinds(conn, at.world.area_id, NOW + timedelta(hours=2)))[-1]
        assert newest.kind_version == 2
        assert [item.code for item in newest.checklist] == ["tidy", "speed", "shown"]


async def test_a_table_is_looked_at_mended_and_taken_in(
    browser: Browser, database: Database, tmp_path: Path
) -> None:
    header = "contract;holder_name;language;address;latitude;longitude"
    good = "C-1;Jane Doe;en;Mill Lane 12;55.81;37.58"
    async with desk(browser, database) as at:
        await at.sign_in()
        await at.go("imports")

        async def bring(*lines: str, encoding: str = "utf-8") -> None:
            table = tmp_path / f"{new_id()}.csv"
            table.write_bytes("\n".join([header, *lines]).encode(encoding))
            await at.page.get_by_label("File (CSV)").set_input_files(table)
            await at.page.get_by_role("button", name="Look at it first").click()

        await bring(good, "C-2;;en;Mill Lane 14;here;37.59")
        await expect(at.page.get_by_text("“holder_name” is empty.")).to_be_visible()
        await expect(at.page.locator("tbody tr")).to_have_count(2)
        await shoot(at.page, "setup-import-faults")
        assert await faults_of(at.page) == []
        await expect(at.page.get_by_role("button", name="Import all")).to_have_count(0)
        await at.page.get_by_role("link", name="Depots").click()
        await at.page.get_by_role("button", name="Keep editing").click()
        await expect(at.page.get_by_text("“holder_name” is empty.")).to_be_visible()
        await bring(good, "C-2;Иван Петров;ru;Mill Lane 14;55.82;37.59", encoding="windows-1251")
        await expect(at.page.get_by_text("The file is not UTF-8")).to_be_visible()
        await bring(good, "C-2;Иван Петров;ru;Mill Lane 14;55.82;37.59")
        await at.page.get_by_role("button", name="Import all").click()
        await expect(at.page.get_by_text("2 written.")).to_be_visible()
        await bring(good)
        await expect(at.page.get_by_text("Nothing would change")).to_be_visible()
        await at.go("subscribers")
        await at.page.get_by_placeholder("Search").fill("Петров")
        await expect(at.page.get_by_role("link", name="C-2")).to_be_visible()
        await expect(at.page.get_by_role("link", name="C-1")).to_have_count(0)


async def test_addresses_of_a_table_are_looked_up_before_the_eyes(
    browser: Browser, database: Database, tmp_path: Path
) -> None:
    lines = [f"C-{number};Jane Doe;en;Mill Lane {number}" for number in range(3)]
    table = tmp_path / "addresses.csv"
    table.write_text("\n".join(["contract;holder_name;language;address", *lines, "C-9;Nobody;en;Nowhere"]))
    async with desk(browser, database, one_at_a_time=True) as at:
        await at.sign_in()
        await at.go("imports")
        await at.page.evaluate(KEEP_PROGRESS)
        await at.page.get_by_label("File (CSV)").set_input_files(table)
        await at.page.get_by_role("button", name="Look at it first").click()
        await expect(at.page.get_by_text("“address” is found nowhere.")).to_be_visible()
        await expect(at.page.get_by_role("progressbar")).to_have_count(0)
        said = await at.page.evaluate("window.said")
        assert said == [f"{number} of 4 addresses looked up" for number in (1, 2, 3)]
        await shoot(at.page, "setup-import-looked-up")
        await at.page.get_by_role("button", name="Import the good ones").click()
        await expect(at.page.get_by_text("3 written.")).to_be_visible()
        assert at.heard.complaints == []
