"""Whose phone it is, in a real Chromium: signing in where an answer is lost or the account is another one, and signing out."""

import asyncio

from playwright.async_api import Route, expect

from db.queries import devices, reports
from tests.e2e.walker import Clock, Town, Walker
from tests.worlds import PASSWORD

WHO = "fetch('/v1/me').then(answer => answer.status)"
UNTIL_READER_IS_KEPT = """async () => {
    const cache = await caches.open("line3-later");
    while ((await cache.keys()).length === 0) await new Promise(requestAnimationFrame);
}"""


async def phones(served: Town, clock: Clock) -> list[devices.KnownDevice]:
    async with served.database.begin([served.world.area_id]) as conn:
        return await devices.list_devices(conn, served.world.area_id, clock())


async def try_as(phone: Walker, login: str) -> None:
    await phone.page.get_by_label("Name", exact=True).fill(login)
    await phone.page.get_by_label("Password").fill(PASSWORD)
    await phone.press("Sign in")


async def test_an_enrolment_whose_answer_was_lost_is_repeated_by_the_same_phone(
    served: Town, new_phone: Walker, clock: Clock
) -> None:
    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await new_phone.page.route("**/v1/mobile/devices", lose, times=1)
    await new_phone.open()
    await try_as(new_phone, f"{served.world.name}.technician1")
    await expect(new_phone.page.get_by_role("alert")).to_contain_text("There is no connection")
    assert len(await phones(served, clock)) == 1
    await new_phone.page.reload()
    await new_phone.sign_in(served.world)
    assert len(await phones(served, clock)) == 1


async def test_somebody_elses_account_leaves_no_session_behind_and_the_phone_goes_on(
    served: Town, phone: Walker
) -> None:
    await phone.page.goto(f"{served.url}/technician/#/sign-in")
    await try_as(phone, f"{served.world.name}.dispatcher")
    await expect(phone.page.get_by_role("alert")).to_contain_text("not a technician's")
    assert await phone.page.evaluate(WHO) == 401
    await try_as(phone, f"{served.world.name}.technician2")
    await expect(phone.page.get_by_role("alert")).to_contain_text("another technician's")
    assert await phone.page.evaluate(WHO) == 401
    await phone.press("Back to the round")
    await phone.go_to_visit(1)
    await phone.step("I'm on my way")
    await phone.until_sent()
    async with served.database.begin([served.world.area_id]) as conn:
        said = await reports.list_reports(conn, served.world.area_id, [served.visits[0][0].job_id])
    assert [report.kind for report in said] == ["on-my-way"]
    await phone.context.set_offline(True)
    await phone.page.reload()
    await expect(phone.page.get_by_role("link", name="Sign in again", exact=True)).to_be_visible()


async def test_what_another_tab_records_while_somebody_signs_out_is_not_erased(
    served: Town, phone: Walker
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await answer.wait()
        await route.abort()

    other = Walker(await phone.context.new_page(), served.url)
    await other.go_to_visit(1)
    await phone.context.route("**/v1/mobile/sync", lambda route: route.abort())
    await phone.page.route("**/v1/sign-out", hold)
    await phone.page.goto(f"{served.url}/technician/#/me")
    await phone.press("Sign out")
    await asked.wait()
    await expect(phone.page.get_by_role("button", name="Sign out")).to_be_disabled()
    await other.step("I'm on my way")
    answer.set()
    await expect(phone.page.get_by_role("alert")).to_contain_text("First everything must be sent")
    await phone.until_kept(1)
    await phone.context.unroute("**/v1/mobile/sync")
    await phone.page.evaluate("dispatchEvent(new Event('online'))")
    await phone.until_sent()
    await phone.page.unroute("**/v1/sign-out")
    await phone.press("Sign out")
    for page in (phone.page, other.page):
        await expect(page.get_by_label("Password")).to_be_visible()


async def test_the_barcode_reader_is_asked_for_until_it_is_kept(phone: Walker) -> None:
    async with asyncio.timeout(20):
        await phone.page.evaluate(UNTIL_READER_IS_KEPT)
        await phone.page.evaluate("caches.delete('line3-later')")
        await phone.page.reload()
        await phone.page.evaluate(UNTIL_READER_IS_KEPT)
