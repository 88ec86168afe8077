"""Ways between places as they are kept: what is known of them, what is still to be asked, and the rows that keep it.

A place's row holds the ways to and from those places that were known when it was made. Of two places the one that came later
has the way in its row, so a place that is new costs one row, and nothing is written twice.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from db.records import Area, Place, TechnicianDay

Degrees = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

UNKNOWN = -1
"""In the place of seconds and metres where there is no way, or none that is known."""

LEAST_PACE = 0.1
MILLIONTH = 1_000_000
LONGITUDES = 2**29
"""More than there are millionths of a degree around the earth."""
WAY = np.dtype([("there", "<i8"), ("out_s", "<i4"), ("out_m", "<i4"), ("back_s", "<i4"), ("back_m", "<i4")])
"""One way, and back. Seconds and metres; -1 where the router knows none."""


class Points(NamedTuple):
    """Of n places: (n,) each, degrees."""

    latitude: Degrees
    longitude: Degrees

    def of(self, some: npt.NDArray[np.int64]) -> "Points":
        return Points(self.latitude[some], self.longitude[some])


class Ways(NamedTuple):
    """Seconds and metres from each origin (row) to each target (column); `UNKNOWN` in both or in neither."""

    seconds: Numbers
    metres: Numbers


class Known(NamedTuple):
    """Between n places, (n, n) each: `seconds` and `metres` where `asked` says that somebody has been asked."""

    seconds: Numbers
    metres: Numbers
    asked: Flags
    """Symmetric: both ways are asked for together."""
    own: Flags
    """Whether the row of the one place holds the ways to and from the other."""


def key_of(latitude: float, longitude: float) -> int:
    """What a place is kept under: where it is, to a tenth of a metre. One that was moved is another one."""
    north, east = round((latitude + 90) * MILLIONTH), round((longitude + 180) * MILLIONTH)
    return north * LONGITUDES + east


def points_of(places: Sequence[Place]) -> Points:
    return Points(
        np.array([place.latitude for place in places], np.float64),
        np.array([place.longitude for place in places], np.float64),
    )


def keys_of(places: Sequence[Place]) -> Keys:
    return np.array([key_of(place.latitude, place.longitude) for place in places], np.int64)


def points_at(keys: Keys) -> Points:
    """What is asked depends on the key alone."""
    return Points(keys // LONGITUDES / MILLIONTH - 90, keys % LONGITUDES / MILLIONTH - 180)


def known_of(keys: Keys, rows: Mapping[int, bytes]) -> Known:
    """`keys`: ascending, each once. `rows`: by the key of their place."""
    count = len(keys)
    seconds, metres = np.zeros((count, count), np.int32), np.zeros((count, count), np.int32)
    known = Known(seconds, metres, np.eye(count, dtype=np.bool_), np.zeros((count, count), np.bool_))
    for here, raw in rows.items():
        ways = np.frombuffer(raw, WAY)
        row = int(np.searchsorted(keys, here))
        at = np.minimum(np.searchsorted(keys, ways["there"]), count - 1)
        found = keys[at] == ways["there"]
        ways, at = ways[found], at[found]
        seconds[row, at], metres[row, at] = ways["out_s"], ways["out_m"]
        seconds[at, row], metres[at, row] = ways["back_s"], ways["back_m"]
        known.asked[row, at] = known.asked[at, row] = known.own[row, at] = True
    return known


def to_ask(asked: Flags) -> list[int]:
    """Places of which all ways have to be asked for, so that none is missing: those that miss most first."""
    missing = ~asked
    counts, found = missing.sum(axis=0), list[int]()
    while counts.any():
        worst = int(counts.argmax())
        found.append(worst)
        counts -= missing[worst]
        counts[worst] = 0
        missing[worst, :] = missing[:, worst] = False
    return found


def unasked_of(known: Known, some: Keys) -> Keys:
    """The places to or from which a way of `some` is missing."""
    return np.nonzero(~known.asked[some].all(axis=0))[0]


def rows_of(keys: Keys, known: Known, some: Keys, others: Keys) -> dict[int, bytes]:
    """What was answered about the ways between `some` places and `others`: noted as asked, and a row for each of `some`,
    with what it held before. Of two of `some` the later one's row has the way."""
    rows: dict[int, bytes] = {}
    for place in some.tolist():
        fresh = others[~known.asked[place, others]]
        known.asked[place, fresh] = known.asked[fresh, place] = known.own[place, fresh] = True
        mine = known.own[place]
        ways = np.zeros(int(mine.sum()), WAY)
        ways["there"] = keys[mine]
        ways["out_s"], ways["out_m"] = known.seconds[place, mine], known.metres[place, mine]
        ways["back_s"], ways["back_m"] = known.seconds[mine, place], known.metres[mine, place]
        rows[int(keys[place])] = ways.tobytes()
    return rows


def over_straight(ways: Ways, straight: Ways) -> Ways:
    """`ways`, with straight lines where they know nothing."""
    unknown = ways.seconds == UNKNOWN
    return Ways(
        np.where(unknown, straight.seconds, ways.seconds), np.where(unknown, straight.metres, ways.metres)
    )


def at_pace(ways: Ways, pace: float) -> Ways:
    """So many times as long, rounded up."""
    if pace == 1.0:
        return ways
    return ways._replace(seconds=np.ceil(ways.seconds * pace).astype(np.int32))


def off_road(ways: Ways) -> int:
    """How many places nothing is known of but where they are."""
    alone = (ways.seconds == UNKNOWN) | np.eye(len(ways.seconds), dtype=np.bool_)
    return int(alone.all(axis=1).sum()) if len(alone) > 1 else 0


def pace_of(area: Area, days: Sequence[TechnicianDay]) -> float:
    """The mean of the area's pace over the hours of these shifts."""
    paces = [max(LEAST_PACE, pace) for pace in area.settings.pace_by_hour]
    if not paces:
        return 1.0
    zone, minutes = ZoneInfo(area.time_zone), [0.0] * 24
    for day in days:
        at = day.shift_start_at
        while at < day.shift_end_at:
            local = at.astimezone(zone)
            step = min(timedelta(minutes=60 - local.minute), day.shift_end_at - at)
            minutes[local.hour] += step / timedelta(minutes=1)
            at += step
    shares = list(zip(minutes, paces, strict=False))
    whole = math.fsum(minute for minute, _ in shares)
    return math.fsum(minute * pace for minute, pace in shares) / whole if whole else 1.0
