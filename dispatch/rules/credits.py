"""What a subscriber gets back for time without service and for appointments that were not kept: line by line, with its facts.

A trouble is worked out as a whole and what was credited of it before is taken off, so whoever asks names all spans each time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records.base import Record
from dispatch.rules.credit_tables import Amount, CreditTable, Daily, Rounding, StopReason, StopsDay

Stretch = tuple[datetime, datetime]
"""From, and until just before; in UTC."""


class Span(Record):
    """Without service: of a ticket, or of a mass outage. They may overlap."""

    begin_at: datetime
    end_at: datetime
    complete: bool = True
    """Nothing worked."""


class Stop(Record):
    """The clock stood."""

    begin_at: datetime
    end_at: datetime
    reason: StopReason


class Broken(Record):
    """An appointment that we missed, or cancelled. One that the subscriber cancelled is none."""

    appointment_id: UUID
    earliest_at: datetime
    cancelled_at: datetime | None


class DayLine(Record, tag="day"):
    """A day without service."""

    on_day: date
    number: int
    """Of the period, from 1."""
    amount_minor: int
    fixed_minor: int
    percent: int
    fee_minor: int
    version: int
    """Of the table, here and below."""


class MonthLine(Record, tag="month"):
    """The part of a month without service."""

    on_day: date
    """The first of the month."""
    spans: Sequence[Stretch]
    """What it counts, with what was credited of this month before."""
    seconds: int
    of_seconds: int
    amount_minor: int
    before_minor: int
    """Credited of this month before, and taken off."""
    fee_minor: int
    version: int


class AppointmentLine(Record, tag="appointment"):
    """An appointment that was not kept."""

    appointment_id: UUID
    on_day: date
    notice: timedelta | None
    """None: nobody cancelled it."""
    amount_minor: int
    fixed_minor: int
    percent: int
    fee_minor: int
    version: int


Line = DayLine | MonthLine | AppointmentLine


class RefusalReason(StrEnum):
    """Why something is not credited."""

    CREDITED_BEFORE = "credited_before"
    NOT_COMPLETE = "not_complete"
    NO_TABLE = "no_table"
    NOT_IN_TABLE = "not_in_table"
    NOTICE_GIVEN = "notice_given"
    SUBSCRIBER_SIDE = "subscriber_side"


class Refused(Record):
    """A day without service, the first of a month or of a span; or an appointment."""

    reason: RefusalReason
    on_day: date
    appointment_id: UUID | None = None


class Credit(Record):
    """What is to be credited now."""

    lines: Sequence[Line]
    refused: Sequence[Refused]

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


class Claim(Record):
    """All that is known of one subscriber."""

    fee_minor: int
    """A month's."""
    spans: Sequence[Span] = ()
    stops: Sequence[Stop] = ()
    appointments: Sequence[Broken] = ()
    before: Sequence[Line] = ()
    """Credited already, of whatever trouble."""


class Calendar(Record):
    """The area's."""

    time_zone: str
    holidays: frozenset[date] = frozenset()
    working_weekdays: frozenset[int] = frozenset(range(5))
    """0 is Monday."""

    def day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def whole(self, day: date) -> Stretch:
        """A day from its midnight to the next. In UTC, because instants of one zone are compared by the hands of its clocks."""
        begin, end = (
            datetime.combine(each, time(), ZoneInfo(self.time_zone)).astimezone(UTC)
            for each in (day, day + timedelta(days=1))
        )
        return begin, end

    def works(self, day: date) -> bool:
        return day.weekday() in self.working_weekdays and day not in self.holidays


class _Found(Record):
    """What one part of the calculation says."""

    lines: Sequence[Line] = ()
    refused: Sequence[Refused] = ()


def credit_of(claim: Claim, tables: Sequence[CreditTable], calendar: Calendar) -> Credit:
    """`tables`: the versions of one scheme."""
    counted, refused = list[Span](), list[Refused]()
    for span in claim.spans:
        on_day = calendar.day_of(span.begin_at)
        table = valid_on(tables, on_day)
        if table is None:
            refused.append(Refused(reason=RefusalReason.NO_TABLE, on_day=on_day))
        elif table.complete_only and not span.complete:
            refused.append(Refused(reason=RefusalReason.NOT_COMPLETE, on_day=on_day))
        else:
            counted.append(span)
    by_version = dict[int, list[Stretch]]()
    for stretch in merged((span.begin_at, span.end_at) for span in counted):
        table = valid_on(tables, calendar.day_of(stretch[0]))
        if table is not None:
            by_version.setdefault(table.version, []).append(stretch)
    found = list[_Found]()
    for table in (one for one in tables if one.version in by_version):
        # of two versions the second finds what the first has paid: a month has one sum, and no day is paid by both
        paid = [line for part in found for line in part.lines if _counts_against(table, line)]
        so_far = msgspec.structs.replace(claim, before=[*claim.before, *paid])
        found.append(_of_outage(table, by_version[table.version], so_far, calendar))
    found += [_of_appointment(one, claim, tables, calendar) for one in _each(claim.appointments)]
    lines = _once([line for part in found for line in part.lines])
    refused += [one for part in found for one in part.refused]
    return Credit(
        lines=sorted(lines, key=lambda line: line.on_day), refused=sorted(refused, key=lambda one: one.on_day)
    )


