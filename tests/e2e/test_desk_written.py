"""Written requests at the desk in a real Chromium: one came without an address, and nobody could say whose it is."""

import os
from uuid import UUID

import pytest
from playwright.async_api import Browser, expect

from db.pool import Database
from db.records import Ticket
from db.states import Channel
from dispatch import writing
from dispatch.actors import worker
from dispatch.flows.tickets import open_ticket
from dispatch.rules.letters import Letter
from dispatch.rules.tickets import TicketIn
from dispatch.rules.written import WrittenIn
from tests.e2e.chromium import shoot
from tests.e2e.operator import Operator, operator
from tests.e2e.walker import faults_of

ALL = [(language, dark) for language in ("en", "ru", "hu") for dark in (False, True)]
LOOKS = ALL if os.environ.get("LINE3_SHOTS") else [("ru", True)]
WRITER = "anna.preobrazhenskaya@example.org"
TROUBLE = "Здравствуйте! Третий день нет интернета, лампочка на коробке красная. Перезагружала, не помогло."
MADE = {"en": "waiting at line 1", "ru": "ждёт на линии 1", "hu": "az 1. vonalon vár"}


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


async def has_come(desk: Operator) -> None:
    await comes(desk, "m1", TROUBLE)
    for key in ("m2", "m3"):
        await comes(
            desk, key, "Я не знаю номер договора, он у мужа. +7 900 111-22-33", answers="<m1@example.org>"
        )
    await comes(desk, "m4", "Лампочки со скидкой!", "Скидки", automatic="bulk")
    await chats(desk)


async def called(desk: Operator, subscriber_id: UUID) -> Ticket:
    """A ticket that somebody opened by phone."""
    made = TicketIn(
        subscriber_id=subscriber_id, description="С утра ничего не работает", symptom="no_internet"
    )
    area_id = desk.world.area_id
    async with desk.database.begin([area_id]) as conn:
        return await open_ticket(
            conn, area_id=area_id, made=made, take=False, actor=worker(area_id), now=desk.clock.now
        )


async def joins(desk: Operator, number: str) -> None:
    """The chat is of the same trouble: it is added to the ticket of the call."""
    page = desk.page
    await page.goto(f"{desk.url}/desk/#/written/asked")
    await page.locator("table tbody a").first.click()
    await page.locator(".assigning input").fill(desk.world.subscribers[3].contract)
    await page.locator(".assigning input").press("Enter")
    await page.locator(".assigning li .button").click()
    await page.locator(".open-already .stack", has_text=number).locator(".button").click()
    await expect(page.locator(".deciding-written a.primary")).to_contain_text(number)
    (note,) = await desk.rows("SELECT facts ->> 'note' AS said FROM contact_entry WHERE kind = 'noted'")
    assert "freezes every evening" in note["said"]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
async def test_a_written_request_without_an_address_is_assigned_answered_and_becomes_a_ticket(
    browser: Browser, database: Database, language: str, dark: bool
) -> None:
    async with operator(browser, database, dark=dark) as desk:
        page, name = desk.page, f"written-{language}-{'dark' if dark else 'light'}"
        await has_come(desk)
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
        make = page.locator(".making > .button")
        await expect(make).to_be_disabled()
        subscriber = desk.world.subscribers[3]
        first = await called(desk, subscriber.subscriber_id)
        await page.locator(".assigning input").fill(subscriber.contract)
        await page.locator(".assigning input").press("Enter")
        await expect(page.locator(".assigning li")).to_have_count(1)
        await shoot(page, f"{name}-opened")
        assert await faults_of(page) == []
        await page.locator(".assigning li .button").click()
        await expect(page.locator(".read")).to_contain_text(subscriber.contract)
        await expect(page.locator(".read .warn")).to_have_count(1)
        # to whom it goes is said: who wrote last need not be who wrote first
        await expect(page.locator(".conversation .field").first).to_contain_text(WRITER)
        await page.locator(".conversation textarea").fill("Вы пишете о Long Street, дом 4?")
        await page.locator(".conversation section").first.locator("button[type=submit]").click()
        await expect(page.locator(".thread li")).to_have_count(7)
        # somebody has called already: it is told before a second ticket is raised, and nobody is presumed to be the holder
        await expect(page.locator(".open-already")).to_contain_text(first.ticket_number)
        await expect(make).to_be_disabled()
        assert await page.locator(".making input:checked").count() == 0
        await page.locator(".making .choice").nth(1).click()
        await page.locator(".deciding-written select").select_option("no_internet")
        await shoot(page, f"{name}-double")
        assert await faults_of(page) == []
        await make.click()
        await expect(page.locator(".told")).to_contain_text(MADE[language])
        await expect(page.locator(".deciding-written a.primary")).to_be_visible()
        await shoot(page, f"{name}-ticket")
        assert await faults_of(page) == []
        (ticket,) = await desk.rows("SELECT * FROM ticket WHERE channel = 'email'")
        said = (ticket["caller_relation"], ticket["caller_phone"], ticket["symptom"])
        assert said == ("family", "+79001112233", "no_internet")
        (answer,) = await desk.rows("SELECT kind, delivered_at FROM outbox WHERE kind = 'written-answer'")
        assert answer["delivered_at"] is None, "it leaves by itself"
        await page.locator(".deciding-written a.primary").click()
        await expect(page.locator(".whose h1")).to_be_visible()
        await joins(desk, first.ticket_number)
        assert desk.heard.complaints == []
