"""A storm day on the dispatcher's board, in a real Chromium: planned, published, moved by hand, mended, taken back.

With LINE3_STORM=1 sixty technicians and 400 jobs, else a smaller storm. With LINE3_SHOTS a picture of each view.
"""

import os
import re
from typing import Any

from playwright.async_api import Browser, expect

from db.pool import Database
from db.rows import Conn
from tests.e2e.chromium import shoot
from tests.e2e.storm import Dispatcher, dispatcher, house
from tests.rounds_oracle import broken

TECHNICIANS, JOBS = (60, 400) if os.environ.get("LINE3_STORM") else (8, 40)
PLANNED_MS = 90_000
CHANGED_BY_NOBODY = """
SELECT state, earliest_at, job_id
FROM appointment
WHERE state NOT IN ('confirmed', 'kept') AND NOT EXISTS (
    SELECT FROM journal
    WHERE journal.job_id = appointment.job_id AND actor_kind = 'staff' AND action LIKE 'appointment.%'
)
"""
DONE = {
    "plan.published",
    "plan.undone",
    "visit.pinned",
    "visit.moved",
    "emergency.accepted",
    "technician.absent",
    "review.dismissed",
}
"""What the journal has to say of the dispatcher at the end of the day."""


def visits(day: Any) -> list[dict[str, Any]]:
    return [{**stop, "technician": one} for one in day["technicians"] for stop in one["stops"]]


async def plan_and_publish(board: Dispatcher, seconds: int = 3) -> None:
    """As the dispatcher does it: run, watch, look at the difference, publish."""
    page = board.page
    # not while the house plans anew by itself, as it does when somebody is ill
    await page.locator(".plan-button").get_by_text(re.compile("^Plan($| ·)")).click(timeout=PLANNED_MS)
    drawer = page.get_by_role("complementary", name="Plan")
    await drawer.get_by_label("Seconds to search").fill(str(seconds))
    await drawer.get_by_role("button", name="Plan", exact=True).click()
    await expect(drawer.get_by_role("button", name="Good enough")).to_be_visible()
    await expect(drawer.get_by_role("button", name="Good enough")).to_be_hidden(timeout=PLANNED_MS)
    # what was waited for opens by itself
    await expect(drawer.locator(".change").first).to_be_visible(timeout=PLANNED_MS)
    await shoot(page, "board-difference")
    await drawer.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("Published. The phones have it.")).to_be_visible(timeout=PLANNED_MS)
    await drawer.get_by_role("button", name="Close").click()


async def carry(board: Dispatcher, job_id: str, technician_id: str) -> None:
    """Drag a visit into another row, at the hour it has; where that breaks something, take it upon oneself."""
    page = board.page
    block = await board.block(job_id).bounding_box()
    row = await page.locator(f'.row[data-technician="{technician_id}"]').bounding_box()
    assert block is not None
    assert row is not None
    await page.mouse.move(block["x"] + 5, block["y"] + 10)
    await page.mouse.down()
    await page.mouse.move(block["x"] + 15, row["y"] + 10, steps=4)
    await page.mouse.move(block["x"] + 5, row["y"] + 20, steps=4)
    # the row under the pointer says what it would cost
    await expect(page.locator(".row.target .verdict")).to_be_visible()
    await expect(page.locator(".ghost span")).not_to_have_text("…")
    await shoot(page, "board-carried")
    await page.mouse.up()
    anyway = page.get_by_role("button", name="Move it anyway")
    moved = page.get_by_text("and stays there.")
    await expect(anyway.or_(moved)).to_be_visible()
    if await anyway.is_visible():
        await shoot(page, "board-breaks")
        await anyway.click()
    await expect(moved).to_be_visible()


async def test_a_storm_day(browser: Browser, database: Database, database_url: str) -> None:
    async with house(database, database_url, TECHNICIANS, JOBS) as at, dispatcher(browser, at) as board:
        await at.escalate(range(1, JOBS + 1))
        await board.sign_in()
        # what was promised has a place from the first moment
        await expect(board.page.get_by_text(f"{JOBS - at.promised} without a place")).to_be_visible()
        await plan_and_publish(board)
        await expect(board.page.locator(".block.published").first).to_be_visible()
        await shoot(board.page, "board-day")
        await by_keyboard(board)
        await by_drag(board)
        await an_emergency(board)
        await an_illness(board)
        await another_plan(board)
        await a_review(board)
        async with database.begin([at.world.area_id]) as conn:
            assert await broken(conn, at.clock.now) == []
            assert await promises_changed(conn) == []
            done = await conn.fetch("SELECT DISTINCT action FROM journal WHERE actor_id = $1", at.staff_id)
        assert {row["action"] for row in done} >= DONE
        assert board.heard.complaints == []


