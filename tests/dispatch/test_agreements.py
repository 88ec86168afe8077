"""The words under which a price is agreed to: what the phone is shown, and what becomes of words nobody knows."""

import hashlib
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from db import migrate
from db.ids import new_id
from db.queries import kinds
from db.records import Visit
from db.states import JobState, ReviewReason
from dispatch.rules.agreements import FIRST, agreement_for, first_texts
from tests.builders import PAID_CLOSURE, Phone, Town, quote
from tests.conftest import Server
from tests.db.test_schema import old
from tests.dispatch.said import THERE, out, walk
from tests.worlds import BEFORE, NOW, WORK, small_town

TEXTS = first_texts(small_town.area_id, BEFORE)


@pytest.mark.parametrize(("asked", "spoken"), [("ru", "ru"), ("hu-HU", "hu"), ("en", "en"), ("de", "en")])
def test_the_words_are_in_the_subscribers_language_else_in_english(asked: str, spoken: str) -> None:
    shown = agreement_for(TEXTS, asked, NOW)
    assert shown is not None
    assert (shown.language, shown.text) == (spoken, FIRST[spoken])
    assert shown.text_sha256 == hashlib.sha256(FIRST[spoken].encode()).hexdigest()


def test_the_newest_version_that_is_valid_is_shown() -> None:
    later = NOW + timedelta(days=1)
    newer = [msgspec.structs.replace(text, agreement_version=2, valid_from=later) for text in TEXTS]
    shown = [agreement_for([*TEXTS, *newer], "ru", at) for at in (NOW, later)]
    assert [one and one.version for one in shown] == [1, 2]


async def test_the_phone_is_shown_the_words_where_a_job_may_have_to_be_paid(town: Town) -> None:
    phone, paid, _ = await out(town, "wifi_setup")
    free = await town.job("cable_break")
    await town.out(free)
    pulled = (await phone.send(town.database, [])).pull
    assert pulled is not None
    words = {change.job_id: change.job and change.job.agreement for change in pulled.changes}
    assert words == {paid.job_id: agreement_for(TEXTS, "ru", NOW), free.job_id: None}


def said_under(town: Town, phone: Phone, visit: Visit, words: str) -> list[bytes]:
    """A paid visit whose consent was given under these words."""
    quote_id, consent_id = new_id(), new_id()
    digest = hashlib.sha256(words.encode()).hexdigest()
    return [
        *walk(phone, visit, *THERE, "checklist"),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id, textSha256=digest),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id),
    ]


@pytest.mark.parametrize(("accepted", "charged"), [(True, [("work", WORK)]), (False, [])])
async def test_what_was_agreed_to_under_words_nobody_knows_is_charged_only_if_a_person_accepts_it(
    town: Town, accepted: bool, charged: list[Any]
) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, said_under(town, phone, visit, "Sign here."))
    whole = await town.whole(job)
    assert whole.job.state is JobState.CLOSED
    assert len(whole.consents) == 1
    assert [review.facts["faults"] for review in whole.reviews] == [[{"code": "text-unknown", "detail": ""}]]
    assert await town.net_charges(job) == []
    await town.decide(job, ReviewReason.PRICE_CHANGED, accepted=accepted)
    assert await town.net_charges(job) == charged


async def test_words_of_an_earlier_version_and_another_language_are_known(town: Town) -> None:
    newer = msgspec.structs.replace(TEXTS[0], agreement_version=2, text="Other words.", valid_from=BEFORE)
    await town.do(lambda conn: kinds.insert_agreements(conn, [newer]))
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, said_under(town, phone, visit, FIRST["hu"]))
    assert await town.net_charges(job) == [("work", WORK)]


async def test_a_consent_holds_the_price_lines_and_when_they_were_shown(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, said_under(town, phone, visit, FIRST["ru"]))
    (consent,) = (await town.whole(job)).consents
    (line,) = consent.evidence["lines"]
    assert (line["code"], line["amount_minor"]) == ("wifi", WORK)
    assert consent.evidence["shownAt"] < consent.agreed_at.isoformat()


async def test_a_running_database_gets_the_words_and_asks_for_them_from_then_on(server: Server) -> None:
    name = f"{server.template}_{new_id().hex[-8:]}"
    await server.create(name)
    try:
        conn = await asyncpg.connect(server.owner_url(name))
        await old(conn)
        area_id = new_id()
        await conn.execute(
            "INSERT INTO area (area_id, code, name, time_zone, currency, language) VALUES ($1, 'a', 'A', 'UTC', 'EUR', 'en')",
            area_id,
        )
        await migrate.migrate(server.owner_url(name))
        rows = await conn.fetch("SELECT language, text, valid_from <= now() AS valid FROM agreement_text")
        await conn.close()
    finally:
        await server.drop(name)
    assert {row["language"]: row["text"] for row in rows} == FIRST
    assert all(row["valid"] for row in rows)
