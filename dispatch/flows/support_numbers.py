"""What support did in any period: of all for those who supervise it, else of oneself and of the area as a whole."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from db.queries import areas
from db.queries import numbers as counting
from db.queries import support_numbers as handling
from db.records import Area
from db.records.base import Record
from db.rows import Conn
from dispatch.rules.closures import WITHOUT_WORK
from dispatch.rules.numbers import By, Counts, laid_out, spans, verify_period
from dispatch.rules.running import midnight_of
from dispatch.rules.statistics import ATTENDED
from dispatch.rules.support_numbers import SupportBy, SupportCounts, line_order, put_together

OF_TIME = {SupportBy.DAY: By.DAY, SupportBy.WEEK: By.WEEK, SupportBy.MONTH: By.MONTH}


class SupportPart(Record):
    """A day, week or month, somebody of the staff, a line, a channel or a district."""

    key: str
    label: str
    """The name of a person; else empty."""
    first_on: date
    last_on: date
    counts: SupportCounts


class SupportNumbers(Record):
    """In the order in which they are read; `total` of the whole period, whoever did it."""

    parts: list[SupportPart]
    total: SupportCounts


async def count(
    conn: Conn,
    *,
    area_id: UUID,
    first_on: date,
    last_on: date,
    by: SupportBy,
    own: UUID | None,
    now: datetime,
) -> SupportNumbers:
    """`own`: the only person who is shown, if any is. Raises `PeriodImpossible`."""
    verify_period(first_on, last_on)
    area = await areas.get_area(conn, area_id)
    first, last = midnight_of(area, first_on), midnight_of(area, last_on + timedelta(days=1))
    zone, lines = area.time_zone, area.settings.support_lines
    await counting.plan_anew(conn)
    handled = await handling.count_handled(
        conn,
        area_id,
        first,
        last,
        by,
        zone,
        [line.number for line in lines],
        [None if line.limit_minutes is None else line.limit_minutes * 60 for line in lines],
        [line.wait_seconds for line in lines],
    )
    found, total = put_together(
        [
            *handled,
            *await handling.count_callbacks(conn, area_id, first, last, by, zone),
            *await handling.count_complaints(conn, area_id, first, last, by, zone, now),
        ],
        await _field(conn, area, first, last, by),
    )
    return SupportNumbers(parts=await _parts(conn, found, first_on, last_on, by, own), total=total)


async def _field(
    conn: Conn, area: Area, first: datetime, last: datetime, by: SupportBy
) -> Mapping[str, Counts]:
    """What came of the jobs, by whoever sent them: the person, their line, the channel of the ticket. What nobody of support sent
    is of none."""
    split, area_id, zone = "day" if by in OF_TIME else by.value, area.area_id, area.time_zone
    attended, without_work = sorted(ATTENDED), sorted(WITHOUT_WORK)
    rows = [
        *await counting.count_mended(conn, area_id, first, last, split, zone, attended, without_work),
        *await counting.count_restored(conn, area_id, first, last, split, zone),
        *await counting.count_promises(conn, area_id, first, last, split, zone),
    ]
    return laid_out(rows, OF_TIME.get(by, By.KIND))


async def _parts(
    conn: Conn,
    found: Mapping[str, SupportCounts],
    first_on: date,
    last_on: date,
    by: SupportBy,
    own: UUID | None,
) -> list[SupportPart]:
    """Times also where nothing happened; people by name; what is of no part is in the whole alone."""
    if by in OF_TIME:
        return [
            SupportPart(
                key=key, label="", first_on=first, last_on=last, counts=found.get(key, SupportCounts())
            )
            for key, first, last in spans(first_on, last_on, OF_TIME[by])
        ]
    shown = [key for key in found if key]
    names: dict[str, str] = {}
    if by is SupportBy.STAFF:
        wanted = [UUID(key) for key in shown] if own is None else [own]
        people = await areas.list_staff_by_id(conn, wanted)
        names = {str(person.staff_id): person.display_name for person in people}
        shown = sorted(names, key=lambda key: (names[key].casefold(), key))
    else:
        shown.sort(key=lambda key: (line_order(key), key))
    return [
        SupportPart(
            key=key,
            label=names.get(key, ""),
            first_on=first_on,
            last_on=last_on,
            counts=found.get(key, SupportCounts()),
        )
        for key in shown
    ]
