"""The numbers of support on the wire."""

from datetime import date

from api.wire.numbers import BenchmarkOut
from dispatch.bounded import Wire
from dispatch.rules.support_numbers import SupportBy


class SupportRatioOut(Wire):
    """`value` is `numerator` / `denominator`: null where there is nothing to divide by. `denominator`, the number of cases behind it,
    is null where it is not known for such a part. `median` and `p90`, what nine of ten stay within, are seconds: of times alone."""

    numerator: int
    denominator: int | None
    value: float | None
    median: int | None
    p90: int | None


class SupportMeasuresOut(Wire):
    """Each a fraction of two counts. A ticket that several had in hand counts for each of them and once in the whole. Seconds are
    whole ones; days are those of the area's time zone."""

    taken: SupportRatioOut
    """Tickets that somebody took, or took down / days on which people did, one by one."""
    self_check: SupportRatioOut
    """Tickets resolved by the self-check / tickets with which a line was done: handed on, sent to the field or resolved."""
    line_in_time: SupportRatioOut
    """Tickets with which a line that has a limit was done within it (line 2: 15 minutes) / all with which it was done. Pauses do not
    count."""
    line_time: SupportRatioOut
    """Seconds of such a line's clock / tickets with which it was done. Pauses do not count."""
    wait_in_time: SupportRatioOut
    """Tickets taken out of a queue within the time that one may wait for that line / tickets taken out of a queue."""
    wait_time: SupportRatioOut
    """Seconds from when a ticket came into the queue until somebody had it / tickets taken out of a queue."""
    handed_over: SupportRatioOut
    """Tickets handed over to another line / tickets with which a line was done."""
    escalated: SupportRatioOut
    """Tickets sent to the field / tickets with which a line was done."""
    called_again: SupportRatioOut
    """Tickets resolved without a visit that came back / all such: reopened, or the same subscriber reported something again within
    thirty days. Known for certain thirty days later."""
    first_time_fix: SupportRatioOut
    """Jobs mended at the first attendance and not reopened / jobs mended, as in the board's numbers. Of a person: of the jobs that they
    sent to the field, of a line of what it sent, of a channel of the tickets that came over it."""
    repeats: SupportRatioOut
    """Jobs mended that came back / jobs mended, as in the board's numbers, of the same jobs."""
    time_to_restore: SupportRatioOut
    """Seconds from the first report to restoration / jobs restored, of the same jobs."""
    restored_in_time: SupportRatioOut
    """Jobs restored by the end of the second working day (Monday to Friday) after the day of the report / jobs restored, of the same
    jobs."""
    promises_kept: SupportRatioOut
    """Appointments kept / appointments kept or missed, of the same jobs."""
    paid_declined: SupportRatioOut
    """Terms of a paid visit that were refused / terms that were answered."""
    callbacks_fixed: SupportRatioOut
    """Calls after a visit answered "fixed" / calls answered "fixed" or "not fixed". Calls are of no line."""
    complaints_in_time: SupportRatioOut
    """Complaints answered by their deadline / complaints taken down in the period that were answered, or are due. Complaints are of no
    line."""
    complaints_open: SupportRatioOut
    """Complaints that wait for an answer / complaints taken down in the period."""
    outage_told: SupportRatioOut
    """Contacts who were told at once of a known outage / contacts whose ticket was linked to one."""


class SupportNumbersPart(Wire):
    """`key`: the first day of a day, week (a Monday) or month, a person's id, a line's number, a channel, a
    district (the subscriber's postcode or city). `label`: a person's name, else
    empty. `firstOn` and `lastOn` are the days of it in the period."""

    key: str
    label: str
    first_on: date
    last_on: date
    measures: SupportMeasuresOut


class SupportNumbersOut(Wire):
    """`everybody`: whether parts of all people are shown. Whoever does not supervise support sees their own, and the whole."""

    first_on: date
    last_on: date
    by: SupportBy
    everybody: bool
    parts: list[SupportNumbersPart]
    total: SupportMeasuresOut
    benchmarks: list[BenchmarkOut]
