"""A subscriber's link: what it is made of, how far a visit is for its subscriber, when an hour is worth saying, what is to be kept."""

import string
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from db.ids import new_id
from db.records import Consent, Quote, QuoteLine
from db.states import (
    AppointmentState,
    ConsentAnswer,
    ConsentMethod,
    ConsentSubject,
    HoldReason,
    JobState,
    VisitState,
)
from dispatch import phone_keys
from dispatch.rules import told_link
from dispatch.rules.consents import text_hash
from dispatch.rules.expected import ExpectedVisit, promise_of
from dispatch.rules.links import (
    Span,
    Stage,
    address_of,
    ends_with,
    first_name,
    is_told,
    key_from,
    may_cancel,
    may_move,
    span_of,
    stage_of,
    token_for,
)
from dispatch.settings import public_address
from tests.builders import visit_of
from tests.dispatch.test_told import job, promise
from tests.worlds import CALL_OUT, NOW, WORK, small_town

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
AREA = small_town.area_id
ADA = small_town.technicians[0]


def test_a_token_is_the_same_for_its_link_alone_and_leads_to_its_area() -> None:
    key, link = key_from(b"secret"), new_id()
    token = token_for(key, AREA, link)
    assert token == token_for(key, AREA, link)
    others = {token_for(key, AREA, new_id()), token_for(key_from(b"other"), AREA, link), token}
    assert len(others) == 3
    assert phone_keys.area_of(token) == AREA
    # 128 bits behind the area's 128
    assert len(token) == 43


def test_the_token_stands_where_no_browser_sends_it() -> None:
    assert address_of("https://visits.example/", "abc") == "https://visits.example/visit/#abc"


@pytest.mark.parametrize("said", ["visits.example", "ftp://a", "https://a/?b=c", "https://a/#b", "https://"])
def test_what_is_no_address_is_refused_at_the_start(said: str) -> None:
    with pytest.raises(ValueError, match="LINE3_PUBLIC_URL"):
        public_address(said)
    assert public_address("https://visits.example/line3/") == "https://visits.example/line3"


def test_the_last_four_digits_are_those_of_a_number_there_is() -> None:
    assert ends_with("+79161234567", "4567")
    assert not ends_with("+79161234567", "1234")
    assert not ends_with("", "")
    assert not ends_with("4567", "4567")


HELD = {"state": JobState.ON_HOLD}
STAGES: list[tuple[dict[str, Any], VisitState | None, bool, Stage]] = [
    ({"state": JobState.RECEIVED}, None, False, Stage.WAITING),
    ({"state": JobState.PLANNED}, VisitState.PUBLISHED, False, Stage.WAITING),
    ({"state": JobState.PLANNED}, VisitState.DRAFT, True, Stage.AGREED),
    ({"state": JobState.RESTORED}, VisitState.PUBLISHED, True, Stage.AGREED),
    ({"state": JobState.PLANNED}, VisitState.ON_MY_WAY, True, Stage.ON_THE_WAY),
    ({"state": JobState.IN_PROGRESS}, VisitState.ON_MY_WAY, True, Stage.ON_THE_WAY),
    ({"state": JobState.IN_PROGRESS}, VisitState.WORKING, False, Stage.AT_WORK),
    ({"state": JobState.PLANNED}, VisitState.ARRIVED, True, Stage.AT_WORK),
    ({**HELD, "hold_reason": HoldReason.NO_ACCESS}, None, False, Stage.HELD),
    ({**HELD, "hold_reason": HoldReason.OUTAGE}, None, False, Stage.OUTAGE),
    ({"state": JobState.RESTORED}, None, False, Stage.DONE),
    ({"state": JobState.CLOSED}, None, False, Stage.DONE),
    ({"state": JobState.CANCELLED}, None, True, Stage.CALLED_OFF),
]


@pytest.mark.parametrize(("changes", "state", "promised", "stage"), STAGES)
def test_how_far_a_visit_is_for_its_subscriber(
    changes: dict[str, Any], state: VisitState | None, promised: bool, stage: Stage
) -> None:
    of = job(**changes)
    visit = None if state is None else visit_of(of, ADA, NOW + HOUR, state=state)
    assert stage_of(of, visit, [promise(of, NOW + HOUR)] if promised else [], NOW) is stage