def _counts_against(table: CreditTable, line: Line) -> bool:
    """Of two that pay by the day, the one that pays more pays a day in which both have a part (`_once`)."""
    return isinstance(line, MonthLine) or not isinstance(table.outage, Daily)


def valid_on(tables: Iterable[CreditTable], day: date) -> CreditTable | None:
    """The newest version, should several be valid."""
    valid = [
        table
        for table in tables
        if table.valid_from <= day and (table.valid_until is None or day <= table.valid_until)
    ]
    return max(valid, key=lambda table: table.version, default=None)


def _of_outage(table: CreditTable, spans: Sequence[Stretch], claim: Claim, calendar: Calendar) -> _Found:
    stops = merged((stop.begin_at, stop.end_at) for stop in claim.stops if stop.reason in table.stops)
    if isinstance(table.outage, Daily):
        parts = [_by_days(table, table.outage, span, stops, claim, calendar) for span in spans]
        return _Found(
            lines=[line for part in parts for line in part.lines],
            refused=[one for part in parts for one in part.refused],
        )
    return _by_months(table, spans, stops, claim, calendar)


# --- by days ------------------------------------------------------------------------------------------------


def _by_days(
    table: CreditTable,
    daily: Daily,
    span: Stretch,
    stops: Sequence[Stretch],
    claim: Claim,
    calendar: Calendar,
) -> _Found:
    lines, refused = list[Line](), list[Refused]()
    for number, day in enumerate(_period(daily, span, stops, calendar), 1):
        steps = [step.amount for step in daily.steps if step.from_day <= number]
        if not steps:
            continue
        minor = amount_of(steps[-1], claim.fee_minor, table.rounding)
        if _credited(day, claim.before, calendar):
            refused.append(Refused(reason=RefusalReason.CREDITED_BEFORE, on_day=day))
        elif minor:
            line = DayLine(
                on_day=day,
                number=number,
                amount_minor=minor,
                fixed_minor=steps[-1].minor,
                percent=steps[-1].percent,
                fee_minor=claim.fee_minor,
                version=table.version,
            )
            lines.append(line)
    return _Found(lines=lines, refused=refused)


def _period(daily: Daily, span: Stretch, stops: Sequence[Stretch], calendar: Calendar) -> list[date]:
    """The days that count, after those that are free."""
    day, last = calendar.day_of(span[0]), calendar.day_of(span[1] - timedelta(microseconds=1))
    if daily.starts_next_day:
        day += timedelta(days=1)
    if not daily.restoration_day_counts:
        last -= timedelta(days=1)
    free, days = daily.free_working_days, list[date]()
    while day <= last:
        if not _stopped(daily, _cut([calendar.whole(day)], [span]), stops):
            if free == 0:
                days.append(day)
            elif calendar.works(day):
                free -= 1
        day += timedelta(days=1)
    return days


def _stopped(daily: Daily, dark: Sequence[Stretch], stops: Sequence[Stretch]) -> bool:
    stood = _length(_cut(dark, stops))
    return stood > timedelta() if daily.stops_day is StopsDay.ANY else stood == _length(dark)


def _credited(day: date, before: Sequence[Line], calendar: Calendar) -> bool:
    return any(
        bool(_cut([calendar.whole(day)], line.spans)) if isinstance(line, MonthLine) else line.on_day == day
        for line in before
        if not isinstance(line, AppointmentLine)
    )


def _once(lines: Sequence[Line]) -> list[Line]:
    """A day on which one trouble ended and another began is paid for once, by what is more."""
    days = dict[date, DayLine]()
    for line in lines:
        if isinstance(line, DayLine) and line.amount_minor > _minor(days.get(line.on_day)):
            days[line.on_day] = line
    return [*days.values(), *(line for line in lines if not isinstance(line, DayLine))]


def _minor(line: DayLine | None) -> int:
    return 0 if line is None else line.amount_minor


# --- by the share of a month --------------------------------------------------------------------------------


