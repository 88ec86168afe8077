"""The phone app in a real Chromium: a day in the basement, and what can go wrong with a phone."""

import asyncio
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from playwright.async_api import Route, expect

from api import faces
from db.queries import charges, jobs, photos, reports
from db.states import JobState, ReportStatus
from tests.e2e.walker import Town, Walker, picture
from tests.worlds import WORK

# Chromium applies an overridden quota to small writes only when it next looks, half a minute later: so its own refusal is thrown
FULL = """() => {
    IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""

# a finger that taps twice, and once more just as the next step comes
TAPPED_AGAIN = """() => {
    const button = document.querySelector(".step button");
    const again = () => requestAnimationFrame(() => requestAnimationFrame(() => button.click()));
    new MutationObserver(again).observe(button, { childList: true, characterData: true, subtree: true });
    button.click();
    button.click();
}"""
# in English once the phone has asked for it anew, which a phone that went offline at once may not have done
SPEED = re.compile("Speed|Скорость")
LATER_VERSION = """() => new Promise((done, fail) => {
    const asked = indexedDB.open("line3-technician", 99);
    asked.onerror = fail;
    asked.onsuccess = () => { asked.result.close(); done(); };
})"""


async def said(town: Town) -> list[Any]:
    """All reports that the office has."""
    ids = [job.job_id for job, _ in town.visits]
    async with town.database.begin([town.world.area_id]) as conn:
        return await reports.list_reports(conn, town.world.area_id, ids)


async def state_of(town: Town, number: int) -> JobState:
    async with town.database.begin([town.world.area_id]) as conn:
        job = await jobs.find_job(conn, town.world.area_id, town.visits[number - 1][0].job_id)
        assert job is not None
        return job.state


async def mend_the_router_box(phone: Walker) -> None:
    """Visit 1: a box swapped, measured before and after."""
    await phone.go_to_visit(1)
    await phone.walk_in()
    await phone.find("ONT (ours)", "Defective part")
    await phone.measure("Before", "-31")
    await phone.use_part("N-100", "O-100")
    await phone.measure("After", "-19.5")
    await phone.close("ONT swapped")


async def set_up_the_wifi(phone: Walker) -> None:
    """Visit 2: the subscriber's own settings, agreed to and signed."""
    await phone.go_to_visit(2)
    await phone.walk_in()
    await phone.find("Subscriber's settings", "Settings")
    await phone.tick(SPEED)
    await phone.price("Работа: wifi")
    page = phone.page
    await page.locator(".answers button").first.click()
    await phone.sign()
    await phone.choose("Владелец договора")
    await page.locator(".handed .primary").click()
    await page.get_by_role("button", name="Done", exact=True).click()
    await phone.close("Set up anew")


async def splice_the_cable(phone: Walker) -> None:
    """Visit 3: a break, with the photo that its kind asks for."""
    await phone.go_to_visit(3)
    await phone.walk_in()
    await phone.find("Drop cable", "Digging")
    await phone.photograph("splice")
    await phone.measure("After", "-20")
    await phone.close("Spliced")


async def test_a_whole_day_without_a_network(served: Town, phone: Walker) -> None:
    await phone.context.set_offline(True)
    await phone.page.reload()
    await mend_the_router_box(phone)
    await phone.page.reload()
    await set_up_the_wifi(phone)
    await splice_the_cable(phone)
    kept = await phone.kept()
    assert await said(served) == []
    await phone.open()
    await expect(phone.page.locator(".count")).to_have_text(f"{kept + 1} on phone")
    await expect(phone.page.get_by_text("3 of 3 done")).to_be_visible()
    await phone.context.set_offline(False)
    await phone.page.reload()
    await phone.until_sent()
    found = await said(served)
    assert len(found) == kept
    assert Counter(report.status for report in found) == {ReportStatus.APPLIED: kept}
    assert [await state_of(served, number) for number in (1, 2, 3)] == [JobState.CLOSED] * 3
    async with served.database.begin([served.world.area_id]) as conn:
        owed = await charges.list_charges_of_job(conn, served.world.area_id, served.visits[1][0].job_id)
        pictures = await photos.list_photos_of_job(conn, served.world.area_id, served.visits[2][0].job_id)
    assert [charge.amount_minor for charge in owed] == [WORK]
    async with served.database.begin([served.world.area_id]) as conn:
        upload = await photos.find_upload(conn, served.world.area_id, pictures[0].photo_id)
    assert upload is not None
    assert upload.stored_at is not None


