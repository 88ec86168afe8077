"""The numbers of a period on the wire, and what it asked of each technician."""

from datetime import date
from uuid import UUID

from dispatch.bounded import Wire
from dispatch.rules.benchmarks import Source
from dispatch.rules.numbers import By


class RatioOut(Wire):
    """`value` is `numerator` / `denominator`: null where there is nothing to divide by. `denominator` is null where it is not known
    for such a part: a technician's day is not split between kinds or districts."""

    numerator: int
    denominator: int | None
    value: float | None


class MeasuresOut(Wire):
    """Each a fraction of two counts: add those of several parts up and divide anew. Seconds are whole ones. What a technician,
    a kind or a district is counted for stands at each; days are those of the area's time zone."""

    first_time_fix: RatioOut
    """Jobs mended at the first attendance and not reopened / jobs mended. A job is mended by its first closure in force with work
    done, on that day, by that technician. An attendance in vain (nobody opened, a part was missing) is one."""
    repeats: RatioOut
    """Jobs that came back / jobs mended, as above: reopened, or the same subscriber reported something again within thirty days
    of the closure. Known for certain thirty days later."""
    time_to_restore: RatioOut
    """Seconds from the first report to restoration / jobs restored, on the day of restoration, by the technician who had arrived
    last by then. Cancelled jobs are none."""
    restored_in_time: RatioOut
    """Jobs restored by the end of the second working day (Monday to Friday, holidays are not known) after the day of the report /
    jobs restored."""
    promises_kept: RatioOut
    """Promises kept / promises kept or missed, on the day on which the window ended, of the technician who was to be there.
    Promises moved or called off count as neither, nor do those still open."""
    no_access: RatioOut
    """Visits at which nobody opened / visits attended (done, declined, nobody opened, a part missing, broken off), on the day for
    which they were planned."""
    paid_declined: RatioOut
    """Visits at which the price was declined / visits attended at which a price was shown."""
    visits_per_day: RatioOut
    """Visits attended / technician-days: worked in the area, neither absent nor merely on call; who left early or was called
    counts with a visit attended. A second technician's help is no visit."""
    driving: RatioOut
    """Seconds of driving to visits attended / seconds of shifts without breaks and with overtime. Driven is from "on my way" to
    "arrived"; as planned where the phone did not say both, or more than four hours lie between. The way home is not in it."""
    overtime: RatioOut
    """Seconds from the end of the shift to the end of the last visit, helping included / technician-days."""
    churn: RatioOut
    """Visits changed after they had gone out / visits that went out, on the day for which they were planned. Changed is: given to
    somebody else or another day, taken back, or moved by more than half an hour at a time."""
    changes: RatioOut
    """How often visits were changed after they had gone out / visits that went out."""


class NumbersPart(Wire):
    """`key`: the first day of a day, week (a Monday) or month, a technician's id, a kind's code, a district (the postcode, or the
    town where there is none); empty where that is not known. `firstOn` and `lastOn` are the days of it in the period."""

    key: str
    label: str
    first_on: date
    last_on: date
    measures: MeasuresOut


class BenchmarkOut(Wire):
    """What others reach, as shares: `lowest` to `highest`, and the best of them where that is known. `source`: `field` is what is
    reported across field service, `regulated` what a national network operator publishes for its regulator, `provider` what one
    provider's support says of its own calls."""

    measure: str
    lowest: float
    highest: float
    best_lowest: float | None
    best_highest: float | None
    source: Source


class NumbersOut(Wire):
    first_on: date
    last_on: date
    by: By
    parts: list[NumbersPart]
    total: MeasuresOut
    benchmarks: list[BenchmarkOut]


class BurdenOut(Wire):
    """A week from Monday or a month: what it asked beyond the ordinary, of so many `days` worked in it. `balanceMinutes`: above what
    so many days cost on average in that week or month."""

    first_on: date
    days: int
    overtime_minutes: int
    far_visits: int
    emergencies: int
    weekend_minutes: int
    late_minutes: int
    joined_visits: int
    burden_minutes: int
    balance_minutes: int


class TechnicianBurdensOut(Wire):
    technician_id: UUID
    display_name: str
    burdens: list[BurdenOut]


class FairnessHistoryOut(Wire):
    items: list[TechnicianBurdensOut]
