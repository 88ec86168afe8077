"""A technician who is late or silent: one answer, worked out in memory with all that it does, and done only as it was read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.pool import Database
from db.records import Area, Plan
from dispatch.absences import given_away
from dispatch.actors import Actor
from dispatch.errors import ProposalOutdated, UnknownDay
from dispatch.flows import areas, changes, consequences
from dispatch.horizon import Horizon, Horizons
from dispatch.repairs import Named, able_for, named_in, supposing
from dispatch.rules.consequences import Became, Consequences, Touched, became_of, touched_by
from dispatch.rules.emergencies import stops_after
from dispatch.rules.expected import ExpectedVisit, Risk, Trouble, expect, promise_of
from dispatch.rules.pins import LIFTED, with_pin
from dispatch.rules.rewriting import After, as_planned, retimed, stops_of
from dispatch.rules.running import Day, clock_of
from dispatch.rules.standing import EPOCH, Facts, bereft, inserted, stop_of, unix
from optimizer.rounds import Row


class Promised(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a promise that is in question: who comes and when. Nobody, where no technician is named."""

    job_id: UUID
    technician_id: UUID | None
    start_at: datetime | None
    latest_at: datetime

    @property
    def kept(self) -> bool:
        return self.start_at is not None and self.start_at <= self.latest_at


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`moved`: by job, to which day; None where nobody else can."""

    moved: Mapping[UUID, Day | None]
    became: Sequence[Became]
    promises: Sequence[Promised]
    consequences: Consequences
    wanted: changes.Rearranged
    named: Named


class Relieved(msgspec.Struct, frozen=True):
    """An answer before anybody is asked who hears of it."""

    wanted: changes.Rearranged
    moved: Mapping[UUID, Day | None]
    touched: Sequence[Touched]
    staying: Sequence[ExpectedVisit] = ()
    """Of those that nobody else can take: when the technician will be there."""


async def foresee(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    trouble: Trouble,
    actor: Actor,
    now: datetime,
) -> Answer:
    """What would be done about it. Nothing changes. Raises `UnknownDay`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=area_id)
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        mine = next((day for day in horizon.rows if day[1:] == (technician_id, on_day)), None)
        if mine is None:
            raise UnknownDay(onDay=on_day)
        answered = _silent if trouble is Trouble.SILENT else _late
        found = answered(horizon, area, mine, now)
        promises = _promises(found, horizon, mine)
        said = await consequences.foresee(
            conn, area=area, touched=found.touched, leaving=found.wanted.leaving, now=now
        )
        return Answer(
            moved=found.moved,
            became=became_of(found.moved, [horizon.rows[mine].facts], found.touched),
            promises=promises,
            consequences=said,
            wanted=found.wanted,
            named=named_in(horizon.rows),
        )


async def relieve(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    trouble: Trouble,
    seen: Mapping[UUID, UUID | None],
    actor: Actor,
    now: datetime,
) -> tuple[Plan | None, Answer]:
    """Do what was read: `seen` is who was to take what. Raises `UnknownDay`; `ProposalOutdated` where it would be another answer
    by now."""
    answer = await foresee(
        database,
        horizons,
        area_id=area_id,
        technician_id=technician_id,
        on_day=on_day,
        trouble=trouble,
        actor=actor,
        now=now,
    )
    if {job_id: None if day is None else day[1] for job_id, day in answer.moved.items()} != seen:
        raise ProposalOutdated()
    act = changes.absent if trouble is Trouble.SILENT else changes.relieve
    plan = await database.transact(
        actor.areas,
        lambda conn: act(
            conn,
            area_id=area_id,
            technician_id=technician_id,
            on_day=on_day,
            wanted=answer.wanted,
            actor=actor,
            now=now,
        ),
    )
    return plan, answer


def _silent(horizon: Horizon, area: Area, mine: Day, now: datetime) -> Relieved:
    """As who does not come: what is under way stays, for nobody knows better."""
    given = given_away(horizon, area, [mine], now)
    return Relieved(given.wanted, given.moved, given.touched)


