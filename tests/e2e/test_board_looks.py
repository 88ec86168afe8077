"""Each view of the board and each state of its day: clean for axe, nothing wider than the screen, at desktop and tablet width.

With LINE3_SHOTS set, a picture of each in three languages, light and dark, goes to `shots/`, of a day of sixty technicians.
"""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Route, expect

from db.pool import Database
from tests.e2e.looker import Look, Looker, looks
from tests.e2e.mixed_day import mixed_day, to_night
from tests.e2e.storm import dispatcher
from tests.worlds import TODAY

TECHNICIANS, VISITS = (60, 420) if os.environ.get("LINE3_SHOTS") else (5, 32)
LOOKS = looks(("Русский", True))
DAY = "**/v1/board/days/*"
REFUSALS = {403: "/problems/not-allowed", 500: "/problems/unexpected"}


def later(days: int) -> str:
    return f"day/{(TODAY + timedelta(days=days)).isoformat()}"


async def panels(looker: Looker) -> None:
    """What stands beside the timeline, and over it."""
    page = looker.page
    await page.locator(".block.working").first.click()
    await expect(page.locator(".under-map .contact")).to_be_visible()
    await looker.at("chosen")
    await page.keyboard.press("w")
    await expect(page.locator(".panel .contact")).to_be_visible()
    await looker.at("why")
    await looker.small("why")
    await page.keyboard.press("h")
    await expect(page.locator(".story li").first).to_be_visible()
    await looker.at("history")
    await page.keyboard.press("w")
    await page.locator(".row .name").first.click()
    await expect(page.locator(".round li").first).to_be_visible()
    await looker.at("technician")
    await looker.small("technician")
    await page.keyboard.press("m")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await looker.at("keys")
    await page.keyboard.press("Escape")
    await page.locator(".filters summary").click()
    await looker.at("filters")
    await looker.small("filters")
    await page.keyboard.press("Escape")
    await page.locator(".head .button.primary").click()
    await looker.at("plan")
    await page.get_by_role("tab").nth(4).click()
    await expect(page.locator(".versions li").first).to_be_visible()
    await looker.at("versions")
    await page.locator(".drawer .dialog-head button").click()


async def hands(looker: Looker) -> None:
    """A visit under the pointer, carried, held by hand; hours as wide and as narrow as they get."""
    page = looker.page
    block = page.locator(".block[data-movable]").first
    await block.hover()
    await expect(page.locator(".tip")).to_be_visible()
    await looker.at("tip")
    box = await block.bounding_box()
    assert box is not None
    await page.mouse.down()
    await page.mouse.move(box["x"] + 40, box["y"] + 60, steps=4)
    await expect(page.locator(".verdict").first).to_be_visible()
    await expect(page.locator(".ghost span")).not_to_have_text("…")
    await looker.at("carried")
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await block.click()
    await page.keyboard.press("p")
    await expect(page.locator(".told")).to_be_visible()
    await looker.at("told")
    for key in ("+", "-"):
        for _ in range(6):
            await page.keyboard.press(key)
        await looker.at("wide" if key == "+" else "narrow")
    await page.keyboard.press("0")


async def troubles(looker: Looker) -> None:
    """Before a day is there, where it does not come, and where nothing is heard of it any more."""
    page = looker.page
    await page.route(DAY, lambda _: None)
    await page.evaluate("(where) => { location.hash = where }", f"/{later(0)}")
    await expect(page.locator(".skeleton").first).to_be_visible()
    await looker.at("skeleton")
    await page.unroute(DAY)
    await expect(page.locator(".skeleton")).to_have_count(0)
    for days, (status, kind) in enumerate(REFUSALS.items(), start=2):
        await page.route(DAY, answered(status, kind))
        await refused(looker, days, str(status))
    await page.route(DAY, lambda route: route.abort())
    await refused(looker, 5, "gone")
    await page.route("**/v1/board/stream*", lambda route: route.abort())
    await looker.go("day")
    await expect(page.locator(".live.stale")).to_be_visible()
    await looker.at("stale")
    await looker.small("stale")


def answered(status: int, kind: str) -> Callable[[Route], Awaitable[None]]:
    async def answer(route: Route) -> None:
        await route.fulfill(status=status, json={"type": kind, "status": status})

    return answer


async def refused(looker: Looker, days: int, name: str) -> None:
    """A day that does not come; nothing stands in its way afterwards."""
    page = looker.page
    await page.evaluate("(where) => { location.hash = where }", f"/{later(days)}")
    await expect(page.locator(".day-trouble")).to_be_visible()
    await looker.at(f"trouble-{name}")
    await page.unroute(DAY)


@pytest.mark.parametrize("look", LOOKS)
async def test_every_view(browser: Browser, database: Database, look: Look) -> None:
    language, dark = look
    async with (
        mixed_day(database, TECHNICIANS, VISITS) as at,
        dispatcher(browser, at, color_scheme="dark" if dark else "light") as board,
    ):
        looker = Looker(board, look)
        await board.page.goto(f"{at.url}/board/")
        await expect(board.page.locator("input[type=password]")).to_be_visible()
        await looker.at("sign-in")
        await board.sign_in(language=language)
        await expect(board.page.locator(".legend li").first).to_be_visible()
        await looker.at("day")
        await looker.small("day")
        await panels(looker)
        await hands(looker)
        await looker.go(later(40))
        await looker.at("day-empty")
        await looker.go("review")
        await looker.at("review")
        await to_night(at)
        await board.page.reload()
        await looker.go("day")
        await expect(board.page.locator(".call")).to_be_visible()
        await looker.at("night")
        await troubles(looker)
        looker.satisfied()