def _by_months(
    table: CreditTable,
    spans: Sequence[Stretch],
    stops: Sequence[Stretch],
    claim: Claim,
    calendar: Calendar,
) -> _Found:
    paid_days = [calendar.whole(line.on_day) for line in claim.before if isinstance(line, DayLine)]
    open_spans = _without(spans, merged([*stops, *paid_days]))
    found = list[Line | Refused]()
    for month in _months(open_spans, calendar):
        following = (month + timedelta(days=32)).replace(day=1)
        whole = (calendar.whole(month)[0], calendar.whole(following)[0])
        before = [line for line in claim.before if isinstance(line, MonthLine) and line.on_day == month]
        dark = merged([*_cut(open_spans, [whole]), *(span for line in before for span in line.spans)])
        seconds, of_seconds = _length(dark).total_seconds(), _length([whole]).total_seconds()
        exact = Fraction(claim.fee_minor) * Fraction(seconds) / Fraction(of_seconds)
        taken_off = sum(line.amount_minor for line in before)
        minor = rounded(exact, table.rounding) - taken_off
        if minor > 0:
            line = MonthLine(
                on_day=month,
                spans=dark,
                seconds=int(seconds),
                of_seconds=int(of_seconds),
                amount_minor=minor,
                before_minor=taken_off,
                fee_minor=claim.fee_minor,
                version=table.version,
            )
            found.append(line)
        elif before:
            found.append(Refused(reason=RefusalReason.CREDITED_BEFORE, on_day=month))
    return _Found(
        lines=[one for one in found if not isinstance(one, Refused)],
        refused=[one for one in found if isinstance(one, Refused)],
    )


def _months(spans: Sequence[Stretch], calendar: Calendar) -> list[date]:
    """The first of each month that they touch."""
    found = set[date]()
    for begin, end in spans:
        month = calendar.day_of(begin).replace(day=1)
        while month <= calendar.day_of(end - timedelta(microseconds=1)):
            found.add(month)
            month = (month + timedelta(days=32)).replace(day=1)
    return sorted(found)


# --- appointments -------------------------------------------------------------------------------------------


def _each(appointments: Sequence[Broken]) -> list[Broken]:
    """Each once: one that was cancelled and then missed is one."""
    found = {one.appointment_id: one for one in sorted(appointments, key=lambda one: one.earliest_at)}
    return list(found.values())


def _of_appointment(
    broken: Broken, claim: Claim, tables: Sequence[CreditTable], calendar: Calendar
) -> _Found:
    day, own = calendar.day_of(broken.earliest_at), broken.appointment_id
    table = valid_on(tables, day)
    notice = None if broken.cancelled_at is None else broken.earliest_at - broken.cancelled_at
    reason = _refusal(table, notice)
    if any(isinstance(line, AppointmentLine) and line.appointment_id == own for line in claim.before):
        reason = RefusalReason.CREDITED_BEFORE
    if reason is not None or table is None or table.appointment is None:
        refused = Refused(reason=reason or RefusalReason.NOT_IN_TABLE, on_day=day, appointment_id=own)
        return _Found(refused=[refused])
    amount = table.appointment.amount
    line = AppointmentLine(
        appointment_id=own,
        on_day=day,
        notice=notice,
        amount_minor=amount_of(amount, claim.fee_minor, table.rounding),
        fixed_minor=amount.minor,
        percent=amount.percent,
        fee_minor=claim.fee_minor,
        version=table.version,
    )
    return _Found(lines=[line])


def _refusal(table: CreditTable | None, notice: timedelta | None) -> RefusalReason | None:
    if table is None:
        return RefusalReason.NO_TABLE
    terms = table.appointment
    if terms is None or (notice is not None and terms.notice is None):
        return RefusalReason.NOT_IN_TABLE
    if notice is not None and terms.notice is not None and notice >= terms.notice:
        return RefusalReason.NOTICE_GIVEN
    return None


# --- arithmetic ---------------------------------------------------------------------------------------------


def amount_of(amount: Amount, fee_minor: int, rounding: Rounding) -> int:
    return max(amount.minor, rounded(Fraction(fee_minor * amount.percent, 100), rounding))


def rounded(exact: Fraction, rounding: Rounding) -> int:
    if rounding is Rounding.DOWN:
        return exact.numerator // exact.denominator
    if rounding is Rounding.UP:
        return -(-exact.numerator // exact.denominator)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """In their order, none touching another. What ends before it begins is none."""
    found = list[Stretch]()
    for begin, end in sorted((begin.astimezone(UTC), end.astimezone(UTC)) for begin, end in stretches):
        if end <= begin:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _cut(stretches: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """What lies in both."""
    both = ((max(a[0], b[0]), min(a[1], b[1])) for a in stretches for b in others)
    return [(begin, end) for begin, end in both if begin < end]


def _without(stretches: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """`others`: merged."""
    for begin, end in others:
        rest = [((a, min(b, begin)), (max(a, end), b)) for a, b in stretches]
        stretches = [part for parts in rest for part in parts if part[0] < part[1]]
    return list(stretches)


def _length(stretches: Sequence[Stretch]) -> timedelta:
    return sum((end - begin for begin, end in stretches), timedelta())