def _late(horizon: Horizon, area: Area, mine: Day, now: datetime) -> Relieved:
    """Whose promise the technician is expected to break, or to keep by a hair, goes to whoever can keep it. One after another, the
    soonest first: each that goes makes room for those that follow. Where the hand put one, it stays. What stays gets the times that
    it will have."""
    standing, stood = horizon.standing, horizon.rows[mine]
    today = {day: one for day, one in horizon.rows.items() if day[2] == mine[2]}
    able = able_for(today, {day: one for day, one in today.items() if day != mine}, area, mine[2])
    clock, left = clock_of(area, now, EPOCH), stood.facts
    rows: dict[Day, Row] = {}
    moved: dict[UUID, Day | None] = {}
    while True:
        day = expect(standing, area, left, None, now)
        threatened = [one for one in day.visits if _may_go(one, left) and one.visit.job_id not in moved]
        if not threatened:
            break
        one = min(threatened, key=_latest)
        job = left.jobs[one.visit.job_id]
        stop = stop_of(standing, area, job, left, with_pin(one.visit, LIFTED), clock)
        # to come by a hair from somebody else is no gain
        spare = timedelta(minutes=area.settings.tight_minutes if one.risk is Risk.TIGHT else 0)
        assert one.promise is not None, "what is threatened is promised"
        window = max(unix(one.promise.earliest_at), unix(now)), unix(_latest(one) - spare)
        with supposing(horizon, rows):
            found = (
                standing.price(stop, [window], able(job.job_id), most=1)[0] if window[0] <= window[1] else []
            )
        moved[job.job_id] = None
        if found:
            taker: Day = found[0].key
            rows[taker] = inserted(rows.get(taker) or standing.row(taker), found[0].position, stop)
            moved[job.job_id] = taker
            left = bereft(left, [job.job_id])
    gone = [job_id for job_id, taker in moved.items() if taker is not None]
    days = [stops_after(today[taker], [stop.key for stop in row.stops]) for taker, row in rows.items()]
    going = [stop for row in rows.values() for stop in row.stops if stop.key in moved]
    touched = touched_by(days, horizon.rows, standing, going)
    touched.append(_own(retimed(standing, area, stood.facts, now), retimed(standing, area, left, now)))
    staying = [one for one in day.visits if one.visit.job_id in moved]
    return Relieved(changes.Rearranged(days=days, given_away=gone), moved, touched, staying)


def _own(whole: After, rest: After) -> Touched:
    """What the technician keeps, against when all of it was to be served. The promises count as they were made."""
    before, frame = as_planned(whole.stood, whole.row, whole.times), whole.stood.facts.round
    if frame is not None:
        before = before._replace(back=unix(frame.back_at))
    return Touched(After(whole.stood, rest.stood.row, rest.times), before)


def _may_go(one: ExpectedVisit, facts: Facts) -> bool:
    """Threatened, and nobody has set out for it, put it there by hand or is to meet somebody there."""
    visit = one.visit
    free = visit.state in changes.UNBEGUN and not visit.pinned and visit.job_id not in facts.crewed
    return free and one.risk in (Risk.LATE, Risk.TIGHT)


def _latest(one: ExpectedVisit) -> datetime:
    assert one.promise is not None, "what is threatened is promised"
    return one.promise.latest_at


def _promises(found: Relieved, horizon: Horizon, mine: Day) -> list[Promised]:
    starts = {
        stop.job_id: (one.after.day[1], stop.start_at)
        for one in found.touched
        for stop in stops_of(one.after)
    }
    starts |= {one.visit.job_id: (mine[1], one.arrival_at) for one in found.staying}
    promised = {
        job_id: promise
        for job_id in found.moved
        if (promise := promise_of(horizon.rows[mine].facts.appointments.get(job_id, ()))) is not None
    }
    return [
        Promised(
            job_id=job_id,
            technician_id=starts[job_id][0] if job_id in starts else None,
            start_at=starts[job_id][1] if job_id in starts else None,
            latest_at=promise.latest_at,
        )
        for job_id, promise in promised.items()
    ]
