"""A technician's round on paper: one page, also of a long day, with all that one would look for at a door."""

import re
from datetime import timedelta

import msgspec
import pytest
from playwright.async_api import Browser, expect

from api.app import build
from db.pool import Database
from db.queries import jobs, plans
from db.states import JobState
from tests.builders import published_plan, received, settled_in, visit_of
from tests.e2e.chromium import DESKTOP, serve, shoot
from tests.e2e.walker import faults_of
from tests.worlds import NOW, PASSWORD, TODAY, World
from tests.worlds import build as build_world

LONG = "Приморско-Ахтарская улица, дом 128, корпус 3, подъезд 4, этаж 12"
NOTE = "Домофон не работает, звонить за 15 минут; вход со двора через арку, собака на привязи, щит в подвале слева от двери."
THERE = {
    "name": "Анна Константинопольская",
    "relation": "neighbour",
    "phone": "+74951234567",
    "language": "ru",
}
SEEN: dict[str, object] = {
    "summary": "ONT темнеет с утра, порт 1/1/4 погас, перезагрузка не помогла, у соседей сигнал есть",
    "readings": [],
}


async def with_round(database: Database, visits: int, name: str = "small_town") -> World:
    """The first technician has so many visits today, at long addresses with long notes; all but the first are promised."""
    made = build_world(name, 2, visits).made
    places = [
        msgspec.structs.replace(place, address=f"{LONG}, {number}", access_note=NOTE)
        for number, place in enumerate(made.places)
    ]
    world = await settled_in(database, World(name, msgspec.structs.replace(made, places=places), visits))
    async with database.begin([world.area_id]) as conn:
        await plans.insert_plans(conn, [published_plan(world)])
        for number in range(visits):
            at = NOW + timedelta(hours=1, minutes=35 * number)
            window = {"earliest": at, "latest": at + timedelta(hours=2)} if number else None
            job = await received(
                conn, world, number + 1, promisedWindow=window, contact=THERE, diagnosis=SEEN
            )
            await plans.insert_visits(conn, [visit_of(job, world.technicians[0], at, sequence=number + 1)])
            await jobs.save_jobs(conn, [msgspec.structs.replace(job, state=JobState.PLANNED)])
    return world


@pytest.mark.parametrize("visits", [3, 14])
async def test_a_round_prints_on_one_page(browser: Browser, database: Database, visits: int) -> None:
    world = await with_round(database, visits)
    who = world.technicians[0].technician_id
    app = build(database, lambda: NOW)
    look = await browser.new_context(viewport=DESKTOP, color_scheme="dark", locale="en-GB")
    async with serve(app) as url, look as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        await page.goto(f"{url}/board/#/print/{TODAY}/{who}")
        await page.locator("input[autocomplete=username]").fill(f"{world.name}.dispatcher")
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        stops = page.locator(".paper li")
        await expect(stops).to_have_count(visits)
        await expect(stops.nth(1)).to_contain_text(LONG)
        await expect(stops.nth(1)).to_contain_text(f"Как войти: {NOTE}")
        await expect(stops.nth(1)).to_contain_text(THERE["phone"])
        await expect(stops.nth(1)).to_contain_text("ONT темнеет с утра")
        await expect(stops.nth(1).locator(".when span").first).to_have_text(re.compile(r"09:35.11:35"))
        await expect(page.locator(".paper header")).to_contain_text(f"ont × {visits}")
        await expect(page.locator(".paper footer")).to_contain_text("24 нояб., 08:00")
        await shoot(page, f"board-print-{visits}")
        assert await faults_of(page) == []
        await page.emulate_media(media="print")
        await page.set_viewport_size({"width": 718, "height": 1050})
        await shoot(page, f"board-paper-{visits}")
        printed = await page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1


async def test_where_there_is_no_round_it_says_so(browser: Browser, database: Database) -> None:
    world = await with_round(database, 1)
    other = world.technicians[1].technician_id
    look = await browser.new_context(viewport=DESKTOP, locale="en-GB")
    async with serve(build(database, lambda: NOW)) as url, look as context:
        context.set_default_timeout(10_000)
        page = await context.new_page()
        await page.goto(f"{url}/board/#/print/{TODAY}/{other}")
        await page.locator("input[autocomplete=username]").fill(f"{world.name}.dispatcher")
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator(".empty")).to_be_visible()
        await expect(page.locator(".paper")).to_have_count(0)
