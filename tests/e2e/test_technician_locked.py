"""The office locks a phone, in a real Chromium: it forgets the visits, gives up what waits, and can be set up anew."""

from datetime import timedelta

from playwright.async_api import Page, expect

from db.ids import new_id
from db.queries import devices as kept_devices
from db.queries import reports
from db.states import ReviewReason
from dispatch.flows import devices
from dispatch.rules.phone import DEPOSITS_FOR
from tests.builders import dispatcher
from tests.e2e.walker import Clock, Town, Walker, faults_of

ROWS = """() => new Promise((done, fail) => {
    const asked = indexedDB.open("line3-technician");
    asked.onerror = fail;
    asked.onsuccess = () => {
        const all = asked.result.transaction("rows").objectStore("rows").count();
        all.onsuccess = () => { asked.result.close(); done(all.result); };
    };
})"""


async def lock_phone(served: Town, clock: Clock) -> None:
    """The one that there is."""
    area_id = served.world.area_id
    async with served.database.begin([area_id]) as conn:
        (phone,) = [
            one for one in await kept_devices.list_devices(conn, area_id, clock()) if one.revoked_at is None
        ]
        await devices.revoke(
            conn,
            area_id=area_id,
            device_id=phone.device_id,
            reason="left in a taxi",
            actor=dispatcher(served.world),
            now=clock(),
        )


async def come_back(page: Page) -> None:
    await page.context.set_offline(False)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_role("heading", name="This phone is locked")).to_be_visible()


async def set_up_anew(phone: Walker) -> None:
    await phone.press("Set this phone up anew")
    await expect(phone.page.get_by_label("Password")).to_be_visible()


async def test_a_locked_phone_forgets_the_visits_and_gives_up_what_waits(
    served: Town, phone: Walker, clock: Clock
) -> None:
    await phone.context.set_offline(True)
    await phone.go_to_visit(1)
    await phone.step("I'm on my way")
    await lock_phone(served, clock)
    await come_back(phone.page)
    await phone.until_sent()
    assert await phone.page.evaluate(ROWS) == 0
    async with served.database.begin([served.world.area_id]) as conn:
        found = await reports.list_reviews_for(conn, served.world.area_id, ReviewReason.DEVICE_REVOKED)
    assert len(found) == 1
    await phone.page.reload()
    await set_up_anew(phone)
    await phone.sign_in(served.world)
    await phone.go_to_visit(1)


async def test_what_a_locked_phone_can_no_longer_send_is_copied_before_it_is_set_up_anew(
    served: Town, phone: Walker, clock: Clock
) -> None:
    await phone.context.set_offline(True)
    await phone.go_to_visit(1)
    await phone.step("I'm on my way")
    await lock_phone(served, clock)
    clock.now += DEPOSITS_FOR + timedelta(hours=1)
    await come_back(phone.page)
    anew = phone.page.get_by_role("button", name="Set this phone up anew")
    await expect(anew).to_be_disabled()
    async with phone.page.expect_download() as copying:
        await phone.press("Save an encrypted copy")
    assert (await copying.value).suggested_filename.endswith(".outbox")
    assert await faults_of(phone.page) == []
    await anew.click()
    await expect(phone.page.get_by_label("Password")).to_be_visible()


async def test_a_phone_whose_storage_was_taken_away_after_it_was_locked_is_a_new_one(
    served: Town, new_phone: Walker, clock: Clock
) -> None:
    await new_phone.open()
    await new_phone.page.evaluate("(id) => localStorage.setItem('line3-enrolled', id)", str(new_id()))
    await new_phone.sign_in(served.world)
    await lock_phone(served, clock)
    await come_back(new_phone.page)
    known = await new_phone.page.evaluate("localStorage.getItem('line3-enrolled')")
    await set_up_anew(new_phone)
    await new_phone.page.evaluate("(id) => localStorage.setItem('line3-enrolled', id)", known)
    await new_phone.page.reload()
    await new_phone.sign_in(served.world)
    assert await new_phone.page.evaluate("localStorage.getItem('line3-enrolled')") != known
