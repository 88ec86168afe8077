"""Written requests at the desk in a real Chromium: one came without an address, and nobody could say whose it is."""

import os

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from db.states import Channel
from dispatch import writing
from dispatch.actors import worker
from dispatch.rules.letters import Letter
from dispatch.rules.written import WrittenIn
from tests.e2e.chromium import shoot
from tests.e2e.operator import Operator, operator
from tests.e2e.walker import faults_of

ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("ru", True)]
WRITER = "anna.preobrazhenskaya@example.org"
TROUBLE = "Здравствуйте! Третий день нет интернета, лампочка на коробке красная. Перезагружала, не помогло."
MADE = {"en": "It waits at line 1", "ru": "ждёт на линии 1", "hu": "Az 1. vonalon vár"}


async def comes(
    desk: Operator,
    key: str,
    text: str,
    subject: str = "Нет интернета",
    *,
    answers: str = "",
    automatic: str = "",
) -> None:
    letter = Letter(
        key=key,
        message_id=f"<{key}@example.org>",
        references=[answers] if answers else [],
        sender=WRITER,
        subject=subject,
        text=text,
        attachments=["лампочка.jpg"] if not answers else [],
        automatic=automatic,
        cut=False,
    )
    area_id = desk.world.area_id
    async with desk.database.begin([area_id]) as conn:
        await writing.receive_letter(
            conn, area_id=area_id, letter=letter, actor=worker(area_id), now=desk.clock.now
        )


async def chats(desk: Operator) -> None:
    message = WrittenIn(
        channel=Channel.CHAT,
        conversation="chat-7",
        message_key="c1",
        sender="Boris",
        text="The television freezes every evening",
    )
    area_id = desk.world.area_id
    async with desk.database.begin([area_id]) as conn:
        await writing.receive(
            conn, area_id=area_id, message=message, actor=worker(area_id), now=desk.clock.now
        )


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_written_request_without_an_address_is_assigned_answered_and_becomes_a_ticket(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with operator(browser, database, dark=dark) as desk:
        page, name = desk.page, f"written-{language}-{'dark' if dark else 'light'}"
        await comes(desk, "m1", TROUBLE)
        for key in ("m2", "m3"):
            await comes(
                desk, key, "Я не знаю номер договора, он у мужа. +7 900 111-22-33", answers="<m1@example.org>"
            )
        await comes(desk, "m4", "Лампочки со скидкой!", "Скидки", automatic="bulk")
        await chats(desk)
        await desk.sign_in(language)
        await page.goto(f"{desk.url}/desk/#/written")
        await expect(page.locator("table tbody tr")).to_have_count(1)
        await shoot(page, f"{name}-list")
        assert await faults_of(page) == []
        await page.locator("[role=tab]").nth(3).click()
        await expect(page.locator("table tbody")).to_contain_text("Скидки")
        await shoot(page, f"{name}-aside")
        await page.locator("[role=tab]").nth(1).click()
        await expect(page.locator("table tbody")).to_contain_text("freezes every evening")
        await page.locator("[role=tab]").nth(0).click()
        await page.locator("table tbody a").first.click()
        await expect(page.locator(".thread li")).to_have_count(6)
        await expect(page.locator(".read .warn")).to_have_count(2)
        make = page.locator(".deciding-written > .button.primary")
        await expect(make).to_be_disabled()
        subscriber = desk.world.subscribers[3]
        await page.locator(".assigning input").fill(subscriber.contract)
        await page.locator(".assigning input").press("Enter")
        await expect(page.locator(".assigning li")).to_have_count(1)
        await shoot(page, f"{name}-opened")
        assert await faults_of(page) == []
        await page.locator(".assigning li .button").click()
        await expect(page.locator(".read")).to_contain_text(subscriber.contract)
        await expect(page.locator(".read .warn")).to_have_count(1)
        await page.locator(".conversation textarea").fill("Вы пишете о Long Street, дом 4?")
        await page.locator(".conversation section").first.locator("button[type=submit]").click()
        await expect(page.locator(".thread li")).to_have_count(7)
        await page.locator(".deciding-written select").select_option("no_internet")
        await make.click()
        await expect(page.locator(".told")).to_contain_text(MADE[language])
        await expect(page.locator(".deciding-written a.primary")).to_be_visible()
        await shoot(page, f"{name}-ticket")
        assert await faults_of(page) == []
        (ticket,) = await desk.rows("SELECT symptom, channel, caller_phone FROM ticket")
        said = (ticket["channel"], ticket["caller_phone"], ticket["symptom"])
        assert said == ("email", "+79001112233", "no_internet")
        (answer,) = await desk.rows("SELECT kind, delivered_at FROM outbox WHERE kind = 'written-answer'")
        assert answer["delivered_at"] is None, "it leaves by itself"
        await page.locator(".deciding-written a.primary").click()
        await expect(page.locator(".whose h1")).to_be_visible()
        assert desk.heard.complaints == []