async def test_nobody_opens_with_all_proof_and_then_somebody_does(served: Town, phone: Walker) -> None:
    await phone.context.grant_permissions(["geolocation"])
    await phone.context.set_geolocation({"latitude": 55.7, "longitude": 37.6})
    await phone.context.set_offline(True)
    await phone.go_to_visit(1)
    await phone.step("I'm on my way")
    await phone.step("I have arrived")
    page = phone.page
    await page.get_by_role("link", name="No access").click()
    await page.get_by_label("Minutes waited").fill("7")
    await page.get_by_label("The subscriber was called").check()
    await page.get_by_label("Take photo: Photo of the door").set_input_files(
        {"name": "door.png", "mimeType": "image/png", "buffer": picture()}
    )
    await phone.until_kept(3)
    await page.reload()
    await expect(page.get_by_label("Minutes waited"), "a draft outlives the page").to_have_value("7")
    await expect(page.locator(".notice.warn")).to_have_count(0)
    await phone.save("Report no access")
    await phone.context.set_offline(False)
    await phone.until_sent()
    assert {report.status for report in await said(served)} == {ReportStatus.APPLIED}
    await phone.context.set_offline(True)
    await phone.step("Go on")
    await phone.find("ONT (ours)", "Defective part")
    await phone.close("Handed to the network team")
    await phone.context.set_offline(False)
    await phone.until_sent()
    assert {report.status for report in await said(served)} == {ReportStatus.APPLIED}
    assert await state_of(served, 1) is JobState.CLOSED


async def test_a_double_tap_is_one_record(served: Town, phone: Walker) -> None:
    await phone.go_to_visit(1)
    await phone.context.set_offline(True)
    await expect(phone.page.locator(".step button")).to_be_enabled()
    await phone.page.evaluate(TAPPED_AGAIN)
    await phone.until_kept(1)
    await phone.step("I have arrived")
    await phone.page.get_by_role("link", name="Write a note").click()
    await phone.page.get_by_label("Text").fill("blue door")
    await phone.page.get_by_role("button", name="Save the note").dblclick()
    await phone.until_kept(3)
    await phone.context.set_offline(False)
    await phone.until_sent()
    assert [report.kind for report in await said(served)] == ["on-my-way", "arrived", "note"]


async def test_nothing_else_is_reached_from_the_price_that_is_shown(phone: Walker) -> None:
    await phone.go_to_visit(2)
    await phone.walk_in()
    await phone.find("Subscriber's settings", "Settings")
    await phone.price("Работа: wifi")
    await phone.page.go_back()
    await phone.page.get_by_role("button", name="Вернуть без ответа").click()
    await phone.press("Done")
    await expect(phone.page.locator("#where")).to_be_visible()
    await expect(phone.page.locator(".step button")).to_have_text("Ask for agreement")
    check = (await phone.unfold("Checklist")).get_by_role("checkbox").first
    await check.check()
    await phone.until_kept(6)
    await check.uncheck()
    await phone.until_kept(7)
    await (await phone.unfold("Close")).get_by_role("link").click()
    assert await phone.page.evaluate("scrollY") == 0
    await phone.choose("Set up anew")
    await phone.page.locator(".notice.bad").get_by_role("checkbox").check()
    await expect(phone.page.locator(".notice.bad li")).to_have_text(["Agreement to the price"])
    await phone.choose("Explained")
    await expect(phone.page.get_by_text("Nothing is missing.")).to_be_visible()


async def test_two_tabs_never_give_the_same_number(served: Town, phone: Walker) -> None:
    other = Walker(await phone.context.new_page(), served.url)
    await phone.context.set_offline(True)
    await phone.go_to_visit(1)
    await other.go_to_visit(2)
    for name in ("I'm on my way", "I have arrived", "Start work"):
        await phone.page.locator(".step button", has_text=name).click()
        await other.page.locator(".step button", has_text=name).click()
    await phone.until_kept(6)
    await other.until_kept(6)
    await phone.context.set_offline(False)
    await phone.until_sent()
    await other.until_sent()
    found = await said(served)
    assert sorted(report.seq for report in found) == [1, 2, 3, 4, 5, 6]
    assert {report.status for report in found} == {ReportStatus.APPLIED}


async def test_a_record_made_while_a_photo_goes_up_is_sent_right_after_it(
    served: Town, phone: Walker
) -> None:
    asked, going_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await going_on.wait()
        await route.continue_()

    await phone.go_to_visit(3)
    await phone.page.route("**/v1/mobile/photos/*", hold)
    await phone.photograph("splice")
    await asked.wait()
    await phone.step("I'm on my way")
    going_on.set()
    await phone.until_sent()
    assert {report.kind for report in await said(served)} == {"photo-taken", "on-my-way"}