async def by_keyboard(board: Dispatcher) -> None:
    """The next visit, why it is there, held by hand."""
    await board.page.keyboard.press("j")
    await board.page.keyboard.press("w")
    await expect(board.page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
    await expect(board.page.locator(".offers li").first).to_be_visible()
    await shoot(board.page, "board-why")
    await board.page.keyboard.press("p")
    await expect(board.page.get_by_text("No plan moves it now.")).to_be_visible()
    assert [stop["pinned"] for stop in visits(await board.day())].count(True) == 1


async def by_drag(board: Dispatcher) -> None:
    """To the next technician's day and, taken back, home again."""
    day = await board.day()
    first, second = day["technicians"][:2]
    stop = next(stop for stop in first["stops"] if not stop["pinned"] and stop["window"] is None)
    await carry(board, stop["jobId"], second["technicianId"])
    held = next(one for one in visits(await board.day()) if one["jobId"] == stop["jobId"])
    assert held["technician"]["technicianId"] == second["technicianId"]
    assert held["pinned"]
    await board.page.keyboard.press("u")
    await expect(board.page.get_by_text("Taken back:")).to_be_visible()
    back = next(one for one in visits(await board.day()) if one["jobId"] == stop["jobId"])
    assert back["technician"]["technicianId"] == first["technicianId"]


async def an_emergency(board: Dispatcher) -> None:
    """A cable breaks: it burns, is given to whoever can now, and what gives way is named before."""
    page = board.page
    await board.house.escalate(range(JOBS + 1, JOBS + 2), promised=0, faultClass="cable_break", affected=300)
    job = page.locator(".waiting").filter(has_text="300").first
    await job.click()
    await page.keyboard.press("w")
    await page.get_by_role("button", name="Serve it now").click()
    await expect(page.locator(".options li").first).to_be_visible()
    await shoot(page, "board-emergency")
    await page.get_by_role("button", name="Do this").first.click()
    await expect(
        page.locator(".told").get_by_text(re.compile("Phones and subscribers are told|To be called by you"))
    ).to_be_visible()


async def an_illness(board: Dispatcher) -> None:
    """The last technician on the screen does not come: the visits go to others, or wait by name."""
    page = board.page
    shown = await page.locator(".row").evaluate_all("rows => rows.map((row) => row.dataset.technician)")
    ill = next(one for one in (await board.day())["technicians"] if one["technicianId"] == shown[-1])
    await page.locator(f'.row[data-technician="{ill["technicianId"]}"] .name').click()
    await page.keyboard.press("w")
    await page.get_by_role("button", name="Does not come").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Why").select_option(label="Training")
    await dialog.get_by_role("button", name="Does not come").click()
    await expect(dialog.get_by_role("status")).to_be_visible()
    await shoot(page, "board-ill")
    await dialog.get_by_role("button", name="Close").click()
    after = next(
        one for one in (await board.day())["technicians"] if one["technicianId"] == ill["technicianId"]
    )
    assert (after["absent"], after["absenceReason"]) == (True, "training")
    await expect(page.locator(f'.row[data-technician="{ill["technicianId"]}"]')).to_contain_text("training")
    assert [stop for stop in after["stops"] if stop["state"] == "published"] == []


async def another_plan(board: Dispatcher) -> None:
    """More work comes: it finds a place, what is held by hand stays where it is, and all of it is taken back."""

    def held(day: Any) -> dict[str, str]:
        return {one["jobId"]: one["technician"]["technicianId"] for one in visits(day) if one["pinned"]}

    def out(day: Any) -> dict[str, str]:
        return {one["jobId"]: one["technician"]["technicianId"] for one in visits(day)}

    await board.house.escalate(range(JOBS + 2, JOBS + 4), promised=0, faultClass="equipment_failure")
    before = await board.day()
    assert held(before)
    await plan_and_publish(board)
    after = await board.day()
    assert held(after) == held(before)
    assert out(after) != out(before)
    await board.page.keyboard.press("u")
    await expect(board.page.get_by_text("Taken back.")).to_be_visible()
    assert out(await board.day()) == out(before)


async def a_review(board: Dispatcher) -> None:
    """A phone closes a visit twice, each time with another name: the dispatcher decides which it was."""
    page = board.page
    await board.house.closed_twice()
    await page.goto(f"{board.house.url}/board/#/review")
    decide = page.locator(".decide")
    row = decide.locator("tr.differs").filter(has_text="Neighbour")
    await expect(row).to_contain_text("Holder")
    await decide.get_by_label("Why you decide so").fill("the holder called")
    await decide.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()


async def promises_changed(conn: Conn) -> list[Any]:
    """Windows that are not as they were promised, and no person's click stands in the journal for that."""
    return await conn.fetch(CHANGED_BY_NOBODY)


async def test_of_two_dispatchers_the_slower_is_told(
    browser: Browser, database: Database, database_url: str
) -> None:
    async with (
        house(database, database_url, 4, 16) as at,
        dispatcher(browser, at) as anna,
        dispatcher(browser, at) as bela,
    ):
        await at.escalate(range(1, 17), promised=0)
        await anna.sign_in()
        await plan_and_publish(anna)
        await bela.sign_in()
        day = await anna.day()
        first, second, third = day["technicians"][:3]
        job_id = first["stops"][-1]["jobId"]
        # Béla's board hears of nothing any more, and Anna moves what he looks at
        await bela.page.route("**/v1/board/stream*", lambda route: route.abort())
        await bela.page.route("**/v1/board/days/*", lambda route: route.abort())
        await anna.page.request.post(
            f"{at.url}/v1/board/moves",
            data={"on": day["on"], "jobId": job_id, "technicianId": second["technicianId"]},
        )
        await expect(
            anna.page.locator(f'.row[data-technician="{second["technicianId"]}"] [data-job="{job_id}"]')
        ).to_be_visible()
        await bela.page.unroute("**/v1/board/days/*")
        answer = await bela.page.request.post(
            f"{at.url}/v1/board/moves",
            data={
                "on": day["on"],
                "jobId": job_id,
                "technicianId": third["technicianId"],
                "expected": {"visitVersion": first["stops"][-1]["version"], "cursor": day["cursor"]},
            },
        )
        assert answer.status == 409
        refused = await answer.json()
        assert refused["type"] == "/problems/changed-since"
        assert refused["changes"][-1]["action"] == "visit.moved"
        async with database.begin([at.world.area_id]) as conn:
            assert await broken(conn, at.clock.now) == []