WISH = {**HELD, "hold_reason": HoldReason.SUBSCRIBER_WISH}
PAST: list[tuple[dict[str, Any], AppointmentState, str, timedelta, Stage]] = [
    (WISH, AppointmentState.CANCELLED, "works_again", HOUR, Stage.WORKS_AGAIN),
    (WISH, AppointmentState.CANCELLED, "not_at_home", HOUR, Stage.CANCELLED),
    (WISH, AppointmentState.CANCELLED, "", HOUR, Stage.CANCELLED),
    (
        {**HELD, "hold_reason": HoldReason.PART_MISSING},
        AppointmentState.KEPT,
        "works_again",
        HOUR,
        Stage.HELD,
    ),
    ({"state": JobState.PLANNED}, AppointmentState.CONFIRMED, "works_again", HOUR, Stage.AGREED),
    ({"state": JobState.PLANNED}, AppointmentState.CONFIRMED, "", -3 * HOUR, Stage.MISSED),
    ({"state": JobState.RECEIVED}, AppointmentState.MISSED, "", -3 * HOUR, Stage.MISSED),
    ({"state": JobState.RECEIVED}, AppointmentState.CANCELLED, "", -3 * HOUR, Stage.WAITING),
]


@pytest.mark.parametrize(("changes", "state", "chosen", "begins", "stage"), PAST)
def test_what_became_of_the_last_window_is_shown(
    changes: dict[str, Any], state: AppointmentState, chosen: str, begins: timedelta, stage: Stage
) -> None:
    of = job(**changes)
    last = msgspec.structs.replace(promise(of, NOW + begins), state=state)
    assert stage_of(of, None, [last], NOW, chosen) is stage
    assert may_cancel(stage, promise_of([last])) == (
        stage in (Stage.AGREED, Stage.MISSED) and state == "confirmed"
    )


@pytest.mark.parametrize("language", ["en", "ru", "hu"])
def test_each_stage_says_what_is_true(language: str) -> None:
    said = {stage: told_link.stands(stage, None, language) for stage in Stage}
    assert (
        len({said[one] for one in (Stage.CALLED_OFF, Stage.CANCELLED, Stage.WORKS_AGAIN, Stage.MISSED)}) == 4
    )
    assert told_link.stands(Stage.MISSED, "Later.", language).endswith(" Later.")
    assert told_link.stands(Stage.AGREED, "Later.", language) == "Later."


def test_nothing_is_moved_once_somebody_is_on_the_way_and_a_name_is_said_only_then() -> None:
    fixed = {Stage.ON_THE_WAY, Stage.AT_WORK, Stage.OUTAGE, Stage.DONE, Stage.CALLED_OFF}
    assert {stage for stage in Stage if not may_move(stage)} == fixed
    assert {stage for stage in Stage if is_told(stage)} == {Stage.ON_THE_WAY, Stage.AT_WORK}


def expected(
    arrival: datetime, state: VisitState = VisitState.PUBLISHED, *, promised: datetime | None = NOW
) -> ExpectedVisit:
    """Of a visit with a window of two hours from `promised`."""
    of = job()
    return ExpectedVisit(
        visit=visit_of(of, ADA, arrival, state=state),
        arrival_at=arrival,
        start_at=arrival,
        end_at=arrival + HOUR,
        promise=None if promised is None else promise(of, promised),
        risk=None,
    )


def span(earliest: datetime, latest: datetime, *, late: bool = False) -> Span:
    return Span(earliest=earliest, latest=latest, late=late)


def test_an_hour_is_said_on_the_day_in_steps_of_five_minutes_and_within_the_promise() -> None:
    window = NOW + HOUR
    sure = span_of(expected(window + 62 * MINUTE, promised=window), NOW)
    assert sure == span(window + 30 * MINUTE, window + 95 * MINUTE)
    # nobody comes before the time that was promised, and its end is not put in doubt
    assert span_of(expected(window, promised=window), NOW) == span(window, window + 30 * MINUTE)
    late_in_it = span_of(expected(window + 110 * MINUTE, promised=window), NOW)
    assert late_in_it == span(window + 80 * MINUTE, window + 120 * MINUTE)
    near = span_of(expected(window + 40 * MINUTE, VisitState.ON_MY_WAY, promised=window), window)
    assert near == span(window + 30 * MINUTE, window + 50 * MINUTE)


def test_later_than_promised_is_said_as_such() -> None:
    now = NOW + 100 * MINUTE
    assert span_of(expected(NOW + 150 * MINUTE), now) == span(
        NOW + 120 * MINUTE, NOW + 180 * MINUTE, late=True
    )
    # also where the technician should have been there long ago
    overdue = span_of(expected(NOW + 121 * MINUTE, VisitState.ON_MY_WAY), NOW + 150 * MINUTE)
    assert overdue is not None
    assert NOW + 150 * MINUTE <= overdue.earliest < overdue.latest


