"""Who carries more than the others: what each day asked beyond the ordinary, and the balance over four weeks.

Everything is counted in minutes, so that one number says it and the optimizer can take it as work done before.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from db.records import Area, FairnessDay, TechnicianDay
from db.records.fairness import Attendance
from dispatch.errors import OutOfRange, UnknownReference
from dispatch.rules.prices import Weighable
from dispatch.rules.running import midnight_of

WEIGHTS: Mapping[str, float] = {
    "overtime": 1.0,
    "far": 15.0,
    "emergency": 20.0,
    "weekend": 0.5,
    "late": 0.5,
    "joined": 10.0,
}
"""Minutes for a minute of overtime, a far visit, an emergency, a minute at a weekend or late in the evening, a visit joined."""
MOST = 600.0
"""Minutes: nothing that a day asks is a burden of more than ten hours."""
BALANCED_OVER = timedelta(days=28)
MORNING = timedelta(hours=6)
"""Late work ends here."""


def weighable() -> list[Weighable]:
    """What an area may say of each."""
    return [
        Weighable(name=name, product=product, least=0.0, most=MOST, whole=False)
        for name, product in WEIGHTS.items()
    ]


def check_weights(said: Mapping[str, float]) -> None:
    """Raises `UnknownReference`, `OutOfRange`."""
    for name, value in said.items():
        pointer = f"/settings/fairness/{name}"
        if name not in WEIGHTS:
            raise UnknownReference(pointer=pointer)
        if not 0.0 <= value <= MOST:
            raise OutOfRange(pointer=pointer)


def ledger_of(
    area: Area, days: Sequence[TechnicianDay], attended: Sequence[Attendance], now: datetime
) -> list[FairnessDay]:
    """A row for each technician-day that has begun."""
    found: dict[tuple[UUID, date], list[Attendance]] = {}
    for one in attended:
        found.setdefault((one.technician_id, one.on_day), []).append(one)
    return [
        _row(area, day, found.get((day.technician_id, day.on_day), []), now)
        for day in days
        if day.shift_start_at <= now
    ]


def _row(area: Area, day: TechnicianDay, attended: Sequence[Attendance], now: datetime) -> FairnessDay:
    far = timedelta(minutes=area.settings.far_minutes)
    ended = [one.ended_at for one in attended if one.ended_at is not None]
    over = max(ended, default=day.shift_end_at) - day.shift_end_at
    weekend = day.on_day.weekday() >= 5
    counts = {
        "overtime": _minutes(over),
        "far": sum(one.travel_duration > far for one in attended),
        "emergency": sum(one.emergency and not one.joined for one in attended),
        "weekend": sum(_minutes(_on_site(one)) for one in attended) if weekend else 0,
        "late": 0 if weekend else sum(_minutes(_late(one, area, day.on_day)) for one in attended),
        "joined": sum(one.joined for one in attended),
    }
    weights = {**WEIGHTS, **area.settings.fairness}
    return FairnessDay(
        area_id=day.area_id,
        technician_id=day.technician_id,
        on_day=day.on_day,
        overtime_minutes=counts["overtime"],
        far_visits=counts["far"],
        emergencies=counts["emergency"],
        weekend_minutes=counts["weekend"],
        late_minutes=counts["late"],
        joined_visits=counts["joined"],
        burden_minutes=round(sum(max(0.0, weights[name]) * count for name, count in counts.items())),
        settled_at=now,
    )


def _minutes(length: timedelta) -> int:
    return max(0, int(length.total_seconds() // 60))


def _on_site(one: Attendance) -> timedelta:
    return (one.ended_at or one.arrived_at) - one.arrived_at


def _late(one: Attendance, area: Area, on_day: date) -> timedelta:
    """What of it lies in the evening and the night after; never twice what is at the weekend."""
    evening = midnight_of(area, on_day) + timedelta(hours=area.settings.late_from_hour)
    morning = midnight_of(area, on_day + timedelta(days=1)) + MORNING
    return min(one.ended_at or one.arrived_at, morning) - max(one.arrived_at, evening)


def balances(rows: Sequence[FairnessDay], until: date) -> dict[UUID, int]:
    """Minutes above what so many days worked cost on average in the area, over the four weeks up to that day. Whoever works
    fewer days is due fewer: part of a week is no favour. They sum to nothing, but for rounding."""
    counting = [row for row in rows if until - BALANCED_OVER < row.on_day <= until]
    if not counting:
        return {}
    mean = sum(row.burden_minutes for row in counting) / len(counting)
    own: dict[UUID, list[int]] = {}
    for row in counting:
        own.setdefault(row.technician_id, []).append(row.burden_minutes)
    return {technician: round(sum(burdens) - mean * len(burdens)) for technician, burdens in own.items()}