async def test_more_parts_than_the_van_had_are_warned_about_and_kept(served: Town, phone: Walker) -> None:
    await phone.context.set_offline(True)
    await phone.go_to_visit(1)
    await (await phone.unfold("Parts")).get_by_role("link", name="Part used").click()
    await phone.choose("router · 1")
    await phone.choose("R-1")
    await expect(phone.page.get_by_label("Serial number in")).to_have_value("R-1")
    await phone.choose("ONT · 6")
    warning = phone.page.locator(".notice.warn")
    more = phone.page.get_by_role("button", name="How many +")
    for _ in range(5):
        await more.click()
    await expect(warning).to_have_count(0)
    await more.click()
    await expect(warning).to_contain_text("the van has 6")
    await phone.save("Save")
    await phone.page.goto(f"{served.url}/technician/#/parts")
    ont = phone.page.locator("#van li").filter(has_text="ONT").locator(".short")
    await expect(ont).to_have_text("-1")
    await phone.context.set_offline(False)
    await phone.until_sent()
    await expect(ont, "the office has it so as well").to_have_text("-1")
    assert [(one.kind, one.status) for one in await said(served)] == [("part-used", ReportStatus.APPLIED)]


async def test_a_full_phone_says_not_saved_and_keeps_what_it_has(served: Town, phone: Walker) -> None:
    await phone.context.set_offline(True)
    await phone.go_to_visit(1)
    await phone.step("I'm on my way")
    await phone.page.evaluate(FULL)
    await phone.page.locator(".step button").click()
    await expect(phone.page.get_by_role("alert")).to_contain_text("Not saved: this phone's storage is full")
    assert await phone.kept() == 1
    await expect(phone.page.locator(".step button")).to_have_text("I have arrived")
    await phone.page.reload()
    await phone.step("I have arrived")
    await phone.context.set_offline(False)
    await phone.until_sent()
    assert [report.kind for report in await said(served)] == ["on-my-way", "arrived"]


async def test_storage_that_the_browser_took_away_is_told(phone: Walker) -> None:
    await phone.go_to_visit(1)
    await phone.walk_in()
    await phone.until_sent()
    await phone.page.goto("about:blank")
    await phone.open()
    await phone.page.evaluate(
        "new Promise(done => { const gone = indexedDB.deleteDatabase('line3-technician'); gone.onsuccess = done; gone.onblocked = done })"
    )
    await phone.page.evaluate("localStorage.clear()")
    await phone.page.reload()
    await expect(phone.page.get_by_role("alert")).to_contain_text("The browser removed what was kept")


async def test_a_storage_that_does_not_open_is_told(phone: Walker) -> None:
    await phone.page.evaluate(LATER_VERSION)
    await phone.page.reload()
    await expect(phone.page.get_by_role("alert")).to_contain_text("storage does not open")
    await expect(phone.page.get_by_role("button", name="Try again")).to_be_visible()


async def test_a_new_version_waits_behind_a_full_outbox(served: Town, phone: Walker, tmp_path: Path) -> None:
    await phone.page.reload()
    await phone.context.set_offline(True)
    await phone.go_to_visit(1)
    await phone.step("I'm on my way")
    # before there is a network again: the app sends the moment it hears of one
    await phone.page.route("**/v1/mobile/sync", lambda route: route.abort())
    await phone.context.set_offline(False)
    shutil.copytree(faces.BUILT, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "technician" / "sw.js").open("a") as worker:
        worker.write("// a later version")
    served.app.state.faces = faces.Faces(tmp_path)
    # the worker has its network back a moment after the page: what could not be fetched then is asked for again
    await phone.page.evaluate("""async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        while (registration.waiting === null) {
            await registration.update().catch(() => undefined);
            await new Promise((done) => setTimeout(done, 250));
        }
    }""")
    await expect(phone.page.get_by_text("It starts as soon as nothing waits to be sent.")).to_be_visible()
    await phone.page.unroute("**/v1/mobile/sync")
    await phone.page.evaluate("dispatchEvent(new Event('online'))")
    await phone.until_sent()
    async with phone.page.expect_navigation():
        await phone.press("Start it")
    await expect(phone.page.get_by_text("A new version is ready.")).to_have_count(0)
    assert [report.kind for report in await said(served)] == ["on-my-way"]
