"""Credits to the penny: the worked examples of the schemes, what is never paid twice, clocks that change."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.credit_tables import (
    DE,
    RU,
    TABLES,
    UK,
    Amount,
    CreditTable,
    Daily,
    Rounding,
    Step,
    StopReason,
    StopsDay,
)
from dispatch.rules.credits import (
    Broken,
    Calendar,
    Claim,
    Credit,
    DayLine,
    Line,
    MonthLine,
    RefusalReason,
    Span,
    Stop,
    credit_of,
)

LONDON, BERLIN, MOSCOW = (Calendar(time_zone=f"Europe/{name}") for name in ("London", "Berlin", "Moscow"))
AREAS: Sequence[tuple[CreditTable, Calendar]] = ((UK, LONDON), (DE, BERLIN), (RU, MOSCOW))
APPOINTMENT = UUID(int=1)


def local(calendar: Calendar, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(calendar.time_zone))


def missed(at: datetime, notice: timedelta | None = None) -> Broken:
    return Broken(
        appointment_id=APPOINTMENT, earliest_at=at, cancelled_at=None if notice is None else at - notice
    )


def days(credit: Credit) -> list[tuple[int, int]]:
    """Day of the month and amount."""
    return [(line.on_day.day, line.amount_minor) for line in credit.lines if isinstance(line, DayLine)]


def reasons(credit: Credit) -> list[RefusalReason]:
    return [one.reason for one in credit.refused]


# --- the worked examples: Monday is 9 November 2026 ---------------------------------------------------------


def uk_span() -> Span:
    return Span(begin_at=local(LONDON, 11, 9, 9), end_at=local(LONDON, 11, 15, 17))


def de_span() -> Span:
    return Span(begin_at=local(BERLIN, 11, 9, 9), end_at=local(BERLIN, 11, 15, 17))


def test_uk_two_full_working_days_are_free_then_each_day_and_a_missed_engineer_on_top() -> None:
    claim = Claim(fee_minor=3_000, spans=[uk_span()], appointments=[missed(local(LONDON, 11, 10, 8))])
    credit = credit_of(claim, [UK], LONDON)
    assert days(credit) == [(12, 1_034), (13, 1_034), (14, 1_034), (15, 1_034)]
    assert credit.amount_minor == 4_136 + 3_231


def test_de_from_the_third_day_on_the_higher_of_amount_and_share_of_the_fee() -> None:
    credit = credit_of(Claim(fee_minor=4_000, spans=[de_span()]), [DE], BERLIN)
    assert days(credit) == [(12, 500), (13, 500), (14, 1_000), (15, 1_000)]
    assert credit.amount_minor == 3_000
    dearer = credit_of(Claim(fee_minor=8_005, spans=[de_span()]), [DE], BERLIN)
    assert days(dearer) == [(12, 801), (13, 801), (14, 1_601), (15, 1_601)]


def test_de_missed_appointment_is_ten_euros_or_a_fifth_of_the_fee() -> None:
    for fee, owed in ((4_000, 1_000), (6_000, 1_200)):
        claim = Claim(fee_minor=fee, appointments=[missed(local(BERLIN, 11, 10, 8))])
        assert credit_of(claim, [DE], BERLIN).amount_minor == owed


def test_ru_3000_of_43200_minutes_at_600_rubles_half_up() -> None:
    begin = local(MOSCOW, 11, 3, 10)
    span = Span(begin_at=begin, end_at=begin + timedelta(minutes=3_000), complete=False)
    line = credit_of(Claim(fee_minor=60_000, spans=[span]), [RU], MOSCOW).lines[0]
    assert isinstance(line, MonthLine)
    assert (line.amount_minor, line.seconds // 60, line.of_seconds // 60) == (4_167, 3_000, 43_200)


# --- what the tables say ------------------------------------------------------------------------------------


def test_a_weekend_and_a_holiday_are_no_working_days_but_are_paid_for_later() -> None:
    friday = Span(begin_at=local(LONDON, 11, 13, 9), end_at=local(LONDON, 11, 22, 9))
    assert days(credit_of(Claim(fee_minor=0, spans=[friday]), [UK], LONDON))[0][0] == 18
    holiday = msgspec.structs.replace(LONDON, holidays=frozenset({date(2026, 11, 16)}))
    found = days(credit_of(Claim(fee_minor=0, spans=[friday]), [UK], holiday))
    assert [day for day, _ in found] == [19, 20, 21, 22]


def test_readings_that_are_ours_are_settings_of_the_table() -> None:
    daily = DE.outage
    assert isinstance(daily, Daily)
    claim = Claim(fee_minor=4_000, spans=[de_span()])

    def under(**changes: object) -> int:
        table = msgspec.structs.replace(DE, outage=msgspec.structs.replace(daily, **changes))
        return credit_of(claim, [table], BERLIN).amount_minor

    assert under(restoration_day_counts=False) == 2_000
    assert under(starts_next_day=False) == 4_000
    assert under(free_working_days=2) == 1_000


def test_restored_at_midnight_is_restored_the_day_before() -> None:
    span = Span(begin_at=local(BERLIN, 11, 9, 9), end_at=local(BERLIN, 11, 13))
    assert days(credit_of(Claim(fee_minor=0, spans=[span]), [DE], BERLIN)) == [(12, 500)]


def test_a_cancelled_appointment_counts_only_with_less_notice_than_the_table_asks_for() -> None:
    at = local(LONDON, 11, 10, 8)
    for notice, owed in ((timedelta(hours=23, minutes=59), 3_231), (timedelta(hours=24), 0)):
        claim = Claim(fee_minor=0, appointments=[missed(at, notice)])
        assert credit_of(claim, [UK], LONDON).amount_minor == owed
    late = Claim(fee_minor=0, appointments=[missed(at, timedelta(hours=1))])
    assert reasons(credit_of(late, [DE], BERLIN)) == [RefusalReason.NOT_IN_TABLE]
    assert reasons(credit_of(late, [RU], MOSCOW)) == [RefusalReason.NOT_IN_TABLE]


def test_days_on_which_nobody_let_us_in_neither_count_nor_pass_for_free_ones() -> None:
    stop = Stop(begin_at=local(LONDON, 11, 10), end_at=local(LONDON, 11, 11), reason=StopReason.NO_ACCESS)
    credit = credit_of(Claim(fee_minor=0, spans=[uk_span()], stops=[stop]), [UK], LONDON)
    assert [day for day, _ in days(credit)] == [13, 14, 15]
    storm = msgspec.structs.replace(stop, reason=StopReason.FORCE_MAJEURE)
    unmoved = credit_of(Claim(fee_minor=0, spans=[uk_span()], stops=[storm]), [UK], LONDON)
    assert len(unmoved.lines) == 4


def test_a_day_on_which_the_clock_stood_for_an_hour_counts_as_the_table_says() -> None:
    stop = Stop(
        begin_at=local(BERLIN, 11, 14, 9), end_at=local(BERLIN, 11, 14, 10), reason=StopReason.NO_ACCESS
    )
    claim = Claim(fee_minor=0, spans=[de_span()], stops=[stop])
    assert len(credit_of(claim, [DE], BERLIN).lines) == 4
    assert isinstance(DE.outage, Daily)
    strict = msgspec.structs.replace(DE, outage=msgspec.structs.replace(DE.outage, stops_day=StopsDay.ANY))
    assert days(credit_of(claim, [strict], BERLIN)) == [(12, 500), (13, 500), (15, 1_000)]


def test_where_something_still_worked_only_some_tables_pay() -> None:
    span = msgspec.structs.replace(de_span(), complete=False)
    assert reasons(credit_of(Claim(fee_minor=4_000, spans=[span]), [DE], BERLIN)) == [
        RefusalReason.NOT_COMPLETE
    ]
    assert credit_of(Claim(fee_minor=60_000, spans=[span]), [RU], MOSCOW).amount_minor > 0


def test_the_version_counts_that_was_valid_when_the_trouble_began() -> None:
    assert isinstance(UK.outage, Daily)
    dearer = msgspec.structs.replace(
        UK,
        version=2,
        valid_from=date(2026, 11, 12),
        outage=msgspec.structs.replace(UK.outage, steps=(Step(from_day=1, amount=Amount(minor=2_000)),)),
    )
    first = msgspec.structs.replace(UK, valid_until=date(2026, 11, 11))
    assert credit_of(Claim(fee_minor=0, spans=[uk_span()]), [first, dearer], LONDON).amount_minor == 4_136
    early = Span(begin_at=local(LONDON, 3, 2), end_at=local(LONDON, 3, 20))
    assert reasons(credit_of(Claim(fee_minor=0, spans=[early]), [first, dearer], LONDON)) == [
        RefusalReason.NO_TABLE
    ]


def test_tables_and_lines_go_through_json_unchanged() -> None:
    assert msgspec.json.decode(msgspec.json.encode(TABLES), type=tuple[CreditTable, ...]) == TABLES
    for table, calendar in AREAS:
        claim = Claim(fee_minor=50_000, spans=[uk_span()], appointments=[missed(local(calendar, 11, 10, 8))])
        lines = credit_of(claim, [table], calendar).lines
        assert msgspec.json.decode(msgspec.json.encode(lines), type=list[Line]) == lines


# --- never twice --------------------------------------------------------------------------------------------


def test_a_ticket_within_a_mass_outage_adds_nothing() -> None:
    own = Span(begin_at=local(BERLIN, 11, 10, 9), end_at=local(BERLIN, 11, 16, 9))
    both = credit_of(Claim(fee_minor=4_000, spans=[own, de_span()]), [DE], BERLIN)
    one = Span(begin_at=de_span().begin_at, end_at=own.end_at)
    assert both.lines == credit_of(Claim(fee_minor=4_000, spans=[one]), [DE], BERLIN).lines


def test_what_was_credited_before_is_refused_and_only_what_is_new_is_paid() -> None:
    for table, calendar in AREAS:
        span = Span(begin_at=local(calendar, 11, 2, 9), end_at=local(calendar, 11, 9, 9))
        claim = Claim(fee_minor=45_678, spans=[span], appointments=[missed(local(calendar, 11, 4, 9))])
        first = credit_of(claim, [table], calendar)
        again = credit_of(msgspec.structs.replace(claim, before=first.lines), [table], calendar)
        assert (first.amount_minor > 0, again.amount_minor) == (True, 0)
        assert reasons(again).count(RefusalReason.CREDITED_BEFORE) == len(first.lines)
        longer = Span(begin_at=span.begin_at, end_at=local(calendar, 12, 3, 9))
        whole = msgspec.structs.replace(claim, spans=[longer])
        rest = credit_of(msgspec.structs.replace(whole, before=first.lines), [table], calendar)
        at_once = credit_of(whole, [table], calendar)
        assert first.amount_minor + rest.amount_minor == at_once.amount_minor


def test_days_paid_by_another_scheme_are_not_paid_again_by_the_minute() -> None:
    span = uk_span()
    by_day = credit_of(Claim(fee_minor=60_000, spans=[span]), [UK], LONDON).lines
    free = credit_of(Claim(fee_minor=60_000, spans=[span], before=by_day), [RU], LONDON).lines[0]
    assert isinstance(free, MonthLine)
    assert free.seconds == (15 + 24 + 24) * 3600
    by_minute = credit_of(Claim(fee_minor=60_000, spans=[span]), [RU], LONDON).lines
    refused = credit_of(Claim(fee_minor=60_000, spans=[span], before=by_minute), [UK], LONDON)
    assert (refused.lines, reasons(refused)) == ([], [RefusalReason.CREDITED_BEFORE] * 4)


def test_a_month_in_which_the_terms_changed_between_two_troubles_is_one_sum() -> None:
    """What lies between them was not dark enough to count, so each is credited by the terms of its own beginning."""
    newer = msgspec.structs.replace(RU, version=2, valid_from=date(2026, 11, 8))
    first = Span(begin_at=local(MOSCOW, 11, 3, 9), end_at=local(MOSCOW, 11, 5, 9, 7))
    between = Span(begin_at=first.end_at, end_at=local(MOSCOW, 11, 10, 9, 1), complete=False)
    last = Span(begin_at=between.end_at, end_at=local(MOSCOW, 11, 12, 9))
    terms = [msgspec.structs.replace(one, complete_only=True) for one in (RU, newer)]
    found = credit_of(Claim(fee_minor=60_001, spans=[first, between, last]), terms, MOSCOW)
    shares = [line for line in found.lines if isinstance(line, MonthLine)]
    assert [(line.version, line.before_minor) for line in shares] == [(1, 0), (2, shares[0].amount_minor)]
    together = credit_of(Claim(fee_minor=60_001, spans=[first, last]), terms[:1], MOSCOW)
    assert found.amount_minor == together.amount_minor


def test_a_day_in_which_one_trouble_is_paid_by_the_day_and_the_next_by_the_minute_is_paid_once() -> None:
    by_minute = msgspec.structs.replace(RU, version=2, valid_from=date(2026, 11, 13), complete_only=False)
    by_day = msgspec.structs.replace(UK, complete_only=True)
    first = Span(begin_at=local(LONDON, 11, 2, 9), end_at=local(LONDON, 11, 13, 9))
    last = Span(begin_at=local(LONDON, 11, 13, 15), end_at=local(LONDON, 11, 14, 15))
    found = credit_of(Claim(fee_minor=60_000, spans=[first, last]), [by_day, by_minute], LONDON)
    paid = {line.on_day for line in found.lines if isinstance(line, DayLine)}
    (share,) = [line for line in found.lines if isinstance(line, MonthLine)]
    assert date(2026, 11, 13) in paid
    assert share.seconds == 15 * 3600, "only the day after"


# --- clocks and months --------------------------------------------------------------------------------------


@pytest.mark.parametrize("calendar", [LONDON, BERLIN, MOSCOW], ids=lambda one: one.time_zone)
@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_dark_from_end_to_end_is_its_fee_whatever_its_length(calendar: Calendar, month: int) -> None:
    following = (
        local(calendar, month + 1, 1)
        if month < 12
        else datetime(2027, 1, 1, tzinfo=ZoneInfo(calendar.time_zone))
    )
    span = Span(begin_at=local(calendar, month, 1), end_at=following)
    credit = credit_of(Claim(fee_minor=60_001, spans=[span]), [RU], calendar)
    assert [line.amount_minor for line in credit.lines] == [60_001]


@pytest.mark.parametrize(
    ("calendar", "month", "day", "hours"),
    [(LONDON, 3, 29, 23), (BERLIN, 3, 29, 23), (MOSCOW, 3, 29, 24), (LONDON, 10, 25, 25), (BERLIN, 10, 25, 25)],
)  # fmt: skip
def test_the_day_on_which_clocks_change_has_the_hours_that_pass(
    calendar: Calendar, month: int, day: int, hours: int
) -> None:
    span = Span(begin_at=local(calendar, month, day), end_at=local(calendar, month, day + 1))
    line = credit_of(Claim(fee_minor=60_000, spans=[span]), [RU], calendar).lines[0]
    assert isinstance(line, MonthLine)
    assert line.seconds == hours * 3600


@pytest.mark.parametrize(("month", "monday"), [(3, 23), (10, 19)])
def test_days_over_a_change_of_clocks_are_still_days(month: int, monday: int) -> None:
    for table, calendar in AREAS[:2]:
        valid = msgspec.structs.replace(table, valid_from=date(2026, 1, 1))
        span = Span(
            begin_at=local(calendar, month, monday, 9), end_at=local(calendar, month, monday + 7, 0, 30)
        )
        paid = [day for day, _ in days(credit_of(Claim(fee_minor=0, spans=[span]), [valid], calendar))]
        assert paid == [monday + n for n in (3, 4, 5, 6, 7)]


# --- whatever the history -----------------------------------------------------------------------------------

MINUTES = st.integers(0, 60 * 24 * 60)
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)


def spent(begin: int, length: int) -> Span:
    return Span(begin_at=BEGIN + timedelta(minutes=begin), end_at=BEGIN + timedelta(minutes=begin + length))


def stood(span: Span, reason: StopReason) -> Stop:
    return Stop(begin_at=span.begin_at, end_at=span.end_at, reason=reason)


SPAN = st.builds(spent, MINUTES, st.integers(0, 20 * 24 * 60))
STOPS = st.lists(st.builds(stood, SPAN, st.sampled_from(StopReason)), max_size=3)
LAYING = st.sampled_from([*AREAS, (msgspec.structs.replace(UK, outage=DE.outage), BERLIN)])
CLAIMS = st.builds(Claim, fee_minor=st.integers(0, 200_000), spans=st.lists(SPAN, max_size=4), stops=STOPS)


def paid(claim: Claim, area: tuple[CreditTable, Calendar]) -> int:
    return credit_of(claim, [area[0]], area[1]).amount_minor


@given(CLAIMS, LAYING)
def test_no_line_is_negative_and_no_day_or_month_is_paid_twice(
    claim: Claim, area: tuple[CreditTable, Calendar]
) -> None:
    lines = credit_of(claim, [area[0]], area[1]).lines
    assert all(line.amount_minor > 0 for line in lines)
    assert len({line.on_day for line in lines}) == len(lines)
    if isinstance(area[0].outage, Daily):
        return
    assert all(line.amount_minor <= claim.fee_minor for line in lines)


@given(CLAIMS, LAYING, st.floats(0, 1))
def test_a_span_in_two_pieces_is_the_span(
    claim: Claim, area: tuple[CreditTable, Calendar], where: float
) -> None:
    pieces = list[Span]()
    for span in claim.spans:
        middle = span.begin_at + (span.end_at - span.begin_at) * where
        pieces += [
            Span(begin_at=span.begin_at, end_at=middle),
            Span(begin_at=middle, end_at=span.end_at),
        ]
    split = msgspec.structs.replace(claim, spans=pieces[::-1])
    assert credit_of(split, [area[0]], area[1]).lines == credit_of(claim, [area[0]], area[1]).lines


@given(CLAIMS, LAYING, st.floats(0, 1), st.floats(0, 1))
def test_what_lies_within_a_span_adds_nothing(
    claim: Claim, area: tuple[CreditTable, Calendar], one: float, other: float
) -> None:
    within = [
        Span(
            begin_at=span.begin_at + (span.end_at - span.begin_at) * min(one, other),
            end_at=span.begin_at + (span.end_at - span.begin_at) * max(one, other),
        )
        for span in claim.spans
    ]
    more = msgspec.structs.replace(claim, spans=[*claim.spans, *within])
    assert credit_of(more, [area[0]], area[1]) == credit_of(claim, [area[0]], area[1])


@given(CLAIMS, LAYING, STOPS)
def test_the_longer_the_clock_stands_the_less_is_owed(
    claim: Claim, area: tuple[CreditTable, Calendar], more: list[Stop]
) -> None:
    stopped = msgspec.structs.replace(claim, stops=[*claim.stops, *more])
    assert paid(stopped, area) <= paid(claim, area)


@given(CLAIMS, LAYING)
def test_asking_again_after_it_was_credited_pays_nothing(
    claim: Claim, area: tuple[CreditTable, Calendar]
) -> None:
    before = credit_of(claim, [area[0]], area[1]).lines
    assert paid(msgspec.structs.replace(claim, before=before), area) == 0


def test_rounding_is_what_the_table_says() -> None:
    half = 12_345 / 2
    assert half == 6_172.5
    for rounding, owed in ((Rounding.HALF_UP, 6_173), (Rounding.DOWN, 6_172), (Rounding.UP, 6_173)):
        table = msgspec.structs.replace(RU, rounding=rounding)
        span = Span(begin_at=local(MOSCOW, 11, 1), end_at=local(MOSCOW, 11, 16))
        assert paid(Claim(fee_minor=12_345, spans=[span]), (table, MOSCOW)) == owed
