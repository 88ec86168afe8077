"""What was agreed to comes to the contract's phone: once, in its language, and nothing of it when nothing was agreed."""

from datetime import timedelta
from typing import Any

import pytest

from db.pool import Database
from db.queries import messages
from db.states import ReviewReason
from dispatch.delivering import Deliverer
from dispatch.rules.plurals import money
from dispatch.worker import Worker
from tests.builders import LATE, Town, quote, settled_in, terms
from tests.dispatch.said import THERE, Paid, walk
from tests.dispatch.test_visit_codes import Typed, Unreliable, booked, digits, texts, wrong


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database, await settled_in(database))


async def agreed(town: Town, answer: str = "accepted", **changes: Any) -> tuple[str, Paid]:
    """The phone of a contract, and what was said at a visit of it."""
    job, number = await booked(town, **changes)
    phone, visit = await town.phone(), await town.out(job)
    said = Paid(town, phone, visit, answer=answer)
    await phone.send(town.database, said.all)
    await phone.send(town.database, said.all)
    return number, said


async def copies(town: Town, number: str) -> list[str]:
    """What came to this phone beside visit codes."""
    await Worker(town.database, lambda: LATE).deliver()
    kept = await town.do(lambda conn: messages.list_messages(conn, town.world.area_id, number))
    return [message.text for message in kept if "RUB" in message.text]


async def test_a_copy_of_what_was_agreed_to_comes_once(town: Town) -> None:
    number, _ = await agreed(town)
    (text,) = await copies(town, number)
    assert text.startswith("You agreed on Tuesday, 24 November at ")
    assert "Total 1,500.00\u00a0RUB, tax included. Wording of the agreement: version 1." in text
    assert await copies(town, number) == [text]


async def test_it_holds_each_line_in_the_contracts_language_and_nothing_that_anybody_typed(
    town: Town,
) -> None:
    number = "+79161234567"
    job, _ = await booked(
        town, contact={"name": "Holder", "relation": "holder", "language": "ru", "phone": number}
    )
    phone, visit = await town.phone(), await town.out(job)
    said = Paid(town, phone, visit)
    lines = [
        {"code": "wifi", "text": "typed", "quantity": 1, "amountMinor": 150_000, "taxBasisPoints": 2000},
        {"code": "cable", "text": "typed", "quantity": 3, "amountMinor": 5_000, "taxBasisPoints": 2000},
    ]
    shown = phone.say(visit, "quote", **quote(town.world, said.quote_id, lines=lines, amountMinor=165_000))
    consent = phone.say(
        visit, "consent", consentId=said.consent_id, quoteId=said.quote_id, amountMinor=165_000
    )
    await phone.send(town.database, [*walk(phone, visit, *THERE), shown, consent])
    (text,) = await copies(town, number)
    whole = await town.whole(job)
    assert "wifi 1\u00a0500,00\u00a0RUB" in text
    assert "cable 3 × 50,00\u00a0RUB" in text
    assert f"выезд {whole.job.number}" in text
    assert "Итого 1\u00a0650,00\u00a0RUB" in text
    for typed in ("typed", "Holder", whole.place.address):
        assert typed not in text


async def test_nothing_is_copied_of_a_refusal(town: Town) -> None:
    number, _ = await agreed(town, "declined", terms=terms())
    assert await copies(town, number) == []


async def test_a_consent_by_a_wrong_code_is_copied_when_a_person_accepts_it(town: Town) -> None:
    job, number = await booked(town)
    (text,) = await texts(town, number)
    phone, visit = await town.phone(), await town.out(job)
    await phone.send(town.database, Typed(town, phone, visit, wrong(digits(text))).said)
    assert await copies(town, number) == []
    await town.decide(job, ReviewReason.CODE_MISMATCH, accepted=True)
    assert len(await copies(town, number)) == 1


async def test_without_the_contracts_phone_the_journal_says_that_no_copy_went_out(town: Town) -> None:
    neighbour = {"name": "N", "relation": "neighbour", "phone": "+79160000999", "language": "en"}
    job, _ = await booked(town, contact=neighbour, subscriber=2)
    phone, visit = await town.phone(), await town.out(job)
    await phone.send(town.database, Paid(town, phone, visit).all)
    assert await copies(town, neighbour["phone"]) == []
    assert "consent_copy.not_sent" in [entry.action for entry in (await town.whole(job)).journal]


async def test_a_copy_that_did_not_arrive_is_sent_again_under_the_same_key(town: Town) -> None:
    await agreed(town)
    messenger = Unreliable(4)
    deliverer = Deliverer(town.database, messenger)
    for minutes in (0, 1, 3, 9, 27):
        await deliverer.deliver(town.world.area_id, LATE + timedelta(minutes=minutes))
    assert len(messenger.sent) == 2
    assert len({(message.key, message.text) for message in messenger.sent}) == 1


@pytest.mark.parametrize(
    ("minor", "currency", "language", "said"),
    [
        (150_000, "RUB", "en", "1,500.00 RUB"),
        (1_234_567_005, "HUF", "hu", "12 345 670,05 HUF"),
        (700, "JPY", "en", "700 JPY"),
        (1_005, "KWD", "ru-RU", "1,005 KWD"),
        (5, "EUR", "de", "0.05 EUR"),
    ],
)
def test_money_is_said_as_the_reader_writes_it(minor: int, currency: str, language: str, said: str) -> None:
    assert money(minor, currency, language).replace("\u00a0", " ") == said
