"""Visit codes: they reach the contract's phone and nobody else's, and typed under the price they are the answer."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.queries import messages
from db.records import Job, Visit
from db.states import JobState, ReviewReason
from dispatch.delivering import Deliverer
from dispatch.outside.messenger import Messenger, TextMessage
from dispatch.rules.visit_codes import TRIES, Try, VisitCode, verified
from dispatch.worker import Worker
from tests.builders import LATE, PAID_CLOSURE, REFUSED_CLOSURE, Phone, Town, quote, statuses, terms
from tests.dispatch.said import THERE, walk
from tests.worlds import CALL_OUT, NOW, WORK

WINDOW = {"earliest": NOW + timedelta(hours=2), "latest": NOW + timedelta(hours=4)}


def holder(number: int) -> dict[str, Any]:
    """A contact with a phone of its own."""
    return {"name": "Holder", "relation": "holder", "phone": f"+7916{number:07}", "language": "en"}


async def booked(town: Town, kind: str = "wifi_setup", **changes: Any) -> tuple[Job, str]:
    """A job with a promised window, and the phone of its contract."""
    contact = holder(town.tickets)
    job = await town.job(kind, promisedWindow=WINDOW, **{"contact": contact, **changes})
    return job, contact["phone"]


async def texts(town: Town, phone: str) -> list[str]:
    await Worker(town.database, lambda: NOW).deliver()
    kept = await town.do(lambda conn: messages.list_messages(conn, town.world.area_id, phone))
    return [message.text for message in kept]


async def coded(town: Town) -> tuple[Phone, Job, Visit, str]:
    """A visit whose subscriber has a code."""
    job, number = await booked(town)
    (text,) = await texts(town, number)
    return await town.phone(), job, await town.out(job), digits(text)


def digits(text: str) -> str:
    return re.findall(r"\b\d{6}\b", text)[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


class Typed:
    """A paid visit whose consent comes by codes typed one after the other."""

    def __init__(self, town: Town, phone: Phone, visit: Visit, *codes: str, answer: str = "accepted") -> None:
        quote_id, consent_ids = new_id(), [new_id() for _ in codes]
        closure = PAID_CLOSURE if answer == "accepted" else REFUSED_CLOSURE
        self.said = [
            *walk(phone, visit, *THERE, "checklist"),
            phone.say(visit, "quote", **quote(town.world, quote_id)),
            *(
                phone.say(
                    visit,
                    "consent",
                    consentId=consent_id,
                    quoteId=quote_id,
                    method="visit_code",
                    code=code,
                    answer=answer,
                    signature="",
                )
                for consent_id, code in zip(consent_ids, codes, strict=True)
            ),
            phone.say(visit, "closure", **closure),
        ]


async def test_the_code_comes_to_the_contracts_phone_with_the_window_and_in_its_language(town: Town) -> None:
    _, number = await booked(town)
    (text,) = await texts(town, number)
    assert text.startswith(
        "Your technician comes on Tuesday, 24 November between 10:00 and 12:00. Visit code: "
    )
    assert await texts(town, number) == [text]


async def test_a_right_code_is_the_subscribers_answer(town: Town) -> None:
    phone, job, visit, code = await coded(town)
    answer = await phone.send(town.database, Typed(town, phone, visit, code).said)
    assert statuses(answer) == ["applied"] * 7
    assert await town.net_charges(job) == [("work", WORK)]
    (consent,) = (await town.whole(job)).consents
    assert consent.evidence["code"]["proof"]
    assert code not in msgspec.json.encode(consent.evidence).decode()


async def test_a_refusal_by_code_costs_the_call_out(town: Town) -> None:
    job, number = await booked(town, terms=terms())
    (text,) = await texts(town, number)
    phone, visit = await town.phone(), await town.out(job)
    await phone.send(town.database, Typed(town, phone, visit, digits(text), answer="declined").said)
    assert await town.net_charges(job) == [("call_out", CALL_OUT)]


async def test_a_wrong_code_closes_the_job_unbilled_until_a_person_accepts_it(town: Town) -> None:
    phone, job, visit, code = await coded(town)
    answer = await phone.send(town.database, Typed(town, phone, visit, wrong(code)).said)
    assert statuses(answer)[-2:] == ["code-mismatch", "consent-missing"]
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert await town.net_charges(job) == []
    await town.decide(job, ReviewReason.CODE_MISMATCH, accepted=True)
    assert await town.net_charges(job) == [("work", WORK)]
    assert await town.open_reasons(job) == []


@pytest.mark.parametrize(("wrongs", "charged"), [(TRIES - 1, [("work", WORK)]), (TRIES, [])])
async def test_after_five_wrong_codes_a_right_one_is_not_believed(
    town: Town, wrongs: int, charged: list[Any]
) -> None:
    phone, job, visit, code = await coded(town)
    typed = [f"{(int(code) + more) % 10**6:06}" for more in range(1, wrongs + 1)]
    await phone.send(town.database, Typed(town, phone, visit, *typed, code).said)
    assert await town.net_charges(job) == charged


async def test_what_is_sent_twice_is_one_try(town: Town) -> None:
    phone, job, visit, code = await coded(town)
    said = Typed(town, phone, visit, *[wrong(code)] * (TRIES - 1), code).said
    for _ in range(3):
        await phone.send(town.database, said)
    assert await town.net_charges(job) == [("work", WORK)]


@pytest.mark.parametrize("method", ["sms_code", "account"])
async def test_a_proof_that_nobody_issued_is_not_believed(town: Town, method: str) -> None:
    phone, _, visit, code = await coded(town)
    said = Typed(town, phone, visit, code).said
    said[-2] = said[-2].replace(b'"visit_code"', f'"{method}"'.encode())
    answer = await phone.send(town.database, said)
    assert statuses(answer)[-2:] == ["code-mismatch", "consent-missing"]


async def test_a_code_heard_at_one_visit_does_not_serve_the_next(town: Town) -> None:
    phone, job, first, code = await coded(town)
    await phone.send(town.database, Typed(town, phone, first, code).said)
    again = await town.job("wifi_setup", ticketNumber=f"N-{town.tickets}", sequence=2)
    assert again.job_id == job.job_id
    second = await town.out(again, assigned_at=LATE)
    await phone.send(town.database, Typed(town, phone, second, code).said, now=LATE + timedelta(hours=1))
    assert await town.net_charges(job) == [("work", WORK)]
    assert ReviewReason.CODE_MISMATCH in await town.open_reasons(job)


def test_of_two_appointments_either_code_is_right_and_each_serves_one_visit() -> None:
    codes = [VisitCode(UUID(int=number), f"{number:06}", "") for number in (1, 2)]
    here, there = UUID(int=7), UUID(int=8)
    tries = [Try(UUID(int=10 + at), where, code) for at, (where, code) in enumerate([
        (here, "000002"), (there, "000002"), (there, "000001"), (here, "000002")
    ])]  # fmt: skip
    assert sorted(verified(tries, codes)) == [UUID(int=10), UUID(int=12), UUID(int=13)]


async def test_no_code_goes_out_for_what_is_never_charged_nor_without_the_contracts_phone(town: Town) -> None:
    never, number = await booked(town, "cable_break", subscriber=3)
    neighbour = {**holder(town.tickets), "relation": "neighbour"}
    nobody, _ = await booked(town, contact=neighbour, subscriber=2)
    assert await texts(town, number) == []
    assert await texts(town, neighbour["phone"]) == []
    for job in (never, nobody):
        assert "visit_code.not_sent" in [entry.action for entry in (await town.whole(job)).journal]


async def test_a_window_that_was_moved_before_its_text_left_is_not_announced(town: Town) -> None:
    job, number = await booked(town)
    later = {"earliest": NOW + timedelta(hours=5), "latest": NOW + timedelta(hours=7)}
    ticket = {"ticketNumber": f"N-{town.tickets}", "sequence": 2, "promisedWindow": later}
    assert (await town.job("wifi_setup", **ticket)).job_id == job.job_id
    (text,) = await texts(town, number)
    assert "between 13:00 and 15:00" in text


class Unreliable(Messenger):
    """Fails so many times; takes the text at the last of them, too, and does not say so."""

    def __init__(self, failures: int) -> None:
        self.sent: list[TextMessage] = []
        self.failures = failures

    async def send(self, message: TextMessage) -> bool:
        self.failures -= 1
        if self.failures <= 0:
            self.sent.append(message)
        if self.failures >= 0:
            raise ConnectionError
        return True


async def test_what_did_not_arrive_is_sent_again_later_under_the_same_key(town: Town) -> None:
    await booked(town)
    messenger = Unreliable(2)
    deliverer = Deliverer(town.database, messenger)
    minutes = [0, 0, 1, 1, 3, 3, 9]
    for minute in minutes:
        await deliverer.deliver(town.world.area_id, NOW + timedelta(minutes=minute))
    assert len(messenger.sent) == 2
    assert len({(message.key, message.text) for message in messenger.sent}) == 1
