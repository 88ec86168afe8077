"""What a supervisor says of the terms of credit, bounded; and the terms as they are shown and offered to begin with."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Meta

from db.records.base import Record
from dispatch.bounded import Code, Money, StrictWire
from dispatch.errors import OutOfRange, ValidityImpossible
from dispatch.rules.credit_tables import (
    Amount,
    CreditTable,
    Daily,
    ProRata,
    Rounding,
    Step,
    StopReason,
    StopsDay,
    Unkept,
)
from dispatch.rules.credits import Broken, Calendar, Claim, Credit, Span, credit_of
from dispatch.rules.setting_up import Version

Percent = Annotated[int, Meta(ge=0, le=100)]
Days = Annotated[int, Meta(ge=0, le=365)]


class AmountIn(StrictWire):
    """The higher of the two: an amount, or a percentage of the monthly fee."""

    minor: Money = 0
    percent: Percent = 0


class StepIn(StrictWire):
    """From this day of the period on, which begins with 1."""

    from_day: Annotated[int, Meta(ge=1, le=365)]
    amount: AmountIn


class DailyIn(StrictWire):
    """So much for each calendar day; `steps` by rising `fromDay`, before the first of which nothing is owed."""

    steps: Annotated[list[StepIn], Meta(max_length=50)]
    starts_next_day: bool = True
    free_working_days: Days = 0
    restoration_day_counts: bool = True
    stops_day: StopsDay = StopsDay.WHOLE


class UnkeptIn(StrictWire):
    """An appointment that was missed; `noticeHours`: cancelled with less than this is missed as well, null: cancelling costs
    nothing."""

    amount: AmountIn
    notice_hours: Annotated[int, Meta(ge=0, le=720)] | None = None


class CreditTableIn(StrictWire):
    """A new version, made from version `after`, for whatever begins on `validFrom` or later; null: from today on. `daily` null: by the
    share of the month without service. `appointment` null: appointments are not credited. `stops`: what stops the clock."""

    after: Version
    scheme: Code
    stops: Annotated[list[StopReason], Meta(max_length=10)]
    complete_only: bool
    valid_from: date | None = None
    daily: DailyIn | None = None
    appointment: UnkeptIn | None = None
    rounding: Rounding = Rounding.HALF_UP


def table_made(made: CreditTableIn, version: int, currency: str, today: date) -> CreditTable:
    """Raises `OutOfRange` (steps that do not rise), `ValidityImpossible`: what holds already cannot have held before."""
    valid_from = made.valid_from or today
    if valid_from < today:
        raise ValidityImpossible(pointer="/validFrom")
    if made.daily is not None:
        days = [step.from_day for step in made.daily.steps]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise OutOfRange(pointer="/daily/steps")
    return CreditTable(
        scheme=made.scheme,
        version=version,
        currency=currency,
        valid_from=valid_from,
        valid_until=None,
        outage=ProRata() if made.daily is None else _daily(made.daily),
        appointment=None if made.appointment is None else _unkept(made.appointment),
        stops=tuple(reason for reason in StopReason if reason in made.stops),
        complete_only=made.complete_only,
        rounding=made.rounding,
    )


def _daily(made: DailyIn) -> Daily:
    return Daily(
        steps=tuple(Step(from_day=step.from_day, amount=_amount(step.amount)) for step in made.steps),
        starts_next_day=made.starts_next_day,
        free_working_days=made.free_working_days,
        restoration_day_counts=made.restoration_day_counts,
        stops_day=made.stops_day,
    )


def _amount(made: AmountIn) -> Amount:
    return Amount(minor=made.minor, percent=made.percent)


def _unkept(made: UnkeptIn) -> Unkept:
    notice = None if made.notice_hours is None else timedelta(hours=made.notice_hours)
    return Unkept(amount=_amount(made.amount), notice=notice)


class Example(Record):
    """What terms give for one case."""

    reported_at: datetime
    restored_at: datetime
    credit: Credit


EXAMPLE_APPOINTMENT = UUID(int=0)
LAST_EXAMPLE = date(9000, 1, 1)


def example_of(table: CreditTable, fee_minor: int, calendar: Calendar) -> Example:
    """From the first Monday under these terms: a complete outage from nine on Monday to five on Sunday, and nobody came on Tuesday.
    Raises `ValidityImpossible`: there is no such week."""
    if table.valid_from > LAST_EXAMPLE:
        raise ValidityImpossible(pointer="/terms/validFrom")
    monday = table.valid_from + timedelta(days=-table.valid_from.weekday() % 7)

    def at(days: int, hour: int) -> datetime:
        return datetime.combine(monday + timedelta(days=days), time(hour), ZoneInfo(calendar.time_zone))

    reported, restored = at(0, 9), at(6, 17)
    claim = Claim(
        fee_minor=fee_minor,
        spans=[Span(begin_at=reported, end_at=restored)],
        appointments=[Broken(appointment_id=EXAMPLE_APPOINTMENT, earliest_at=at(1, 10), cancelled_at=None)],
    )
    return Example(reported_at=reported, restored_at=restored, credit=credit_of(claim, [table], calendar))


def said_of(table: CreditTable, after: int) -> CreditTableIn:
    """The table as somebody would say it."""
    daily, unkept = table.outage, table.appointment
    return CreditTableIn(
        after=after,
        scheme=table.scheme,
        valid_from=table.valid_from,
        daily=None if isinstance(daily, ProRata) else _daily_said(daily),
        appointment=None
        if unkept is None
        else UnkeptIn(
            amount=_amount_said(unkept.amount),
            notice_hours=None if unkept.notice is None else int(unkept.notice.total_seconds() // 3600),
        ),
        stops=list(table.stops),
        complete_only=table.complete_only,
        rounding=table.rounding,
    )


def _daily_said(daily: Daily) -> DailyIn:
    return DailyIn(
        steps=[StepIn(from_day=step.from_day, amount=_amount_said(step.amount)) for step in daily.steps],
        starts_next_day=daily.starts_next_day,
        free_working_days=daily.free_working_days,
        restoration_day_counts=daily.restoration_day_counts,
        stops_day=daily.stops_day,
    )


def _amount_said(amount: Amount) -> AmountIn:
    return AmountIn(minor=amount.minor, percent=amount.percent)
