"""What support did in a period, laid out by time, person, line, channel or district, and what is made of it.

Each measure is a fraction of two counts. A ticket that several had in hand counts for each of them, so the counts of parts do not
always add up to those of the whole.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from db.records.base import Record
from dispatch.rules.benchmarks import BENCHMARKS, Benchmark, Source
from dispatch.rules.numbers import Counts, Outcomes, Ratio, summed


class SupportBy(StrEnum):
    """What the numbers of support are split by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    STAFF = "staff"
    LINE = "line"
    CHANNEL = "channel"
    DISTRICT = "district"
    """Of the subscriber, as the field's numbers have it. Where the staff sit is not known: the queue gives tickets to any site."""


class SupportCounts(Outcomes):
    """All counts of one part, as `db/records/numbers.py` defines them."""

    taken: int = 0
    person_days: int = 0
    done: int = 0
    self_checked: int = 0
    handed_over: int = 0
    escalated: int = 0
    resolved: int = 0
    called_again: int = 0
    timed: int = 0
    in_time: int = 0
    spent_seconds: int = 0
    spent_at: list[int] | None = None
    waited: int = 0
    waited_in_time: int = 0
    waited_seconds: int = 0
    waited_at: list[int] | None = None
    terms_answered: int = 0
    terms_refused: int = 0
    dark_contacts: int = 0
    told_first: int = 0
    asked: int = 0
    said_fixed: int = 0
    complaints: int = 0
    complaints_open: int = 0
    complaints_due: int = 0
    answered_in_time: int = 0


class Measured(Ratio, frozen=True):
    """`median` and `p90` (what nine of ten stay within), in seconds: of times alone."""

    median: int | None = None
    p90: int | None = None


SUPPORT_MEASURES: Mapping[str, tuple[str, str]] = {
    "taken": ("taken", "person_days"),
    "self_check": ("self_checked", "done"),
    "line_in_time": ("in_time", "timed"),
    "line_time": ("spent_seconds", "timed"),
    "wait_in_time": ("waited_in_time", "waited"),
    "wait_time": ("waited_seconds", "waited"),
    "handed_over": ("handed_over", "done"),
    "escalated": ("escalated", "done"),
    "called_again": ("called_again", "resolved"),
    "first_time_fix": ("fixed_first_time", "mended"),
    "repeats": ("came_back", "mended"),
    "time_to_restore": ("restoring_seconds", "restored"),
    "restored_in_time": ("restored_in_time", "restored"),
    "promises_kept": ("promises_kept", "promises"),
    "paid_declined": ("terms_refused", "terms_answered"),
    "callbacks_fixed": ("said_fixed", "asked"),
    "complaints_in_time": ("answered_in_time", "complaints_due"),
    "complaints_open": ("complaints_open", "complaints"),
    "outage_told": ("told_first", "dark_contacts"),
}
"""Each measure as the count above and the count below the line."""
SPREAD: Mapping[str, str] = {"line_time": "spent_at", "wait_time": "waited_at"}
OF_THE_FIELD = (
    "mended",
    "fixed_first_time",
    "came_back",
    "restored",
    "restoring_seconds",
    "restored_in_time",
    "promises_kept",
    "promises_missed",
)
"""Counted as the board counts them."""
OF_NO_LINE = frozenset({"asked", "complaints_due", "complaints"})
"""Calls after a visit and complaints are of no line."""
SUPPORT_BENCHMARKS = (
    # of one provider's cases, about 40 % end at the self-check
    Benchmark("self_check", 0.40, 0.40, None, Source.PROVIDER),
    *(known for known in BENCHMARKS if known.measure in SUPPORT_MEASURES),
)


def support_measures(counts: SupportCounts, by: SupportBy | None = None) -> dict[str, Measured]:
    """Of a part of a period split so; None: of all of it."""
    unknown = OF_NO_LINE if by is SupportBy.LINE else frozenset[str]()
    found: dict[str, Measured] = {}
    for name, (above, below) in SUPPORT_MEASURES.items():
        spread: list[int] | None = getattr(counts, SPREAD[name]) if name in SPREAD else None
        median, p90 = spread or (None, None)
        count = None if below in unknown else getattr(counts, below)
        found[name] = Measured(getattr(counts, above), count, median, p90)
    return found


def put_together(
    rows: Iterable[Record], field: Mapping[str, Counts]
) -> tuple[dict[str, SupportCounts], SupportCounts]:
    """Rows of any kind by the key of their part, and the whole, whose rows have none. `field`: what came of the jobs, by part; of
    those, the parts make the whole."""
    found: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        counted = msgspec.structs.asdict(row)
        found.setdefault(counted.pop("key"), {}).update(counted)
    for key, counts in [*field.items(), (None, summed(field.values()))]:
        known = {name: getattr(counts, name) for name in OF_THE_FIELD}
        found.setdefault(key, {}).update(known)
    whole = SupportCounts(**found.pop(None))
    return {str(key): SupportCounts(**part) for key, part in found.items()}, whole


def line_order(key: str) -> int:
    """Lines by their number; last what is of none."""
    return int(key) if key.isdigit() else 1_000_000