@pytest.mark.parametrize(
    ("item", "now"),
    [
        (None, NOW),
        (expected(NOW + 4 * HOUR, promised=NOW + 3 * HOUR), NOW),
        (expected(NOW + HOUR, promised=None), NOW),
        (expected(NOW + HOUR, VisitState.WORKING), NOW),
        (expected(NOW + HOUR, VisitState.DRAFT), NOW),
    ],
    ids=["unknown", "hours away", "nothing promised", "there", "a draft"],
)
def test_no_hour_is_said_that_would_be_worth_nothing(item: ExpectedVisit | None, now: datetime) -> None:
    assert span_of(item, now) is None


@pytest.mark.parametrize(
    ("name", "language", "first"),
    [
        ("Jane Doe", "en", "Jane"),
        ("Kovács Anna", "hu", "Anna"),
        ("Иванова Мария", "ru", "Мария"),
        ("Преображенская Александра Константиновна", "ru", "Александра"),
        ("Nagy Péter", "hu-HU", "Péter"),
        ("Madonna", "en", "Madonna"),
        ("", "en", ""),
    ],
)
def test_a_first_name_is_where_the_language_has_it(name: str, language: str, first: str) -> None:
    assert first_name(name, language) == first


def consent(subject: ConsentSubject, words: str, **changes: Any) -> Consent:
    made = Consent(
        area_id=AREA,
        consent_id=new_id(),
        job_id=new_id(),
        subject=subject,
        quote_id=None,
        terms_version=1,
        answer=ConsentAnswer.ACCEPTED,
        amount_minor=CALL_OUT,
        currency="RUB",
        language="ru",
        text_hash=text_hash(words),
        method=ConsentMethod.SPOKEN,
        person="Holder 1",
        capacity="holder",
        asked_by=new_id(),
        device_id=None,
        agreed_at=NOW,
        recorded_at=NOW,
        evidence={"signature": "strokes"},
        content_hash=bytes(32),
    )
    return msgspec.structs.replace(made, **changes)


TEXTS = told_link.Texts(
    terms=small_town.made.terms, agreements=small_town.made.agreements, tariff=small_town.made.tariff_lines
)
SHOWN = Quote(
    area_id=AREA,
    quote_id=new_id(),
    job_id=new_id(),
    visit_id=new_id(),
    report_id=new_id(),
    tariff_id=small_town.tariff.tariff_id,
    lines=[QuoteLine(code="wifi", text="typed", quantity=1, amount_minor=WORK, tax_basis_points=2000)],
    amount_minor=WORK,
    currency="RUB",
    shown_at=NOW,
)


def test_terms_are_kept_in_the_words_that_were_read_out_with_what_was_answered() -> None:
    given = consent(ConsentSubject.TERMS, "Выезд может быть платным.", answer=ConsentAnswer.DECLINED)
    kept = told_link.kept(given, None, TEXTS, job(), small_town.area, "en")
    assert kept.copy.splitlines() == [
        "Terms of the visit 7G4M0KT",
        "",
        "Выезд может быть платным.",
        "",
        "Call-out fee: 500.00\u00a0RUB, tax included.",
        "You did not agree, on 2026-11-24 at 08:00.",
    ]


def test_prices_are_kept_line_by_line_under_the_words_they_were_shown_with() -> None:
    words = next(text.text for text in small_town.made.agreements if text.language == "ru")
    given = consent(ConsentSubject.QUOTE, words, amount_minor=WORK, quote_id=SHOWN.quote_id)
    kept = told_link.kept(given, SHOWN, TEXTS, job(), small_town.area, "ru")
    assert (kept.text, [line.text for line in kept.lines]) == (words, ["Работа: wifi"])
    assert "Итого 1\u00a0500,00\u00a0RUB" in kept.copy
    refused = msgspec.structs.replace(given, answer=ConsentAnswer.DECLINED)
    copy = told_link.kept(refused, SHOWN, TEXTS, job(), small_town.area, "ru").copy
    assert "1 × Работа: wifi: 1\u00a0500,00\u00a0RUB" in copy
    assert "Вы не согласились" in copy


def test_a_copy_says_no_name_no_stroke_and_no_words_that_nobody_has() -> None:
    for given in (consent(ConsentSubject.TERMS, "forged"), consent(ConsentSubject.QUOTE, "forged")):
        kept = told_link.kept(given, SHOWN, TEXTS, job(), small_town.area, "en")
        assert kept.text == told_link.WORDS["en"].unknown
        for hidden in ("forged", "strokes", "Holder", "typed"):
            assert hidden not in kept.copy


def test_every_language_says_the_same_with_the_same_facts() -> None:
    def facts(said: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(said) if name}

    english = msgspec.structs.asdict(told_link.WORDS["en"])
    for words in told_link.WORDS.values():
        for name, said in msgspec.structs.asdict(words).items():
            assert facts(said) == facts(english[name]), name
            assert said.strip()
