"""What was counted in a period, laid out by time, technician, kind or district, and what is made of it.

Each measure is a fraction of two counts, so that parts can be added up and divided anew. Nothing is rounded on the way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from db.records.base import Record
from db.records.numbers import BurdenCounts
from dispatch.errors import PeriodImpossible

LONGEST = timedelta(days=400)


class By(StrEnum):
    """What the numbers of a period are split by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TECHNICIAN = "technician"
    KIND = "kind"
    DISTRICT = "district"


OF_TIME = frozenset({By.DAY, By.WEEK, By.MONTH})
WITHOUT_DAYS = frozenset({By.KIND, By.DISTRICT})
"""A technician's day is not split between what was done on it."""


class Outcomes(Record):
    """What came of jobs: counted for whoever did them, and for whoever sent them."""

    mended: int = 0
    fixed_first_time: int = 0
    came_back: int = 0
    restored: int = 0
    restoring_seconds: int = 0
    restored_in_time: int = 0
    promises_kept: int = 0
    promises_missed: int = 0

    @property
    def promises(self) -> int:
        return self.promises_kept + self.promises_missed


class Counts(Outcomes):
    """All counts of one part, as `db/records/numbers.py` defines them."""

    visits: int = 0
    no_access: int = 0
    quoted: int = 0
    declined: int = 0
    driving_seconds: int = 0
    published: int = 0
    changed: int = 0
    changes: int = 0
    technician_days: int = 0
    paid_seconds: int = 0
    overtime_seconds: int = 0


class Ratio(msgspec.Struct, frozen=True):
    """`denominator` is None where the count is not known for such a part."""

    numerator: int
    denominator: int | None

    @property
    def value(self) -> float | None:
        """None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None


MEASURES: Mapping[str, tuple[str, str]] = {
    "first_time_fix": ("fixed_first_time", "mended"),
    "repeats": ("came_back", "mended"),
    "time_to_restore": ("restoring_seconds", "restored"),
    "restored_in_time": ("restored_in_time", "restored"),
    "promises_kept": ("promises_kept", "promises"),
    "no_access": ("no_access", "visits"),
    "paid_declined": ("declined", "quoted"),
    "visits_per_day": ("visits", "technician_days"),
    "driving": ("driving_seconds", "paid_seconds"),
    "overtime": ("overtime_seconds", "technician_days"),
    "churn": ("changed", "published"),
    "changes": ("changes", "published"),
}
"""Each measure as the count above and the count below the line."""
OF_DAYS = frozenset({"technician_days", "paid_seconds"})


def measures_of(counts: Counts, *, days: bool = True) -> dict[str, Ratio]:
    """`days`: whether technician-days were counted for this part."""
    return {
        name: Ratio(getattr(counts, above), getattr(counts, below) if days or below not in OF_DAYS else None)
        for name, (above, below) in MEASURES.items()
    }


def laid_out(rows: Iterable[Record], by: By) -> dict[str, Counts]:
    """Rows of any kind by the key of their part; for a week or a month, of its days."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        counted = msgspec.structs.asdict(row)
        part = found.setdefault(part_of(str(counted.pop("key")), by), {})
        for name, count in counted.items():
            part[name] = part.get(name, 0) + count
    return {key: Counts(**part) for key, part in found.items()}


def summed(parts: Iterable[Counts]) -> Counts:
    total: dict[str, int] = {}
    for part in parts:
        for name, count in msgspec.structs.asdict(part).items():
            total[name] = total.get(name, 0) + count
    return Counts(**total)


def part_of(key: str, by: By) -> str:
    """The part in which a row of this key lies."""
    return begin_of(date.fromisoformat(key), by).isoformat() if by in OF_TIME else key


def begin_of(day: date, by: By) -> date:
    """The first day of its week (a Monday) or month, whether that lies in the period or not."""
    if by is By.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by is By.MONTH else day


def verify_period(first_on: date, last_on: date) -> None:
    """Raises `PeriodImpossible`."""
    sane = date(2000, 1, 1) <= first_on <= last_on <= date(9000, 1, 1)
    if not sane or last_on - first_on >= LONGEST:
        raise PeriodImpossible(pointer="#query/to")


def spans(first_on: date, last_on: date, by: By) -> Iterator[tuple[str, date, date]]:
    """Each part of the period with its key and the days of it that lie in the period."""
    day = first_on
    while day <= last_on:
        begin = following = begin_of(day, by)
        while begin_of(following, by) == begin:
            following += timedelta(days=1)
        yield begin.isoformat(), day, min(last_on, following - timedelta(days=1))
        day = following


class Carried(msgspec.Struct, frozen=True):
    """What one technician's week or month asked, and how far that is above what so many days cost on average in it."""

    counts: BurdenCounts
    balance_minutes: int


def carried_by(rows: Sequence[BurdenCounts]) -> list[Carried]:
    """Balances of one week or month sum to nothing, but for rounding."""
    days: dict[date, int] = {}
    burdens: dict[date, int] = {}
    for row in rows:
        days[row.first_on] = days.get(row.first_on, 0) + row.days
        burdens[row.first_on] = burdens.get(row.first_on, 0) + row.burden_minutes
    return [
        Carried(row, round(row.burden_minutes - burdens[row.first_on] / days[row.first_on] * row.days))
        for row in rows
    ]
