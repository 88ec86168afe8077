"""The browser is killed while it saves and sends: whatever was shown as saved is there afterwards, once.

LINE3_KILLS says how often (`make faults`: 100); the seed is printed.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from playwright.async_api import Error, async_playwright

from db.pool import Database
from db.queries import reports
from tests.e2e.chromium import FLAGS, PHONE, find_chromium
from tests.e2e.walker import Clock, Town, Walker, town

KILLS = int(os.environ.get("LINE3_KILLS", "2"))
SEED = 20261126


def kill_browser(profile: Path) -> None:
    """All processes of the browser that uses this profile, which this test has started."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"--user-data-dir={profile}".encode() in entry.read_bytes():
                os.kill(int(entry.parent.name), signal.SIGKILL)


@asynccontextmanager
async def opened(profile: Path, url: str) -> AsyncGenerator[Walker]:
    """The phone as its last life left it."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium: `apt-get install chromium`, or set LINE3_CHROMIUM to where it is")
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=FLAGS, viewport=PHONE, has_touch=True, is_mobile=True
        )
        context.set_default_timeout(10_000)
        try:
            yield Walker(context.pages[0], url)
        finally:
            with suppress(Error):
                await context.close()


async def write_notes(phone: Walker, number: int, saved: list[str], enough: Callable[[], None]) -> None:
    """One note after the other; a text is in `saved` once the app has said so, and `enough` is asked. Ends when the
    browser does."""
    with suppress(Error, AssertionError):
        await phone.go_to_visit(1)
        count = 0
        while True:
            text = f"life {number} note {count}"
            count += 1
            await phone.page.get_by_role("link", name="Write a note").click()
            await phone.page.get_by_label("Text").fill(text)
            await phone.page.get_by_role("button", name="Save the note").click()
            await phone.page.locator("#where").wait_for()
            saved.append(text)
            enough()


async def kill_while_saving(
    phone: Walker, profile: Path, number: int, saved: list[str], random: Random
) -> None:
    """After some notes were saved, a random moment later: of the length of what it takes to save one, however fast the
    machine."""
    moments = [monotonic()]
    some, reached = random.randint(1, 4), asyncio.Event()

    def enough() -> None:
        moments.append(monotonic())
        if len(moments) > some:
            reached.set()

    writing = asyncio.create_task(write_notes(phone, number, saved, enough))
    over = asyncio.create_task(reached.wait())
    await asyncio.wait([writing, over], return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    await asyncio.wait(
        [writing], timeout=random.random() * (moments[-1] - moments[-2] if reached.is_set() else 0)
    )
    kill_browser(profile)
    await writing


async def texts_at_office(served: Town) -> Counter[str]:
    async with served.database.begin([served.world.area_id]) as conn:
        found = await reports.list_reports(conn, served.world.area_id, [served.visits[0][0].job_id])
    return Counter(str(report.body["text"]) for report in found if report.kind == "note")


KEPT = """() => new Promise((done, fail) => {
    const asked = indexedDB.open("line3-technician");
    asked.onerror = fail;
    asked.onsuccess = () => {
        const all = asked.result.transaction("events").objectStore("events").getAll();
        all.onsuccess = () => { asked.result.close(); done(all.result.map((one) => JSON.parse(one.text).body.text)); };
    };
})"""


async def test_what_was_shown_as_saved_outlives_the_browser(database: Database, tmp_path: Path) -> None:
    random = Random(SEED)
    print(f"seed {SEED}, {KILLS} kills")
    saved: list[str] = []
    async with town(database, Clock()) as served:
        async with opened(tmp_path, served.url) as phone:
            await phone.sign_in(served.world)
        for number in range(KILLS):
            async with opened(tmp_path, served.url) as phone:
                await phone.open()
                await phone.page.locator(".stop").first.wait_for()
                kept = await phone.page.evaluate(KEPT)
                assert not set(saved) - set(kept), f"kill {number}: shown as saved, and gone"
                if random.random() < 0.5:
                    await phone.page.route("**/v1/mobile/sync", lambda route: route.abort())
                await kill_while_saving(phone, tmp_path, number, saved, random)
        async with opened(tmp_path, served.url) as phone:
            await phone.open()
            await phone.until_sent()
        office = await texts_at_office(served)
    assert len(saved) >= KILLS, "it was killed while it saved"
    assert not set(saved) - set(office), "lost"
    assert [text for text, count in office.items() if count > 1] == [], "doubled"
