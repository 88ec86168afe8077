"""A credit in words: each line says what for, when and how much, in three languages."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from dispatch.rules.credits import AppointmentLine, DayLine, Line, MonthLine, RefusalReason, Refused
from dispatch.rules.plurals import money
from dispatch.rules.told_credits import WORDS, told_of_line, told_of_refusal

BEGIN = datetime.fromisoformat("2026-11-03T07:00:00+00:00")
DAY = DayLine(
    on_day=date(2026, 11, 12),
    number=3,
    amount_minor=801,
    fixed_minor=500,
    percent=10,
    fee_minor=8_005,
    version=1,
)
MONTH = MonthLine(
    on_day=date(2026, 11, 1),
    spans=[(BEGIN, BEGIN + timedelta(minutes=3_000))],
    seconds=180_000,
    of_seconds=2_592_000,
    amount_minor=4_167,
    before_minor=0,
    fee_minor=60_000,
    version=1,
)
VISIT = AppointmentLine(
    appointment_id=UUID(int=1),
    on_day=date(2026, 11, 10),
    notice=None,
    amount_minor=3_231,
    fixed_minor=3_231,
    percent=0,
    fee_minor=3_000,
    version=1,
)
LATE = AppointmentLine(
    appointment_id=UUID(int=1),
    on_day=date(2026, 11, 10),
    notice=timedelta(hours=23),
    amount_minor=3_231,
    fixed_minor=3_231,
    percent=0,
    fee_minor=3_000,
    version=1,
)


@pytest.mark.parametrize(
    ("line", "language", "said"),
    [
        (DAY, "en", "12 November 2026: no service, day 3: 8.01 EUR (10 % of 80.05 EUR a month)."),
        (MONTH, "en", "November 2026: 2 days 2 h of 30 days without service, at 600.00 EUR a month: 41.67 EUR."),
        (VISIT, "en", "10 November 2026: nobody came to the appointment: 32.31 EUR."),
        (LATE, "en", "10 November 2026: the appointment was cancelled 23 h before it: 32.31 EUR."),
        (DAY, "ru", "12 ноября 2026 г.: связи не было, день 3-й: 8,01 EUR (10 % от 80,05 EUR в месяц)."),
        (MONTH, "ru-RU", "ноябрь 2026 г.: без связи 2 дня 2 ч из 30 дней, при плате 600,00 EUR в месяц: 41,67 EUR."),
        (DAY, "hu", "2026. november 12.: nem volt szolgáltatás, 3. nap: 8,01 EUR (a havi 80,05 EUR díj 10 %-a)."),
        (VISIT, "hu", "2026. november 10.: a megbeszélt időpontban senki sem jött: 32,31 EUR."),
    ],
)  # fmt: skip
def test_a_line_is_a_sentence_with_the_facts_of_its_calculation(line: Line, language: str, said: str) -> None:
    assert told_of_line(line, "EUR", language).replace("\u00a0", " ") == said


@pytest.mark.parametrize("language", WORDS)
def test_what_was_credited_before_is_said_where_it_was_taken_off(language: str) -> None:
    line = MonthLine(
        on_day=MONTH.on_day,
        spans=MONTH.spans,
        seconds=1_800,
        of_seconds=2_592_000,
        amount_minor=1_000,
        before_minor=3_167,
        fee_minor=60_000,
        version=1,
    )
    said = told_of_line(line, "RUB", language)
    assert money(3_167, "RUB", language) in said
    assert "{" not in said


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("reason", RefusalReason)
def test_each_refusal_says_its_reason_and_its_day(language: str, reason: RefusalReason) -> None:
    day, visit = (
        told_of_refusal(Refused(reason=reason, on_day=date(2026, 11, 10), appointment_id=own), language)
        for own in (None, UUID(int=1))
    )
    for said in (day, visit):
        assert "10" in said
        assert "{" not in said
        assert said.endswith(".")
